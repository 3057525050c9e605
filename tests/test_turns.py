"""When a turn ends: how often the server looks at the sockets before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock

from twisted_chat.events import Notice
from twisted_chat.fanout import Writer
from twisted_chat.fanout.fanout import MANY
from twisted_chat.hub import Settings
from twisted_chat.service import ChatService
from twisted_chat.turns import PAUSE, QUIET, Turns
from twisted_chat.verbs import TEXT


class Reactor(MemoryReactorClock):
    """Calls in a round only what was to be called before it began."""

    def __init__(self) -> None:
        super().__init__()
        self.due: list[Callable[[], object]] = []

    def callLater(
        self, delay: float, callable: Callable[..., object], *a: object, **kw: object
    ) -> IDelayedCall:
        if not delay:
            self.due.append(lambda: callable(*a, **kw))
        return super().callLater(delay or 3600, callable, *a, **kw)

    def callFromThread(self, what: Callable[..., object], /, *args: object) -> None:
        self.callLater(0, what, *args)

    def round(self) -> None:
        due, self.due = self.due, []
        for call in due:
            call()


class Nowhere(Writer):
    """Takes all, and does nothing with it."""

    def write(self, data: bytes, /) -> None:
        pass

    def finish(self) -> None:
        pass


class Server:
    """A server whose lobby is spoken in, and its reactor."""

    def __init__(self) -> None:
        self.reactor = Reactor()
        self.service = ChatService(self.reactor, Settings(), (), lambda: 0.0)
        self.reactor.due.clear()

    def say(self, times: int = 1) -> None:
        for _ in range(times):
            self.service.hub.lobby.channel.emit(Notice("hello", 0, "help"))

    def greet(self, times: int) -> None:
        """Tell so many who have come something."""
        for _ in range(times):
            listener = self.service.hub.fanout.listener(Nowhere(), TEXT)
            listener.tell(Notice("hello", 0, "help"))

    def rounds(self) -> int:
        """How many rounds it takes until the turn has ended."""
        count = 0
        while self.service.hub.lobby.channel.events:
            self.reactor.round()
            count += 1
        return count


@pytest.fixture
def server() -> Server:
    return Server()


def test_after_some_quiet_turns_no_second_look_is_taken(server: Server) -> None:
    for _ in range(QUIET):
        server.say()
        assert server.rounds() == 2
    for _ in range(3):
        server.say()
        assert server.rounds() == 1


def test_where_a_look_brings_several_there_is_another_from_then_on(
    server: Server,
) -> None:
    for _ in range(QUIET + 1):
        server.say()
        server.rounds()
    server.say(2)
    assert server.rounds() == 2
    server.say()
    assert server.rounds() == 2


def test_what_the_second_look_brings_counts(server: Server) -> None:
    for _ in range(3 * QUIET):
        server.say()
        server.reactor.round()
        server.say()
        assert server.rounds() == 1
    server.say()
    assert server.rounds() == 2


@pytest.mark.parametrize(("told", "rounds"), [(MANY - 1, 1), (MANY, 2)])
def test_many_who_come_at_once_are_several(
    server: Server, told: int, rounds: int
) -> None:
    for _ in range(QUIET + 1):
        server.say()
        server.rounds()
    server.say()
    server.greet(told)
    assert server.rounds() == rounds


class Busy:
    """Turns of which each takes some seconds to deliver.

    :ivar shared: what is said comes from a log of several servers.
    """

    def __init__(self, took: float) -> None:
        self.clock = Clock()
        self.took = took
        self.shared = self.several = True
        self.flushed: list[float] = []
        self.turns = Turns(self.clock, lambda: self.several, lambda: self.shared)
        self.flush()

    def flush(self) -> None:
        """Deliver a turn; the next one begins."""
        self.turns.at_end(self._flush)
        self.clock.pump([0, 0, 0])

    def _flush(self) -> None:
        self.flushed.append(self.clock.rightNow)
        self.clock.rightNow += self.took


def test_for_more_of_a_log_it_waits_half_as_long_as_delivering_took() -> None:
    busy = Busy(took=8 * PAUSE)
    start = busy.clock.seconds()
    busy.flush()
    assert len(busy.flushed) == 1
    busy.clock.pump([PAUSE] * 8)
    [_, second] = busy.flushed
    assert 3 * PAUSE <= second - start <= 4.1 * PAUSE


@pytest.mark.parametrize("attribute", ["shared", "several"])
def test_it_waits_no_longer_than_there_is_something_to_wait_for(attribute: str) -> None:
    busy = Busy(took=8 * PAUSE)
    start = busy.clock.seconds()
    busy.flush()
    setattr(busy, attribute, False)
    busy.clock.pump([PAUSE] * 8)
    assert busy.flushed[1] - start == pytest.approx(PAUSE)
    busy.flush()
    assert len(busy.flushed) == 3


def test_what_is_delivered_fast_waits_for_nothing() -> None:
    busy = Busy(took=PAUSE)
    busy.flush()
    assert len(busy.flushed) == 2


def test_what_comes_alone_waits_for_nothing() -> None:
    busy = Busy(took=1.0)
    busy.several = False
    busy.flush()
    assert len(busy.flushed) == 2
