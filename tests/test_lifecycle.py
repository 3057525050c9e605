"""A connection goes from phase to phase, ever forward, and not for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.task import Clock

from twisted_chat.clock import Timer
from twisted_chat.doors.lifecycle import Lifecycle, Phase


class Life:
    """A lifecycle and what comes of its deadline."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.life = Lifecycle(self.clock)
        self.called: list[str] = []

    def then(self, what: str) -> Callable[[], None]:
        return lambda: self.called.append(what)

    def admit(self) -> None:
        self.life.admit(60, self.then("too late"))

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
        seen.append((life.life.phase, life.life.ended, life.life.admitted))
        step()
    seen.append((life.life.phase, life.life.ended, life.life.admitted))
    assert seen == [
        (Phase.ARRIVING, False, False),
        (Phase.OPEN, False, True),
        (Phase.ENDING, True, True),
        (Phase.LINGERING, True, True),
        (Phase.CLOSED, True, True),
    ]


def test_who_was_refused_was_never_admitted() -> None:
    life = Life()
    for step in (life.end, life.linger, life.close):
        step()
        assert not life.life.admitted


def test_the_time_of_the_end_takes_the_place_of_patience() -> None:
    life = Life()
    life.admit()
    life.clock.advance(59)
    life.end()
    life.clock.advance(59)
    assert life.called == []
    life.clock.advance(1)
    assert life.called == ["abort"]


def test_patience() -> None:
    life = Life()
    life.admit()
    life.clock.advance(60)
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
