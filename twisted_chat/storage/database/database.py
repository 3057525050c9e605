"""The one SQLite file: opened with care, written by one thread, read by others.

The reactor never waits for the disk.  `Database.run` and `Database.read` hand a
function to a thread that owns a connection, and give a Deferred of its result.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from threading import Event, Semaphore
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, fail

from . import files
from .errors import DatabaseError, described
from .opening import (
    MEMORY,
    PATIENCE,
    PATIENCE_AT_START,
    claim,
    connect,
    open_file,
    transaction,
)
from .worker import Call, Inline, Worker

P = ParamSpec("P")
T = TypeVar("T")

MAX_LOG_PAGES = 16_384
"""Pages, of 4096 bytes, past which the write-ahead log is cut off."""

CACHE = 16_384
"""KiB that a thread which reads may have in memory: what somebody has not read yet in
many rooms lies all over the file."""

_MAX_LOG_BYTES = MAX_LOG_PAGES * 4096


class LogLength(NamedTuple):
    """How long the write-ahead log is (sqlite.org/wal.html).

    :ivar pages: how many pages are in it.
    :ivar done: how many of them are in the file itself, too.
    """

    pages: int
    done: int

    @property
    def is_long(self) -> bool:
        """Whether it is to be cut off."""
        return self.pages > MAX_LOG_PAGES


class Database:
    """A file of the chat, or `MEMORY` for one that is gone with the process.

    :param call_in_reactor: runs a function in the reactor's thread soon, and
        may be called from any thread (``reactor.callFromThread``).
    """

    def __init__(
        self, path: str, call_in_reactor: Callable[[Call], object] = lambda f: f()
    ) -> None:
        self.path = path
        self._call_in_reactor = call_in_reactor
        self._lock: int | None = None
        self._writer: Worker | Inline | None = None
        self._reader: Worker | Inline | None = None
        self._searcher: Worker | Inline | None = None
        self._keeper: Worker | Inline | None = None
        self._files: files.Identities = {}
        if path == MEMORY:
            memory = Inline(open_file(MEMORY))
            self._writer = self._reader = self._searcher = self._keeper = memory

    @property
    def in_memory(self) -> bool:
        return self.path == MEMORY

    def open(self) -> None:
        """Make or upgrade the file and start the threads.  No-op in memory.

        It blocks, so it's for the time before the reactor runs, and it starts
        threads, so it's for the time after the process has become a daemon.

        :raises DatabaseError: when the file can't be written or isn't ours.
        """
        if self._writer is not None:
            return
        self._lock = claim(self.path)
        try:
            self._writer = self._worker("writer", self._open_for_writing())
            self._reader = self._worker("reader", self._open_for_reading())
            self._searcher = self._worker("searcher", self._open_for_reading())
            self._keeper = self._worker("keeper", self._open_for_reading())
            self._files = files.identities(self.path)
        except BaseException:
            self._unlock()
            raise

    def _open_for_writing(self) -> sqlite3.Connection:
        connection = open_file(self.path)
        # A checkpoint waits for the disk: `checkpoint` does it, and no commit.
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute(f"PRAGMA journal_size_limit = {_MAX_LOG_BYTES:d}")
        return connection

    def _open_for_reading(self) -> sqlite3.Connection:
        connection = connect(self.path)
        connection.execute(f"PRAGMA cache_size = {-CACHE:d}")
        return connection

    def _worker(self, name: str, connection: sqlite3.Connection) -> Worker:
        return Worker(f"database {name}", self.path, connection, self._call_in_reactor)

    def load(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Call ``job(connection)`` here and now, for what is needed at start.

        It blocks, as `open` does.

        :raises DatabaseError: when the file can't be read.
        """
        if isinstance(self._reader, Inline):
            return job(self._reader.connection)
        try:
            with closing(connect(self.path, PATIENCE_AT_START)) as connection:
                return job(connection)
        except (OSError, sqlite3.Error) as error:
            raise described(error, self.path) from error

    def run(
        self,
        job: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Deferred[T]:
        """Call ``job(connection, ...)`` in the writer's thread, in a transaction.

        All of what `job` does is kept, or, when it raises, nothing.  The
        Deferred fails with what `job` raised, or with `DatabaseError` when the
        disk didn't do its part; it fires in the reactor's thread.
        """
        return self._submit(
            self._writer, transaction, lambda c: job(c, *args, **kwargs)
        )

    def read(
        self,
        job: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Deferred[T]:
        """Call ``job(connection, ...)`` in the reader's thread; see `run`.

        It sees what has been committed, and isn't held up by writing.
        """
        return self._submit(self._reader, lambda c: job(c, *args, **kwargs))

    def search(
        self,
        job: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Deferred[T]:
        """As `read`, in a thread of its own, for what may take seconds."""
        return self._submit(self._searcher, lambda c: job(c, *args, **kwargs))

    def checkpoint(self) -> Deferred[LogLength]:
        """Bring what is in the write-ahead log into the file itself.

        A thread of its own does it, while the others go on: it waits for the disk.
        Only when that leaves the log too long, as under an unceasing load, the writer
        does it too, and cuts the log off: nothing is added meanwhile.  Neither can go
        past what another process still reads.
        """

        return Deferred.fromCoroutine(self._shorten())

    async def _shorten(self) -> LogLength:
        log: LogLength = await self._submit(self._keeper, _checkpoint)
        if log.is_long:
            log = await self._submit(self._writer, _truncate)
        return log

    def truncate_log(self) -> Deferred[LogLength]:
        """As `checkpoint`, and cut the log off, whatever is in it, if that can be."""
        return Deferred.fromCoroutine(self._cut_off_log())

    async def _cut_off_log(self) -> LogLength:
        # The writer is left with what comes meanwhile.
        await self._submit(self._keeper, _checkpoint)
        log: LogLength = await self._submit(self._writer, _truncate)
        return log

    def check_files(self) -> Deferred[str]:
        """Put back the files that somebody has deleted or replaced.

        They are still open here, with all that was in them.

        Fires with what was done, as one line; empty when nothing was wrong.
        Fails with `DatabaseError` when that can't be done.
        """
        return Deferred.fromCoroutine(self._put_back())

    async def _put_back(self) -> str:
        if self.in_memory:
            return ""
        changed: list[str] = await self._submit(self._reader, self._changed_files)
        if not changed:
            return ""
        writer, *others = self._threads()
        aside = await writer.exchange(lambda old: self._write_anew(old, others))
        return (
            f"{' and '.join(changed)} had been deleted or replaced; "
            f"{self.path} is written anew and nothing is lost{aside}"
        )

    def _changed_files(self, _: sqlite3.Connection) -> list[str]:
        now = files.identities(self.path)
        return [
            f"{self.path}{suffix}"
            for suffix, identity in self._files.items()
            if now.get(suffix) != identity
        ]

    def _threads(self) -> list[Worker]:
        """The writer and the others; raises `DatabaseError` when closed."""
        threads = (self._writer, self._reader, self._searcher, self._keeper)
        found = [thread for thread in threads if isinstance(thread, Worker)]
        if len(found) < len(threads):
            raise DatabaseError(f"{self.path} is closed")
        return found

    def _write_anew(
        self, old: sqlite3.Connection, others: Sequence[Worker]
    ) -> tuple[sqlite3.Connection, str]:
        """Copy all that `old` has to the path; return a connection to that.

        In the writer's thread, while the others are made to wait.
        """
        self._claim_again()
        copy = files.copy(old, self.path)
        closed, opened = Semaphore(0), Event()

        def reopen(reading: sqlite3.Connection) -> tuple[sqlite3.Connection, None]:
            reading.close()
            closed.release()
            opened.wait()
            return self._open_for_reading(), None

        for other in others:
            other.exchange(reopen)
        try:
            for _ in others:
                closed.acquire()
            old.close()
            aside = files.put_in_place(copy, self.path, self._files)
            new = self._open_for_writing()
            self._files = files.identities(self.path)
        finally:
            opened.set()
        return new, aside and f"; what was there is now {aside}"

    def _claim_again(self) -> None:
        """Hold the lock that others see, where somebody has deleted the old one."""
        if self._files["-server"] != files.identities(self.path).get("-server"):
            lock = claim(self.path)
            self._unlock()
            self._lock = lock

    def close(self) -> Deferred[None]:
        """Fires when all that was handed in is done and the file is closed.

        The write-ahead log is gone then, if nobody else reads the file.
        """
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        writer, others = self._writer, {self._reader, self._searcher, self._keeper}
        self._writer = self._reader = self._searcher = self._keeper = None
        if writer is not None:
            # What makes the others wait, as `check_files` may, comes first.
            await writer.submit(lambda _: None)
        for other in others - {writer, None}:
            assert other is not None
            await other.close()
        if writer is not None:
            with suppress(DatabaseError):
                await writer.submit(_truncate)
            await writer.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _submit(
        self, worker: Worker | Inline | None, job: Any, *args: Any
    ) -> Deferred[Any]:
        if worker is None:
            return fail(DatabaseError(f"{self.path} is closed"))
        return worker.submit(job, *args)


def _checkpoint(connection: sqlite3.Connection, how: str = "PASSIVE") -> LogLength:
    """Bring the log into the file, as far as that can be done without waiting.

    PRAGMA wal_checkpoint answers -1 and -1 where there is no log
    (sqlite.org/pragma.html#pragma_wal_checkpoint).
    """
    [[_, pages, done]] = connection.execute(f"PRAGMA wal_checkpoint({how})")
    return LogLength(max(0, pages), max(0, done))


def _truncate(connection: sqlite3.Connection) -> LogLength:
    """As `_checkpoint`, and cut the log off if nobody needs it any more."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        return _checkpoint(connection, "TRUNCATE")
    finally:
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
