"""How far a connection has come, and until when it may stay there."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, auto
from math import inf

from ..clock import Clock, Deadlines, Timer


class Phase(IntEnum):
    """A connection goes through these, only ever forward.

    That the hub let it in is no phase: it stays so to the last.  Nor are what the
    peer's half of it does (`FrameQueue.finished`) and how far TLS is, for both
    happen in any phase.
    """

    ARRIVING = auto()
    """The hub has not let it in yet; it may refuse.  What it sends waits."""

    OPEN = auto()
    """It was let in, and what it sends is taken."""

    ENDING = auto()
    """Nothing more is taken; what it was told is on its way out."""

    LINGERING = auto()
    """All is out, and our half is closed; the peer's is still to close."""

    CLOSED = auto()
    """The transport is gone."""


_NEXT = {
    Phase.ARRIVING: {Phase.OPEN, Phase.ENDING, Phase.CLOSED},
    Phase.OPEN: {Phase.ENDING, Phase.CLOSED},
    Phase.ENDING: {Phase.LINGERING, Phase.CLOSED},
    Phase.LINGERING: {Phase.CLOSED},
    Phase.CLOSED: set[Phase](),
}


class Lifecycle:
    """The phase of one connection, and its one deadline.

    :ivar ended: whether nothing that it sends is taken any more.
    """

    __slots__ = ("_clock", "_closes_at", "_deadline", "_newcomers", "ended", "phase")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._newcomers: Deadlines | None = None
        self._deadline: Timer | None = None
        self._closes_at = inf
        self.phase = Phase.ARRIVING
        self.ended = False

    def wait(self, newcomers: Deadlines, too_late: Callable[[], object]) -> None:
        """It is to say who it is before the others' time is over, too."""
        self._newcomers = newcomers
        newcomers.start(self, too_late)

    def admit(self) -> None:
        """The hub has let it in."""
        self._enter(Phase.OPEN)

    def end(self, seconds: float, abort: Callable[[], object]) -> None:
        """Nothing more is taken; call `abort` in `seconds`: see `close_within`."""
        self._enter(Phase.ENDING)
        self.close_within(seconds, abort)

    def linger(self, seconds: float, abort: Callable[[], object]) -> None:
        """All is out, and our half is closed; call `abort` in `seconds`."""
        self._enter(Phase.LINGERING)
        self.close_within(seconds, abort)

    def close(self) -> None:
        """The transport is gone."""
        self._enter(Phase.CLOSED)
        self._stop()

    def close_within(self, seconds: float, abort: Callable[[], object]) -> None:
        """Call `abort` in `seconds`, or earlier if that was said before."""
        closes_at = self._clock.seconds() + seconds
        if closes_at < self._closes_at:
            self._closes_at = closes_at
            self._stop()
            self._deadline = Timer(self._clock)
            self._deadline.start(seconds, abort)

    def _stop(self) -> None:
        """Have no deadline."""
        if self._newcomers is not None:
            self._newcomers.stop(self)
            self._newcomers = None
        if self._deadline is not None:
            self._deadline.stop()

    def _enter(self, phase: Phase) -> None:
        """:raises RuntimeError: when no connection goes that way."""
        if phase not in _NEXT[self.phase]:
            raise RuntimeError(
                f"a connection went from {self.phase.name} to {phase.name}"
            )
        self.phase = phase
        self.ended = phase >= Phase.ENDING
