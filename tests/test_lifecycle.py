"""A connection goes from phase to phase, ever forward, and not for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from twisted_chat.clock import Deadlines, Timer
from twisted_chat.doors.lifecycle import Lifecycle, Phase


class Life:
    """A lifecycle and what comes of its deadline."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.life = Lifecycle(self.clock)
        self.called: list[str] = []
        self.life.wait(Deadlines(self.clock, 60), self.then("too late"))

    def then(self, what: str) -> Callable[[], None]:
        return lambda: self.called.append(what)

    def admit(self) -> None:
        self.life.admit()

    def end(self) -> None:
        self.life.end(60, self.then("abort"))

    def linger(self) -> None:
        self.life.linger(2, self.then("abort"))

    def close(self) -> None:
        self.life.close()


WAYS = {
    "": ["admit", "end", "close"],
    "admit": ["end", "close"],
    "end": ["linger", "close"],
    "admit end": ["linger", "close"],
    "end linger": ["close"],
    "admit end linger": ["close"],
    "close": [],
    "admit close": [],
    "end close": [],
    "admit end linger close": [],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", ["admit", "end", "linger", "close"])
def test_ways(way: str, step: str) -> None:
    life = Life()
    for before in way.split():
        getattr(life, before)()
    phase = life.life.phase
    if step in WAYS[way]:
        getattr(life, step)()
        assert life.life.phase is not phase
    else:
        with pytest.raises(RuntimeError):
            getattr(life, step)()
        assert life.life.phase is phase


def test_what_is_so_in_each_phase() -> None:
    life = Life()
    seen = []
    for step in (life.admit, life.end, life.linger, life.close):
        seen.append((life.life.phase, life.life.ended))
        step()
    seen.append((life.life.phase, life.life.ended))
    assert seen == [
        (Phase.ARRIVING, False),
        (Phase.OPEN, False),
        (Phase.ENDING, True),
        (Phase.LINGERING, True),
        (Phase.CLOSED, True),
    ]


def test_the_time_of_the_end_takes_the_place_of_patience() -> None:
    life = Life()
    life.admit()
    life.clock.advance(59)
    life.end()
    life.clock.advance(59)
    assert life.called == []
    life.clock.advance(1)
    assert life.called == ["abort"]


@pytest.mark.parametrize("admitted_after", [0, 20, 60])
def test_patience(admitted_after: int) -> None:
    life = Life()
    life.clock.advance(admitted_after)
    life.admit()
    life.clock.advance(60 - admitted_after)
    assert life.called == ["too late"]


def test_closing_is_put_forward_and_never_off() -> None:
    life = Life()
    life.admit()
    life.end()
    life.life.close_within(2, life.then("sooner"))
    life.clock.advance(1)
    life.linger()
    life.clock.advance(1)
    assert life.called == ["sooner"]
    life.clock.advance(100)
    assert life.called == ["sooner"]


def test_the_closed_have_no_deadline() -> None:
    life = Life()
    life.admit()
    life.close()
    assert not life.clock.getDelayedCalls()


class Waiting:
    """Some who wait, and for whom it was over, with the time."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.deadlines = Deadlines(self.clock, 60)
        self.over: list[tuple[str, float]] = []

    def start(self, who: str) -> None:
        self.deadlines.start(who, lambda: self.over.append((who, self.clock.seconds())))


def test_each_has_its_time_though_one_timer_serves_all() -> None:
    some = Waiting()
    for who in ("alice", "bob", "carol", "dave"):
        some.start(who)
        some.clock.advance(7)
    assert len(some.clock.getDelayedCalls()) == 1
    some.deadlines.stop("alice")
    some.deadlines.stop("carol")
    some.clock.pump([0.1] * 400)
    some.start("erin")
    some.clock.pump([0.1] * 700)
    assert [who for who, _ in some.over] == ["bob", "dave", "erin"]
    for (_, at), due in zip(some.over, (67, 81, 128), strict=True):
        assert due - 0.01 < at < due + 0.2
    assert not some.clock.getDelayedCalls()


def test_no_timer_is_left_when_nobody_waits() -> None:
    some = Waiting()
    for who in ("alice", "bob"):
        some.start(who)
    some.deadlines.stop("bob")
    some.deadlines.stop("alice")
    some.deadlines.stop("alice")
    assert not some.clock.getDelayedCalls()
    some.clock.advance(1)
    some.start("carol")
    some.clock.advance(60)
    assert some.over == [("carol", 61)]


class TestDeadlines(SynchronousTestCase):
    def test_a_bug_is_logged_and_holds_nobody_up(self) -> None:
        some = Waiting()
        some.deadlines.start("alice", lambda: [][1])
        some.start("bob")
        some.clock.advance(60)
        assert some.over == [("bob", 60)]
        assert len(self.flushLoggedErrors(IndexError)) == 1


def test_a_timer() -> None:
    clock, called = Clock(), list[int]()
    timer = Timer(clock)
    timer.stop()
    timer.start(2, lambda: called.append(1))
    timer.start(3, lambda: called.append(2))
    clock.advance(2)
    assert (timer.running, called) == (True, [])
    clock.advance(1)
    assert (timer.running, called) == (False, [2])
    timer.start(1, lambda: called.append(3))
    timer.stop()
    clock.advance(5)
    assert (timer.running, called) == (False, [2])
    timer.start(1, lambda: timer.start(1, lambda: called.append(4)))
    clock.advance(1)
    assert timer.running
    clock.advance(1)
    assert (timer.running, called) == (False, [2, 4])
