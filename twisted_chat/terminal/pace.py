"""When a screen is painted: soon, but not more often than anybody needs."""

from __future__ import annotations

from collections.abc import Callable

from ..clock import Clock, Timer

# Seconds between paintings: for what is typed, and for what others do.
AT_ONCE = 0.02
TOGETHER = 0.1


class Pace:
    """What changes in a short time is painted together.

    :ivar shown: there is a screen; nothing is painted without.
    :ivar paused: it takes no more for now.
    :ivar held: more is to change before any of it is shown.
    """

    def __init__(self, clock: Clock, paint: Callable[[], None]) -> None:
        self._clock = clock
        self._paint = paint
        self._timer = Timer(clock)
        self._painted = float("-inf")
        self._due = float("inf")
        self.shown = self.paused = self.held = False

    @property
    def visible(self) -> bool:
        """What is written now is seen."""
        return self.shown and not self.paused

    def stop(self) -> None:
        """Nothing is painted any more."""
        self.shown = False
        self._timer.stop()

    def soon(self, delay: float) -> None:
        """Paint in time, but not within `delay` seconds of the last time."""
        if not self.shown or self.held:
            return
        due = max(self._painted + delay, self._clock.seconds())
        if self._timer.running and self._due <= due:
            return
        self._due = due
        wait = due - self._clock.seconds()
        if wait <= 0:
            self.now()
        else:
            self._timer.start(wait, self.now)

    def now(self) -> None:
        """Paint, unless the screen takes no more."""
        self._timer.stop()
        if not self.paused:
            self._painted = self._clock.seconds()
            self._paint()
