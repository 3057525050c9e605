"""Whether the stream answers, and when to ask again where it doesn't."""

from __future__ import annotations

from collections.abc import Callable

from .machine import Host
from .reader import PAUSE
from .state import Course

MAX_PAUSE = 5.0


class Contact:
    """Tells the host that what is proposed waits, and when it waits no more.

    :ivar failed: the last step came to nothing, and is tried again after a `rest`.
    :param time: the log's.
    :param answers: counts what the stream has answered to the reader.
    """

    def __init__(
        self,
        host: Host,
        course: Course,
        time: Callable[[], float],
        answers: Callable[[], int],
    ) -> None:
        self._host = host
        self._course = course
        self._time = time
        self._answers = answers
        self._since: float | None = None
        self._pause = PAUSE
        self.failed = False

    def lost(self) -> None:
        """No-op where it is already."""
        if self._since is None:
            self._since = self._time()
            self._host.away(self._since)

    def found(self) -> None:
        """A step has succeeded."""
        self._pause = PAUSE
        if self._since is not None:
            self._since = None
            self._host.back()

    async def rest(self) -> None:
        """Until it is time to try again: longer each time, but not where the reader
        is answered.  Raises `Interrupted`.
        """
        self.failed = False
        answers = self._answers()
        pause, self._pause = self._pause, min(2 * self._pause, MAX_PAUSE)
        await self._course.sleep(PAUSE)
        await self._course.wait(lambda: self._answers() > answers, pause - PAUSE)
