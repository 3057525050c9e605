"""Writes what must be kept, in order, and tries again when the disk fails."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..clock import Clock
from ..events import ChatError

log = Logger()

AGAIN = 5.0
MAX_WAITING = 100_000

Write: TypeAlias = Callable[..., Deferred[None]]


class RetryQueue:
    """One write after the other; one that fails is tried again every 5 s.

    What is written is in force already: this is for the next start.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: dict[Hashable, tuple[Write, tuple[Any, ...]]] = {}
        self._busy = False
        self._waiters: list[Deferred[None]] = []

    def write(self, write: Write, *args: Any, key: Hashable = None) -> None:
        """Call ``write(*args)`` once all before it are done.

        :param key: what it is about; of several with one key that wait, the last
            is written, in the place of the first.
        """
        if key is None:
            key = object()
        if key not in self._queue and len(self._queue) >= MAX_WAITING:
            log.error("too much waits for the disk; what was decided may be lost")
            return
        self._queue[key] = (write, args)
        if not self._busy:
            self._go_on()

    def flushed(self) -> Deferred[None]:
        """Fires once nothing waits any more."""
        if not self._busy:
            return succeed(None)
        done: Deferred[None] = Deferred()
        self._waiters.append(done)
        return done

    def _go_on(self) -> None:
        while self._queue:
            key = next(iter(self._queue))
            entry = self._queue[key]
            self._busy = True
            write, args = entry
            outcome = maybeDeferred(write, *args).addCallbacks(
                self._written, self._failed, (key, entry), errbackArgs=(key, entry)
            )
            if self._busy:
                outcome.addCallback(self._after)
                return
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.callback(None)

    def _written(self, _: object, key: Hashable, entry: object) -> bool:
        if self._queue[key] is entry:  # else another is to be written in its place
            del self._queue[key]
        self._busy = False
        return True

    def _failed(self, failure: Failure, key: Hashable, entry: object) -> bool:
        if failure.check(ChatError):
            self._clock.callLater(AGAIN, self._again)
            return False
        log.failure("a bug kept something from being kept", failure)
        return self._written(None, key, entry)

    def _again(self) -> None:
        self._busy = False
        self._go_on()

    def _after(self, written: bool) -> None:
        if written:
            self._go_on()
