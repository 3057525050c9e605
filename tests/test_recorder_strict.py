"""What the recorder of a node does: nothing is shown that isn't kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.disk import Disk
from twisted_chat.storage.database import DatabaseError
from twisted_chat.storage.recorder import PACE, PATIENCE_OF_A_NODE, RETRY

FULL = DatabaseError("the disk is full")
LINE = "This server can't keep what is said: "


@pytest.fixture
def disk() -> Disk:
    return Disk(strict=True)


@pytest.fixture
def spooled(tmp_path: Path) -> Disk:
    """A disk with a spool that is ready."""
    disk = Disk(tmp_path / "spool", strict=True)
    disk.say()
    assert disk.turn(), "the first turn finds nothing ready"
    disk.works()
    assert disk.released == 1
    return disk


def is_over(disk: Disk) -> bool:
    """Nothing passes, and nothing is written, whatever comes and goes."""
    disk.say()
    held = disk.turn()
    before = disk.released
    disk.clock.pump([RETRY] * 20)
    return held and not disk.busy and disk.released == before


@pytest.mark.parametrize("error", [FULL, ValueError("a bug")])
def test_a_turn_that_cant_be_kept_is_not_shown(disk: Disk, error: Exception) -> None:
    disk.say()
    assert disk.turn()
    disk.fails(error)
    assert disk.failures == [f"{LINE}{error}"]
    assert disk.released == 0
    assert is_over(disk)
    assert len(disk.failures) == 1
    assert disk.warnings == [], "the chat doesn't go on without"


def test_a_disk_may_be_slow_for_some_seconds(disk: Disk) -> None:
    disk.say()
    assert disk.turn()
    disk.clock.advance(PATIENCE_OF_A_NODE - 0.1)
    disk.works()
    assert disk.released == 1
    assert disk.failures == []


def test_a_turn_that_waits_for_too_long_is_not_shown(disk: Disk) -> None:
    disk.say()
    assert disk.turn()
    disk.clock.advance(PATIENCE_OF_A_NODE)
    assert disk.failures == [f"{LINE}the disk takes more than 5 s"]
    assert disk.works() == 1, "it answers after all"
    assert disk.released == 0
    assert is_over(disk)


def test_what_the_spool_has_may_take_as_long_as_it_likes(spooled: Disk) -> None:
    spooled.say()
    assert not spooled.turn()
    spooled.clock.pump([PACE] + [0.5] * 120)
    assert spooled.failures == []
    spooled.works()
    assert spooled.written == ["1", "2"]
    assert not spooled.recorder.troubled


def test_a_turn_that_the_spool_has_no_room_for_counts_from_its_own_end(
    spooled: Disk,
) -> None:
    spooled.say()
    assert not spooled.turn()
    spooled.clock.pump([PACE, 60])
    spooled.say()
    assert spooled.turn(), "the spool is not fresh any more"
    spooled.clock.advance(PATIENCE_OF_A_NODE - 0.1)
    assert spooled.failures == []
    spooled.clock.advance(PATIENCE_OF_A_NODE)
    assert len(spooled.failures) == 1


def test_what_was_shown_stays_in_the_spool(spooled: Disk) -> None:
    spooled.say()
    assert not spooled.turn()
    spooled.clock.advance(PACE)
    spooled.fails(FULL)
    assert len(spooled.failures) == 1
    assert is_over(spooled)
    assert spooled.recorder.stop().called
    assert spooled.kept() == ["1", "2"]
    assert not spooled.recorder.idle


def test_what_is_decided_is_not_lost_without_a_word(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twisted_chat.storage.recorder.MAX_WRITES", 2)
    disk.change("#a", "#b")
    assert disk.failures == []
    disk.change("#c")
    assert disk.failures == [f"{LINE}too much waits for the disk"]
    assert disk.turn()


def test_a_stop_that_cant_write_ends_all_the_same(disk: Disk) -> None:
    disk.say()
    assert disk.turn()
    stopped = disk.recorder.stop()
    disk.fails(FULL)
    assert stopped.called
    assert not disk.recorder.idle
