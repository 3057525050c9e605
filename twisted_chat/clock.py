"""What the chat asks of time: a reactor gives it, and so does a test's `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Call(Protocol):
    """A call that is still to come."""

    def active(self) -> bool: ...

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Elapsed time in seconds, from any one start."""

    def seconds(self) -> float: ...

    def callLater(
        self, delay: float, callable: Callable[..., object], /, *args: object
    ) -> Call: ...


class Timer:
    """At most one call to come: to start it anew takes the place of the one before.

    It lets go of what it is to call once that is called or stopped, so that what
    has a timer, and is called by it, doesn't keep itself in memory.
    """

    __slots__ = ("_call", "_clock")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._call: Call | None = None

    @property
    def running(self) -> bool:
        return self._call is not None

    def start(self, seconds: float, do: Callable[[], object]) -> None:
        """Call `do` in so many seconds, and nothing else before."""
        self.stop()
        self._call = self._clock.callLater(seconds, self._fire, do)

    def stop(self) -> None:
        """Call nothing.  No-op when nothing is to come."""
        call, self._call = self._call, None
        if call is not None:
            call.cancel()

    def _fire(self, do: Callable[[], object]) -> None:
        self._call = None
        do()
