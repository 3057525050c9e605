"""What the recorder does with a spool, and what is kept whatever the disk does."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.disk import TOKEN, Disk
from twisted_chat.storage.database import DatabaseError
from twisted_chat.storage.recorder import MANY, PACE, RETRY
from twisted_chat.storage.spool import FRESH, recover


@pytest.fixture
def spooled(tmp_path: Path) -> Disk:
    """A disk with a spool that is ready."""
    disk = Disk(tmp_path / "spool")
    disk.say()
    assert disk.turn(), "the first turn finds nothing ready"
    disk.works()
    assert disk.released == 1
    return disk


def test_what_the_spool_takes_is_not_held(spooled: Disk) -> None:
    spooled.say(2)
    assert not spooled.turn()
    assert not spooled.busy
    assert spooled.kept() == ["1", "2", "3"]


def test_what_the_spool_took_is_written_soon_and_at_once_for_many_turns(
    spooled: Disk,
) -> None:
    for _ in range(3):
        spooled.say(2)
        assert not spooled.turn()
    spooled.clock.advance(PACE)
    assert spooled.works() == 6
    assert recover_texts(spooled) == [], "all is in the tables"
    spooled.clock.advance(PACE)
    assert not spooled.busy


def test_many_messages_are_written_before_it_is_time(spooled: Disk) -> None:
    spooled.say(2 * MANY)
    assert spooled.turn(), "the spool had no room for so many"
    spooled.works()
    for _ in range(MANY // 100):
        assert not spooled.busy
        spooled.say(100)
        assert not spooled.turn()
    assert spooled.works() == MANY
    spooled.clock.advance(PACE)
    assert not spooled.busy, "nothing was left to write"


def test_what_came_while_it_was_written_is_written_next(spooled: Disk) -> None:
    spooled.say()
    assert not spooled.turn()
    spooled.clock.advance(PACE)
    spooled.say()
    assert not spooled.turn()
    assert spooled.works() == 1
    assert spooled.kept() == ["1", "2", "3"]
    spooled.clock.advance(PACE)
    assert spooled.works() == 1
    assert spooled.written == ["1", "2", "3"]


def test_a_turn_is_held_while_the_spool_is_full(spooled: Disk) -> None:
    while not spooled.turn():
        spooled.say(10)
    held = spooled.count
    spooled.say()
    assert spooled.released == 1
    spooled.works()
    assert spooled.released == 2
    assert spooled.written[-1] == str(held)
    assert not spooled.turn(), "there is room again"


def test_a_turn_is_held_when_the_spool_was_not_used_for_long(spooled: Disk) -> None:
    spooled.clock.advance(FRESH)
    spooled.say()
    assert spooled.turn()
    spooled.works()
    spooled.say()
    assert not spooled.turn()


def test_a_turn_that_is_held_waits_for_what_is_being_written_and_its_own(
    spooled: Disk,
) -> None:
    spooled.say()
    assert not spooled.turn()
    spooled.clock.advance(PACE)
    spooled.clock.advance(FRESH - PACE - 0.1)
    spooled.say()
    spooled.clock.advance(0.1)
    assert spooled.turn()
    spooled.works()
    assert spooled.released == 1
    spooled.works()
    assert spooled.released == 2
    assert spooled.written == ["1", "2", "3"]


def test_a_turn_that_is_held_waits_for_a_second_in_all(spooled: Disk) -> None:
    spooled.say()
    assert not spooled.turn()
    spooled.clock.advance(PACE)
    spooled.clock.pump([0.1] * 5)
    spooled.say(200)
    assert spooled.turn()
    spooled.clock.advance(0.7)
    spooled.works()
    assert spooled.released == 1
    spooled.clock.advance(0.4)
    assert spooled.released == 2
    assert len(spooled.warnings) == 1


def test_trouble_passes_what_the_spool_took_to_the_tables_all_the_same(
    spooled: Disk,
) -> None:
    spooled.say()
    assert not spooled.turn()
    spooled.clock.advance(PACE)
    spooled.fails(DatabaseError("the disk is full"))
    spooled.say()
    assert not spooled.turn()
    assert spooled.kept() == ["1", "2"]
    spooled.clock.advance(RETRY)
    spooled.works()
    assert spooled.written == ["1", "2", "3"]
    assert "none were lost" in spooled.warnings[-1]


def test_what_failed_is_written_before_what_came_meanwhile(spooled: Disk) -> None:
    spooled.say()
    assert not spooled.turn()
    spooled.clock.advance(PACE)
    spooled.say()
    assert not spooled.turn()
    spooled.fails(DatabaseError("the disk is full"))
    spooled.clock.advance(RETRY)
    spooled.works()
    assert spooled.written == ["1", "2", "3"]


def test_what_is_no_message_goes_with_its_turn(spooled: Disk) -> None:
    spooled.say()
    spooled.change("#a", "#b")
    assert not spooled.turn()
    assert (spooled.kept(), spooled.kept_changes()) == (["1", "2"], ["#a", "#b"])
    spooled.change("#c")
    assert not spooled.turn(), "nothing was said"
    assert spooled.kept_changes() == ["#a", "#b", "#c"]
    spooled.clock.advance(PACE)
    spooled.works()
    assert spooled.changed == ["#a", "#b", "#c"]
    assert spooled.kept_changes() == spooled.changed
    assert spooled.recorder.idle


def test_a_change_that_the_spool_cant_take_holds_its_turn(spooled: Disk) -> None:
    spooled.clock.advance(FRESH)
    spooled.change("#a")
    assert spooled.turn()
    spooled.works()
    assert spooled.changed == ["#a"]
    assert spooled.released == 2


def recover_texts(disk: Disk) -> list[str]:
    assert disk.path is not None
    return [message.text for message in recover(disk.path, TOKEN).messages]


STEPS = st.lists(
    st.sampled_from(["say", "many", "turn", "turn", "works", "fails", "time", "time"]),
    max_size=60,
)


@given(st.booleans(), STEPS)
@settings(deadline=None)
def test_whatever_the_disk_does_all_is_written_in_order(
    with_spool: bool, steps: list[str]
) -> None:
    with TemporaryDirectory() as where:
        disk = Disk(Path(where) / "spool" if with_spool else None)
        _go_through(disk, steps)


def _go_through(disk: Disk, steps: list[str]) -> None:
    held = 0
    shown = waiting = 0  # how many messages anyone has seen, or will at the release
    for step in [*steps, "turn"]:
        if step == "say":
            disk.say()
        elif step == "many":
            disk.say(50)
        elif step == "turn" and held == disk.released:
            # The fan-out asks only when no turn is held.
            waiting = disk.count
            held += disk.turn()
        elif step == "works" and disk.busy:
            disk.works()
        elif step == "fails" and disk.busy:
            disk.fails(DatabaseError("no"))
        elif step == "time":
            disk.clock.advance(0.6)
        if held == disk.released:
            shown = waiting
        if not disk.warnings:
            kept = disk.kept()
            assert kept[:shown] == [str(number + 1) for number in range(shown)]
    for _ in range(4):
        while disk.busy:
            disk.works()
        disk.clock.advance(RETRY)
        if held == disk.released:
            held += disk.turn()
    assert disk.written == [str(number + 1) for number in range(disk.count)]
    assert disk.released == held
    assert len(disk.warnings) % 2 == 0
