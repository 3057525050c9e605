"""What a history's file needs from time to time, in pieces that nobody notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..clock import Call, Clock
from ..database import Database, DatabaseError, LogLength
from . import tables

log = Logger()

SLICE = 200
PAUSE = 0.02
# Past so many messages a second, indexing waits for quieter times, or a search.
BUSY = 200
PAUSE_WHEN_BUSY = 1.0
SETTLE_TIME = 1.0
CHECKPOINT_EVERY = 5.0
# How many full slices in a row may lengthen the write-ahead log.
SLICES_AT_ONCE = 100


class Upkeep:
    """Fills the index of words behind the writing, checkpoints, and purges.

    Each step is one short job among those of the database's writer: a commit
    waits for one of them at most.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._stopped = False
        self._calls: dict[Callable[[], None], Call] = {}
        self._indexing = False
        self._behind = True
        self._fresh = 0
        self._since = clock.seconds()
        self._waiting: list[tuple[Deferred[None], Call]] = []
        self._purging = False
        self._slices = 0
        self._purged: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Clear up what a server that died has left."""
        self._soon(CHECKPOINT_EVERY, self._run_checkpoint)

    def wrote(self, count: int) -> None:
        """So many messages have been committed."""
        self._fresh += count
        self._behind = True
        if not self._indexing and self._run_index not in self._calls:
            self._soon(self._pause(), self._run_index)
        self._soon(CHECKPOINT_EVERY, self._run_checkpoint)

    def settle(self) -> Deferred[None]:
        """Fires when all that was written can be found, or after a second."""
        if not self._behind:
            return succeed(None)
        waiter: Deferred[None] = Deferred()
        timeout = self._clock.callLater(SETTLE_TIME, self._settled)
        self._waiting.append((waiter, timeout))
        if not self._indexing:
            self._run_index()
        return waiter

    def purge(
        self,
        old: float | None,
        long: Iterator[tuple[int, int]],
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """Delete in pieces what need not be kept.  No-op while that goes on.

        :param old: messages said before that time go.
        :param long: a room's number and the id up to which its messages go.
        :param done: called at its end.
        """
        if not self._purging and not self._stopped:
            self._purging = True
            self._purged = done
            self._purge_old(old, long)

    def stop(self) -> None:
        self._stopped = True
        for call in self._calls.values():
            call.cancel()
        self._calls.clear()
        self._settled()

    def _soon(self, delay: float, do: Callable[[], None]) -> None:
        """Call `do` in `delay` seconds, if that is not to be anyway."""
        if self._stopped or do in self._calls:
            return

        def run() -> None:
            del self._calls[do]
            do()

        self._calls[do] = self._clock.callLater(delay, run)

    def trouble(self, failure: Failure) -> None:
        """Whoever writes messages says that the disk fails; here it can wait."""
        if not failure.check(DatabaseError):
            log.failure("a bug in the upkeep of the history", failure)

    # Index

    def _run_index(self) -> None:
        if self._stopped or self._indexing:
            return
        self._indexing = True
        self._behind = False
        done = self._database.run(tables.index, SLICE)
        done.addCallbacks(self._indexed, self._not_indexed)

    def _indexed(self, count: int) -> None:
        self._indexing = False
        if count == SLICE:
            self._behind = True
            self._after_slice(self._index_on)
        else:
            self._index_on()

    def _index_on(self) -> None:
        if not self._behind:
            self._settled()
        elif self._waiting:
            self._run_index()
        else:
            self._soon(
                PAUSE_WHEN_BUSY if self._fresh > BUSY else PAUSE, self._run_index
            )

    def _pause(self) -> float:
        """How long to leave the disk to those who speak."""
        now = self._clock.seconds()
        busy = self._fresh > BUSY * max(PAUSE, now - self._since)
        self._fresh, self._since = 0, now
        return PAUSE_WHEN_BUSY if busy else PAUSE

    def _not_indexed(self, failure: Failure) -> None:
        self._indexing = False
        self._behind = True
        self._settled()
        self.trouble(failure)

    def _settled(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter, timeout in waiting:
            if timeout.active():
                timeout.cancel()
            waiter.callback(None)

    # Checkpoint

    def _run_checkpoint(self) -> None:
        """Once more later, when somebody who reads was in the way."""

        def done(log: LogLength) -> None:
            if log.is_long or log.done < log.pages:
                self._soon(CHECKPOINT_EVERY, self._run_checkpoint)

        self._database.checkpoint().addCallbacks(done, self.trouble)

    def _after_slice(self, go_on: Callable[[], None]) -> None:
        """Call `go_on`, which has more to write, once the log isn't long.

        A few slices a second would make it longer than the tables, and while
        somebody reads for minutes, an export say, nothing makes it shorter.
        """
        self._slices += 1
        if self._slices < SLICES_AT_ONCE:
            self._soon(CHECKPOINT_EVERY, self._run_checkpoint)
            go_on()
            return

        def done(log: LogLength) -> None:
            if log.is_long:
                self._soon(CHECKPOINT_EVERY, look)
            else:
                self._slices = 0
                go_on()

        def failed(failure: Failure) -> None:
            self.trouble(failure)
            self._soon(CHECKPOINT_EVERY, look)

        def look() -> None:
            self._database.checkpoint().addCallbacks(done, failed)

        look()

    # Purge

    def _purge_old(self, old: float | None, long: Iterator[tuple[int, int]]) -> None:
        if old is None:
            self._purge_long(None, long)
            return

        def again() -> None:
            self._soon(PAUSE, lambda: self._purge_old(old, long))

        def purged(count: int) -> None:
            if count:
                self._after_slice(again)
            else:
                self._purge_long(None, long)

        self._purge_step(self._database.run(tables.purge_old, old, SLICE), purged)

    def _purge_long(
        self, room: tuple[int, int] | None, long: Iterator[tuple[int, int]]
    ) -> None:
        if room is None and (room := next(long, None)) is None:
            self._purging = False
            self._purged()
            return
        here = room

        def purged(count: int) -> None:
            again = here if count == SLICE else None
            go_on = partial(self._purge_long, again, long)
            self._after_slice(lambda: self._soon(PAUSE, go_on))

        self._purge_step(self._database.run(tables.purge_long, *here, SLICE), purged)

    def _purge_step(self, step: Deferred[int], purged: Callable[[int], None]) -> None:
        def failed(failure: Failure) -> None:
            self._purging = False
            self.trouble(failure)

        step.addCallbacks(purged, failed)
