"""What the recorder does with a disk that is well, slow, or fails."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from twisted_chat.database import DatabaseError
from twisted_chat.events import Said, Speech
from twisted_chat.history.recorder import (
    MOST_AT_ONCE,
    MOST_UNWRITTEN,
    PACE,
    RETRY,
    Recorder,
)
from twisted_chat.history.spool import FRESH, Spool, recover

TOKEN = b"this run's token"


class Disk:
    """Writes when a test says so.

    :param path: of a spool, which is always ready when asked for.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.clock = Clock()
        self.warnings: list[str] = []
        self.written: list[str] = []
        self._jobs: list[tuple[list[Speech], Deferred[None]]] = []
        self.path = path
        spool = None if path is None else Spool(path, self.clock, maybeDeferred, TOKEN)
        self.recorder = Recorder(self.write, self.clock, self.warnings.append, spool)
        self.released = 0
        self.count = 0

    def write(self, batch: Any) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self._jobs.append((list(batch), done))
        return done

    def say(self, n: int = 1) -> None:
        for _ in range(n):
            self.count += 1
            self.recorder.append(Said("#a", "alice", str(self.count), 0.0, self.count))

    def turn(self) -> bool:
        def release() -> None:
            self.released += 1

        return self.recorder.hold(release)

    def kept(self) -> list[str]:
        """What the next server would have, if this one died now."""
        found = [] if self.path is None else recover(self.path, TOKEN)
        texts = [message.text for message in found]
        return self.written + [text for text in texts if text not in self.written]

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    def works(self) -> int:
        """Write what is to be written; return how much that was."""
        batch, done = self._jobs.pop(0)
        self.written += [message.text for message in batch]
        done.callback(None)
        return len(batch)

    def fails(self, error: Exception) -> None:
        self._jobs.pop(0)[1].errback(error)


@pytest.fixture
def disk() -> Disk:
    return Disk()


def test_a_turn_with_nothing_to_keep_is_not_held(disk: Disk) -> None:
    assert not disk.turn()
    assert not disk.busy


def test_a_turn_is_held_until_it_is_written(disk: Disk) -> None:
    disk.say(2)
    assert disk.turn()
    disk.say()
    assert disk.released == 0
    assert disk.works() == 2
    assert disk.released == 1
    assert disk.turn()
    disk.works()
    assert disk.written == ["1", "2", "3"]
    assert disk.warnings == []


def test_a_slow_disk_delays_a_turn_by_a_second_at_most(disk: Disk) -> None:
    disk.say()
    assert disk.turn()
    disk.clock.advance(0.99)
    assert disk.released == 0
    disk.clock.advance(0.02)
    assert disk.released == 1
    assert len(disk.warnings) == 1
    disk.say()
    assert not disk.turn()
    disk.clock.advance(60)
    assert len(disk.warnings) == 1
    disk.works()
    assert disk.works() == 1
    assert disk.written == ["1", "2"]
    assert disk.released == 1
    assert len(disk.warnings) == 2
    disk.say()
    assert disk.turn()


def test_the_second_counts_from_the_start_of_each_commit(disk: Disk) -> None:
    for _ in range(10):
        disk.say()
        assert disk.turn()
        disk.clock.advance(0.7)
        disk.works()
    assert disk.released == 10
    assert disk.warnings == []


def test_a_failing_disk_delays_nothing_and_misses_nothing(disk: Disk) -> None:
    disk.say()
    assert disk.turn()
    disk.fails(DatabaseError("the disk is full"))
    assert disk.released == 1
    for _ in range(5):
        disk.say()
        assert not disk.turn()
        disk.clock.advance(RETRY)
        disk.fails(DatabaseError("the disk is full"))
    assert ["full" in line for line in disk.warnings] == [True]
    disk.clock.advance(RETRY)
    disk.works()
    assert disk.written == ["1", "2", "3", "4", "5", "6"]
    assert disk.warnings[1:] == ["Messages are stored again; none were lost"]
    disk.say()
    assert disk.turn()


def test_what_was_missed_is_bounded_and_written_in_pieces(disk: Disk) -> None:
    disk.say()
    disk.turn()
    disk.fails(DatabaseError("the disk is full"))
    for _ in range(3):
        disk.say(MOST_UNWRITTEN // 2)
        disk.turn()
    assert len(disk.recorder.unwritten) == MOST_UNWRITTEN
    disk.clock.advance(RETRY)
    sizes = []
    while disk.busy:
        sizes.append(disk.works())
    assert max(sizes) == MOST_AT_ONCE
    assert sum(sizes) == MOST_UNWRITTEN
    assert disk.written[-1] == str(disk.count)
    assert f"{MOST_UNWRITTEN // 2 + 1} were lost" in disk.warnings[-1]


def test_what_is_being_written_is_not_dropped(disk: Disk) -> None:
    disk.say()
    disk.turn()
    disk.clock.advance(1.1)
    disk.say(MOST_UNWRITTEN * 2)
    disk.turn()
    while disk.busy:
        disk.works()
    assert disk.written[0] == "1"
    assert disk.written[-1] == str(disk.count)
    assert disk.written == sorted(disk.written, key=int)


def test_a_bug_costs_its_batch_only(disk: Disk) -> None:
    disk.say()
    disk.turn()
    disk.fails(ZeroDivisionError("a bug"))
    assert disk.released == 1
    disk.say()
    disk.turn()
    disk.clock.advance(RETRY)
    disk.works()
    assert disk.written == ["2"]
    assert "1 were lost" in disk.warnings[-1]


def test_stopping_writes_what_is_left(disk: Disk) -> None:
    stopped: list[None] = []
    disk.say()
    disk.turn()
    disk.say()
    disk.recorder.stop().addCallback(stopped.append)
    disk.works()
    assert not stopped
    disk.works()
    assert stopped
    assert disk.written == ["1", "2"]


def test_stopping_does_not_wait_for_a_disk_that_fails(disk: Disk) -> None:
    stopped: list[None] = []
    disk.say()
    disk.turn()
    disk.fails(DatabaseError("the disk is full"))
    disk.recorder.stop().addCallback(stopped.append)
    disk.fails(DatabaseError("the disk is full"))
    assert stopped
    assert not disk.clock.getDelayedCalls() or not disk.busy


# With a spool


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


def recover_texts(disk: Disk) -> list[str]:
    assert disk.path is not None
    return [message.text for message in recover(disk.path, TOKEN)]


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
