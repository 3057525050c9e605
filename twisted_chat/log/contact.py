"""Whether the stream answers, and when to ask again where it doesn't."""

from __future__ import annotations

from collections.abc import Callable

from .machine import Host
from .reader import PAUSE
from .state import Course

MAX_PAUSE = 5.0
"""Seconds between two tries at most."""


class Contact:
    """Tells the host that what is proposed waits, and when it waits no more.

    :ivar failed: the last step came to nothing, and is tried again after a `rest`.
    :param time: the log's, in seconds since the epoch.
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

    def lost(self, silent: float = 0.0) -> None:
        """The stream doesn't answer.  No-op where that is known already.

        :param silent: for how many seconds it hasn't.
        """
        if self._since is None:
            self._since = self._time() - silent
            self._host.away(self._since)

    def found(self) -> None:
        """The stream has answered: a step has succeeded."""
        self._pause = PAUSE
        if self._since is not None:
            self._since = None
            self._host.back()

    async def rest(self) -> None:
        """Wait until it is time to try again.

        That takes longer each time, but not where the reader is answered.

        :raises Interrupted: the state has changed.
        """
        self.failed = False
        answers = self._answers()
        pause, self._pause = self._pause, min(2 * self._pause, MAX_PAUSE)
        await self._course.sleep(PAUSE)
        await self._course.wait(lambda: self._answers() > answers, pause - PAUSE)
