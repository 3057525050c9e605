"""What a history's file needs from time to time, in pieces that nobody notices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..clock import Call, Clock
from ..storage.database import Database, DatabaseError, LogLength
from ..storage.messages_sqlite import merge
from . import tables

log = Logger()

SLICE = 200
"""Messages that one job indexes or deletes."""

# Seconds.
PAUSE = 0.02
INDEX_EVERY = 4.0
"""Who searches doesn't wait for it (`Upkeep.settle`).  A checkpoint comes after it."""

BUSY = 200
"""Messages a second, past which indexing waits for quieter times, or a search."""

PAUSE_WHEN_BUSY = 1.0
SETTLE_TIME = 1.0
CHECKPOINT_EVERY = 5.0
# How many full slices in a row may lengthen the write-ahead log.
SLICES_AT_ONCE = 25
# Pages of the index; some 5 ms.
MERGED_AT_ONCE = 200


class Upkeep:
    """Fills the index of words behind the writing, checkpoints, and purges.

    Each step is one short job among those of the database's writer: a commit
    waits for one of them at most.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
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

    def start(self) -> None:
        """Clear up what a server that died has left."""
        self._soon(CHECKPOINT_EVERY, self._run_checkpoint)

    def wrote(self, count: int) -> None:
        """`count` messages have been committed."""
        self._fresh += count
        self._behind = True
        if not self._indexing:
            self._soon(INDEX_EVERY, self._run_index)
        self._soon(CHECKPOINT_EVERY, self._run_checkpoint)

    def erased(self) -> None:
        """Words have been deleted: the log is to be cut off, which may have them."""
        self._soon(CHECKPOINT_EVERY, self._run_truncate)

    def _run_truncate(self) -> None:
        Deferred.fromCoroutine(self._truncate())

    async def _truncate(self) -> None:
        try:
            log = await self.database.truncate_log()
        except Exception as error:
            self.trouble(error)
            log = None
        if log is None or log.pages:
            self._soon(CHECKPOINT_EVERY, self._run_truncate)

    async def merge(self) -> None:
        """Take what was deleted out of the index's file, in pieces; raises nothing."""
        try:
            while await self.database.run(merge, MERGED_AT_ONCE):
                await self.after_slice()
                await self.sleep(PAUSE)
            self.erased()
        except Exception as error:
            self.trouble(error)

    def settle(self) -> Deferred[None]:
        """Fires when all that was written can be found, or after a second."""
        if not self._behind and not self._indexing:
            return succeed(None)
        waiter: Deferred[None] = Deferred()
        timeout = self._clock.callLater(SETTLE_TIME, self._settled)
        self._waiting.append((waiter, timeout))
        if not self._indexing:
            self._run_index()
        return waiter

    async def purge(self, old: float | None, long: Sequence[tuple[int, int]]) -> bool:
        """Delete in pieces what need not be kept.

        :param old: messages said before that time go.
        :param long: a room's number and the id up to which its messages go.
        :return: False where another purge goes on, or this one fails.
        """
        if self._purging or self._stopped:
            return False
        self._purging = True
        try:
            if old is not None:
                await self._purge_old(old)
            for room, upto in long:
                await self._purge_long(room, upto)
        except Exception as error:
            self.trouble(error)
            return False
        finally:
            self._purging = False
        return True

    def stop(self) -> None:
        """Do nothing more; whoever waits for `settle` waits no longer."""
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

    def trouble(self, error: Exception) -> None:
        """Whoever writes messages says that the disk fails; here it can wait."""
        if not isinstance(error, DatabaseError):
            log.failure("a bug in the upkeep of the history", Failure(error))

    # Index

    def _run_index(self) -> None:
        if self._stopped or self._indexing:
            return
        self._indexing = True
        self._behind = False
        Deferred.fromCoroutine(self._index_slice())

    async def _index_slice(self) -> None:
        try:
            count = await self.database.run(tables.index, SLICE)
        except Exception as error:
            self._indexing = False
            self._behind = True
            self._settled()
            self.trouble(error)
            return
        self._indexing = False
        if count == SLICE:
            self._behind = True
            await self.after_slice()
        self._index_on(PAUSE if count == SLICE else INDEX_EVERY)

    def _index_on(self, pause: float) -> None:
        if not self._behind:
            self._settled()
        elif self._waiting:
            self._run_index()
        else:
            self._soon(PAUSE_WHEN_BUSY if self._is_busy() else pause, self._run_index)

    def _is_busy(self) -> bool:
        """Whether the disk is to be left to those who speak."""
        now = self._clock.seconds()
        busy = self._fresh > BUSY * max(1.0, now - self._since)
        self._fresh, self._since = 0, now
        return busy

    def _settled(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter, timeout in waiting:
            if timeout.active():
                timeout.cancel()
            waiter.callback(None)

    # Checkpoint

    def _run_checkpoint(self) -> None:
        Deferred.fromCoroutine(self._checkpoint_once())

    async def _checkpoint_once(self) -> None:
        """Once more later, when somebody who reads was in the way."""
        log = await self._checkpoint()
        if log is not None and (log.is_long or log.done < log.pages):
            self._soon(CHECKPOINT_EVERY, self._run_checkpoint)

    async def _checkpoint(self) -> LogLength | None:
        """None where that failed."""
        try:
            return await self.database.checkpoint()
        except Exception as error:
            self.trouble(error)
            return None

    async def after_slice(self) -> None:
        """Before more is written: wait until the log isn't long.

        A few slices a second would make it longer than the tables, and while
        somebody reads for minutes, an export say, nothing makes it shorter.
        """
        self._slices += 1
        if self._slices < SLICES_AT_ONCE:
            self._soon(CHECKPOINT_EVERY, self._run_checkpoint)
            return
        while (log := await self._checkpoint()) is None or log.is_long:
            await self.sleep(CHECKPOINT_EVERY)
        self._slices = 0

    def sleep(self, delay: float) -> Deferred[None]:
        """Never fires once all is stopped."""
        waiter: Deferred[None] = Deferred()
        self._soon(delay, partial(waiter.callback, None))
        return waiter

    # Purge

    async def _purge_old(self, before: float) -> None:
        while await self.database.run(tables.purge_old, before, SLICE):
            await self.after_slice()
            await self.sleep(PAUSE)

    async def _purge_long(self, room: int, upto: int) -> None:
        count = SLICE
        while count == SLICE:
            count = await self.database.run(tables.purge_long, room, upto, SLICE)
            await self.after_slice()
            await self.sleep(PAUSE)
