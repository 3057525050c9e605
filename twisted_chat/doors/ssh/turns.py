"""What many screens have to do at once, a little of it in each of the reactor's turns.

A message in a room with a hundred screens has all of them painted, which takes 50 ms.
Whoever presses a key meanwhile is not to wait for that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from twisted.logger import Logger

from ...clock import Call, Clock

log = Logger()

AT_ONCE: Final = 4
"""Screens that are painted between two looks at the sockets: some 2 ms."""


class Turns:
    """Does what it is given: what is urgent first, and else in order."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._waiting: deque[Callable[[], object]] = deque()
        self._working = False

    def add(self, do: Callable[[], object], urgent: bool = False) -> None:
        """Call `do` in its turn."""
        if urgent:
            self._waiting.appendleft(do)
        else:
            self._waiting.append(do)
        if not self._working:
            self._working = True
            self.clock.callLater(0, self._work)

    def _work(self) -> None:
        for _ in range(min(AT_ONCE, len(self._waiting))):
            do = self._waiting.popleft()
            try:
                do()
            except Exception:
                log.failure("a bug in a screen")
        self._working = bool(self._waiting)
        if self._working:
            self.clock.callLater(0, self._work)


class PacedClock:
    """A clock whose calls are made in the `Turns` of all who have one.

    :ivar urgent: somebody has pressed a key, and nothing was painted since.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.urgent = False

    def seconds(self) -> float:
        return self._turns.clock.seconds()

    def callLater(
        self, delay: float, callable: Callable[..., object], /, *args: object
    ) -> Call:
        call = _PacedCall(partial(callable, *args))
        call.due = self._turns.clock.callLater(delay, self._add, call.make)
        return call

    def _add(self, do: Callable[[], object]) -> None:
        self._turns.add(do, self.urgent)


class _PacedCall:
    """A call that is due later, and made a little later still."""

    due: Call

    def __init__(self, do: Callable[[], object]) -> None:
        self._do: Callable[[], object] | None = do

    def active(self) -> bool:
        return self._do is not None

    def cancel(self) -> None:
        self._do = None
        if self.due.active():
            self.due.cancel()

    def make(self) -> None:
        do, self._do = self._do, None
        if do is not None:
            do()
