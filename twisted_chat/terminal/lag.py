"""How late answers come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..clock import Clock, Timer

Probe: TypeAlias = Callable[[Callable[[], None]], None]
"""Asks whoever is on the other end, and calls that when there is an answer."""

# Seconds from which on a late answer is shown.
LATE = 1.0
# Seconds after a late answer until it is looked at again.
AGAIN = 5.0


class Lag:
    """:param every: seconds between looks; 0 for never.
    :param show: is told what to show of it; empty where all is well.
    """

    def __init__(
        self,
        probe: Probe,
        clock: Clock,
        every: float,
        show: Callable[[str], None],
    ) -> None:
        self._probe = probe
        self._clock = clock
        self._every = every
        self._show = show
        self._timer = Timer(clock)
        self._asked_at: float | None = None

    def start(self) -> None:
        """There is a connection: look now, and then again and again."""
        if not self._every:
            return
        self._asked_at = self._clock.seconds()
        self._timer.start(LATE, self._late)
        self._probe(self._answered)

    def stop(self) -> None:
        self._timer.stop()
        self._asked_at = None

    def _late(self) -> None:
        """Still no answer: show for how long."""
        if self._asked_at is not None:
            self._show(f"lag {self._clock.seconds() - self._asked_at:.0f} s")
            self._timer.start(LATE, self._late)

    def _answered(self) -> None:
        if self._asked_at is not None:
            lag = self._clock.seconds() - self._asked_at
            self._asked_at = None
            late = lag >= LATE
            self._timer.start(AGAIN if late else self._every, self.start)
            self._show(f"lag {lag:.1f} s" if late else "")
