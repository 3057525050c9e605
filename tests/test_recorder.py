"""What the recorder does, without a spool, with a disk that is well, slow, or fails."""

from __future__ import annotations

import pytest

from tests.disk import Disk
from twisted_chat.storage.database import DatabaseError
from twisted_chat.storage.recorder import MAX_AT_ONCE, MAX_UNWRITTEN, RETRY


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
        disk.say(MAX_UNWRITTEN // 2)
        disk.turn()
    assert len(disk.recorder.unwritten) == MAX_UNWRITTEN
    disk.clock.advance(RETRY)
    sizes = []
    while disk.busy:
        sizes.append(disk.works())
    assert max(sizes) == MAX_AT_ONCE
    assert sum(sizes) == MAX_UNWRITTEN
    assert disk.written[-1] == str(disk.count)
    assert f"{MAX_UNWRITTEN // 2 + 1} were lost" in disk.warnings[-1]


def test_what_is_being_written_is_not_dropped(disk: Disk) -> None:
    disk.say()
    disk.turn()
    disk.clock.advance(1.1)
    disk.say(MAX_UNWRITTEN * 2)
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


def test_a_bug_in_messages_costs_nothing_else(disk: Disk) -> None:
    disk.say()
    disk.change("#a")
    disk.turn()
    disk.fails(ZeroDivisionError("a bug"))
    disk.clock.advance(RETRY)
    disk.works()
    assert (disk.written, disk.changed) == ([], ["#a"])


def test_a_bug_elsewhere_is_not_met_for_ever(disk: Disk) -> None:
    disk.change("#a")
    disk.turn()
    disk.fails(ZeroDivisionError("a bug"))
    disk.clock.advance(RETRY)
    disk.works()
    assert disk.recorder.idle


def test_changes_are_not_shed_with_messages_and_come_after_them(disk: Disk) -> None:
    disk.change("#first")
    disk.say()
    disk.turn()
    disk.fails(DatabaseError("the disk is full"))
    disk.say(MAX_UNWRITTEN * 2)
    disk.change("#a", "#b", "#a")
    disk.turn()
    disk.clock.advance(RETRY)
    while disk.busy:
        assert disk.changed == []
        disk.works()
    assert disk.changed == ["#first", "#b", "#a"]
    assert len(disk.written) == MAX_UNWRITTEN


def test_what_is_changed_anew_while_it_is_written_is_not_lost(disk: Disk) -> None:
    disk.change("#a", "#b")
    disk.turn()
    disk.clock.advance(1.1)
    disk.change("#A")
    disk.turn()
    disk.works()
    disk.works()
    assert disk.changed == ["#a", "#b", "#A"]
    disk.change("#a", "#b")
    disk.turn()
    disk.clock.advance(1.1)
    disk.change("#A")
    disk.turn()
    disk.fails(DatabaseError("the disk is full"))
    disk.clock.advance(RETRY)
    disk.works()
    assert disk.changed[3:] == ["#b", "#A"]


def test_stopping_writes_changes_too(disk: Disk) -> None:
    stopped: list[None] = []
    disk.change("#a")
    disk.recorder.stop().addCallback(stopped.append)
    disk.works()
    assert (disk.changed, stopped) == (["#a"], [None])


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


def test_stopping_drops_nothing_however_much_it_is(disk: Disk) -> None:
    stopped: list[None] = []
    disk.say()
    disk.turn()
    disk.say(MAX_UNWRITTEN + 1)
    disk.recorder.stop().addCallback(stopped.append)
    while disk.busy:
        disk.works()
    assert stopped
    assert disk.released == 1
    assert len(disk.written) == disk.count
    assert disk.warnings == []


def test_stopping_does_not_wait_for_a_disk_that_fails(disk: Disk) -> None:
    stopped: list[None] = []
    disk.say()
    disk.turn()
    disk.fails(DatabaseError("the disk is full"))
    disk.recorder.stop().addCallback(stopped.append)
    disk.fails(DatabaseError("the disk is full"))
    assert stopped
    assert not disk.clock.getDelayedCalls() or not disk.busy
