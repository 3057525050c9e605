"""Reads a log on and on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from .replica import Missed, Replica
from .state import Course
from .stream import Record, Stream, StreamError

E = TypeVar("E")

PAUSE = 0.25
"""Seconds to wait after a failure."""


def spawn(
    work: Coroutine[Deferred[Any], Any, None], crashed: Callable[[Exception], object]
) -> None:
    """Have it run; `crashed` is told of an error in it."""

    def failed(reason: Failure) -> None:
        assert isinstance(reason.value, Exception)
        crashed(reason.value)

    Deferred.fromCoroutine(work).addErrback(failed)


class Reader(Generic[E]):
    """Brings a replica to the log's end, and keeps it there.

    :ivar answers: counts those of the stream.
    :param passed: told of each record after it was applied.
    :param missed: records are missing, and a snapshot will take their place; called
        once more, with True, when it has done so.
    :param trouble: told of what goes wrong; whether to try again a little later.
    """

    def __init__(
        self,
        stream: Stream,
        replica: Replica[E],
        course: Course,
        passed: Callable[[Record], None],
        missed: Callable[[bool], None],
        trouble: Callable[[Exception], bool],
    ) -> None:
        self._stream = stream
        self._replica = replica
        self._course = course
        self._passed = passed
        self._missed = missed
        self._trouble = trouble
        self._run: object | None = None
        self._mark = self._dry = self.answers = 0

    def begin(self) -> None:
        """Go on from where the replica is.  No-op while it does."""
        if self._run is None:
            self._run = run = object()
            spawn(self._read(run), self._trouble)

    def stop(self) -> None:
        self._run = None

    def mark(self) -> int:
        """Begin a new round of reading.

        :return: its number, for `is_dry`.
        """
        self._mark += 1
        return self._mark

    def is_dry(self, mark: int) -> bool:
        """Whether there was nothing to read once, in that round or later.

        In a sealed log that is the end; in a busy one it may never be.
        """
        return self._dry >= mark

    async def _read(self, run: object) -> None:
        while self._run is run:
            mark = self._mark
            try:
                records = await self._stream.read(self._replica.position)
                if self._run is not run:
                    return
                self.answers += 1
                if not records:
                    self._dry = mark
                for record in records:
                    self._take(record)
            except Missed:
                await self._catch_up(run)
            except Exception as error:
                await self._pause(error)
            self._course.wake()

    def _take(self, record: Record) -> None:
        if self._run is not None:
            self._replica.take(record)
            self._passed(record)

    async def _catch_up(self, run: object) -> None:
        """Records are missing: go on from the newest snapshot."""
        self._missed(False)
        try:
            found = await self._stream.snapshot()
            if self._run is not run:
                return
            if found is None or found[0] <= self._replica.position:
                raise StreamError("records are missing, and there is no snapshot")
            self._replica.restore(*found, self._replica.place)
            self._missed(True)
        except Exception as error:
            await self._pause(error)

    async def _pause(self, error: Exception) -> None:
        if self._trouble(error):
            await self._course.sleep(PAUSE)
