"""The simulator's stream is one as every other."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from random import Random
from typing import Any

from twisted.internet.defer import Deferred

from twisted_chat.log.stream import LEASE, QUIET, Stream

from .simulation.clock import WorldClock
from .simulation.keeper import Keeper
from .simulation.stream import Faults, SimStream
from .stream_contract import StreamContract


class TestSimStream(StreamContract):
    lease = LEASE
    quiet = QUIET

    def run(self, test: Coroutine[Deferred[Any], Any, None]) -> None:
        failures: list[Any] = []
        done: list[None] = []
        Deferred.fromCoroutine(test).addCallbacks(done.append, failures.append)
        for _ in range(1000):
            if done:
                return
            if failures:
                failures[0].raiseException()
            self.clock.advance(1)
        raise AssertionError("it never ends")

    def setup_method(self) -> None:
        self.clock = WorldClock()
        self.keeper = Keeper(self.clock)

    def connect(self) -> Awaitable[Stream]:
        stream = SimStream(self.keeper, self.clock, self.clock, Random(1), Faults())
        connected: Deferred[Stream] = Deferred()
        self.clock.callLater(0, connected.callback, stream)
        return connected

    def wait(self, seconds: float) -> Awaitable[object]:
        over: Deferred[None] = Deferred()
        self.clock.callLater(seconds, over.callback, None)
        return over

    def restart(self) -> Awaitable[object]:
        self.keeper.restart("nothing")
        return self.wait(0)

    def empty(self) -> Awaitable[object]:
        self.keeper.restart("all")
        return self.wait(0)
