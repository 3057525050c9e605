"""Whom an iteration of the reactor serves, and when it makes calls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.logger import capturedLogs

from twisted_chat.event_loop import EventLoop, Poller


class Reactor:
    """As much of a reactor as there is to serve sockets: here, by name.

    :ivar looks: what each look at the sockets brings, the last one first.
    :ivar waits: for how long each look waited at most; -1: for as long as it takes.
    :ivar happened: what was served, called and looked at, in order.
    """

    doIteration: Callable[[float | None], None]

    def __init__(self) -> None:
        self._poller: Poller = self
        self._selectables = {number: f"socket {number}" for number in (1, 2, 3)}
        self.looks: list[list[int]] = []
        self.waits: list[float] = []
        self.happened: list[str] = []
        self.serving: dict[str, Callable[[], object]] = {}

    def poll(self, timeout: float, maxevents: int, /) -> list[tuple[int, int]]:
        assert maxevents == len(self._selectables)
        self.waits.append(timeout)
        self.happened.append("look")
        return [(fd, 1) for fd in (self.looks.pop() if self.looks else [])]

    def _doReadOrWrite(self, selectable: str, fd: int, event: int) -> None:
        assert (selectable, event) == (f"socket {fd}", 1)
        self.happened.append(selectable)
        self.serving.get(selectable, lambda: None)()


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def loop(reactor: Reactor) -> EventLoop:
    return EventLoop(reactor)


@pytest.mark.parametrize(("timeout", "wait"), [(None, -1), (0, 0), (2.5, 2.5)])
def test_it_waits_as_long_as_it_is_told(
    reactor: Reactor, loop: EventLoop, timeout: float | None, wait: float
) -> None:
    reactor.doIteration(timeout)
    assert reactor.waits == [wait]


def test_who_was_closed_meanwhile_is_not_served(
    reactor: Reactor, loop: EventLoop
) -> None:
    reactor.looks = [[1, 2, 3]]
    reactor.serving["socket 1"] = lambda: reactor._selectables.pop(2)
    reactor.doIteration(None)
    assert reactor.happened == ["look", "socket 1", "socket 3"]


def test_a_call_of_one_who_is_served_comes_when_all_are(
    reactor: Reactor, loop: EventLoop
) -> None:
    reactor.looks = [[1, 2]]
    call = reactor.happened.append
    reactor.serving["socket 1"] = lambda: loop.call_soon(call, "call")
    reactor.doIteration(None)
    assert reactor.happened == ["look", "socket 1", "socket 2", "call"]
    reactor.doIteration(None)
    assert reactor.waits == [-1, -1]


def test_a_call_of_a_timer_waits_for_no_socket(
    reactor: Reactor, loop: EventLoop
) -> None:
    loop.call_soon(reactor.happened.append, "call")
    reactor.doIteration(60)
    assert (reactor.waits, reactor.happened) == ([0], ["look", "call"])


def test_a_call_of_a_call_has_one_more_look_and_a_third_the_next_iteration(
    reactor: Reactor, loop: EventLoop
) -> None:
    def again(*numbers: int) -> None:
        reactor.happened.append(f"call {numbers[0]}")
        if numbers[1:]:
            loop.call_soon(again, *numbers[1:])

    reactor.looks = [[2], [1]]
    loop.call_soon(again, 1, 2, 3)
    reactor.doIteration(60)
    first = ["look", "socket 1", "call 1", "look", "socket 2", "call 2"]
    assert reactor.happened == first
    reactor.doIteration(60)
    assert reactor.happened == [*first, "look", "call 3"]
    assert reactor.waits == [0, 0, 0]


def test_a_bug_in_one_is_no_other_ones(reactor: Reactor, loop: EventLoop) -> None:
    reactor.looks = [[1, 2]]
    reactor.serving["socket 1"] = lambda: 1 // 0
    loop.call_soon(lambda: 1 // 0)
    loop.call_soon(reactor.happened.append, "call")
    with capturedLogs() as logs:
        reactor.doIteration(0)
    assert reactor.happened == ["look", "socket 1", "socket 2", "call"]
    assert [entry["log_failure"].type for entry in logs] == [ZeroDivisionError] * 2
