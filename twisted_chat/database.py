"""The one SQLite file: opened with care, written by one thread, read by two others.

The reactor never waits for the disk.  `Database.run` and `Database.read` hand a
function to a thread that owns a connection, and give a Deferred of its result.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, Concatenate, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, fail, gatherResults, maybeDeferred, succeed

from .migrations import LATEST, migrate

P = ParamSpec("P")
T = TypeVar("T")
Call = Callable[[], None]

MEMORY = ":memory:"
APPLICATION_ID = 0x74776368
PATIENCE = 5.0
PATIENCE_AT_START = 2.0
MOST_LOG_PAGES = 16_384


class DatabaseError(Exception):
    """What is wrong with the file or the disk, as one line for a person."""


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
        if path == MEMORY:
            memory = Inline(open_file(MEMORY))
            self._writer = self._reader = self._searcher = memory

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
        self._lock = _claim(self.path)
        try:
            connection = open_file(self.path)
            # Checkpoints, which wait for the disk, are no part of a commit.
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            self._writer = self._worker("writer", connection)
            self._reader = self._worker("reader", connect(self.path))
            self._searcher = self._worker("searcher", connect(self.path))
        except BaseException:
            self._unlock()
            raise

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

    def checkpoint(self) -> Deferred[int]:
        """Bring what is in the write-ahead log into the file itself.

        The reader does it while the writer goes on.  Only when that leaves
        the log too long, as under an unceasing load, the writer does it too:
        the log starts anew only when nothing is added meanwhile.
        """

        def again(pages: int) -> Deferred[int]:
            if pages <= MOST_LOG_PAGES:
                return succeed(pages)
            return self._submit(self._writer, _checkpoint)

        first: Deferred[int] = self._submit(self._reader, _checkpoint)
        return first.addCallback(again)

    def close(self) -> Deferred[Any]:
        """Fires when all that was handed in is done and the file is closed."""
        all_workers = (self._writer, self._reader, self._searcher)
        workers = {worker for worker in all_workers if worker is not None}
        self._writer = self._reader = self._searcher = None
        closed = gatherResults([worker.close() for worker in workers])
        return closed.addCallback(lambda _: self._unlock())

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


class Worker:
    """A thread with a connection: does one job after the other, in order."""

    def __init__(
        self,
        name: str,
        path: str,
        connection: sqlite3.Connection,
        call_in_reactor: Callable[[Call], object],
    ) -> None:
        self._path = path
        self._connection = connection
        self._call_in_reactor = call_in_reactor
        self._jobs: SimpleQueue[Callable[[], Call] | None]
        self._jobs = SimpleQueue()
        self._closed: Deferred[None] = Deferred()
        # A daemon: a disk that hangs must not keep the process from ending.
        Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, job: Callable[..., T], *args: Any) -> Deferred[T]:
        """Call ``job(connection, *args)`` in the thread."""
        done: Deferred[T] = Deferred()

        def do() -> Call:
            try:
                result = job(self._connection, *args)
            except Exception as error:
                failure = described(error, self._path)
                return lambda: done.errback(failure)
            return lambda: done.callback(result)

        self._jobs.put(do)
        return done

    def close(self) -> Deferred[None]:
        self._jobs.put(None)
        return self._closed

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._call_in_reactor(job())
        self._connection.close()
        self._call_in_reactor(lambda: self._closed.callback(None))


class Inline:
    """Does its jobs at once: for what is in memory and never waits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def submit(self, job: Callable[..., T], *args: Any) -> Deferred[T]:
        try:
            return succeed(job(self.connection, *args))
        except Exception as error:
            return fail(described(error, MEMORY))

    def close(self) -> Deferred[None]:
        return maybeDeferred(self.connection.close)


def transaction(
    connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], T]
) -> T:
    """Call ``job(connection)``; all of what it does is kept, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = job(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _checkpoint(connection: sqlite3.Connection) -> int:
    """Do what can be done without waiting; return the log's length in pages."""
    [[_, pages, _]] = connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    return int(pages)


# Opening


def connect(path: str, patience: float = PATIENCE) -> sqlite3.Connection:
    """A connection to a file that has its tables.

    :param patience: seconds to wait for another process to unlock the file.
    """
    connection = sqlite3.connect(
        path, timeout=patience, isolation_level=None, check_same_thread=False
    )
    # With a WAL this survives the death of the process, and keeps the file
    # whole when the power fails; only the last commits may then be missing.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def open_file(path: str) -> sqlite3.Connection:
    """Make or upgrade the file at `path`, and prove that it can be written.

    :raises DatabaseError: one line that says why not.
    """
    try:
        if path != MEMORY:
            # Accounts and what was said in closed rooms are nobody else's.
            os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))
        connection = connect(path, PATIENCE_AT_START)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            transaction(connection, lambda c: _prepare(c, path))
            connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise described(error, path) from error
    return connection


def check_version(connection: sqlite3.Connection, path: str) -> int:
    """The version of the tables, 0 for an empty file.

    :raises DatabaseError: for a file of another program or a newer version.
    """
    [[application]] = connection.execute("PRAGMA application_id")
    [[version]] = connection.execute("PRAGMA user_version")
    [[tables]] = connection.execute("SELECT count(*) FROM sqlite_master")
    if application != APPLICATION_ID and (application or version or tables):
        raise DatabaseError(f"{path} is the database of another program")
    if version > LATEST:
        raise DatabaseError(
            f"{path} is from a newer twisted-chat (its version is {version}, "
            f"this one knows up to {LATEST})"
        )
    return int(version)


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    version = check_version(connection, path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
    migrate(connection, version)
    # A write even when nothing changed: a full or read-only disk shows now.
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('opened', ?)", (time.time(),)
    )


def _claim(path: str) -> int:
    """Take the server's lock on `path`; two servers would mix up the ids.

    The lock is a file of its own: SQLite's locks on the database go when any
    descriptor of it is closed.
    """
    try:
        descriptor = os.open(f"{path}-server", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise described(error, path) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise DatabaseError(f"{path} is in use by another server") from None
    return descriptor


# What went wrong

_TROUBLES = {
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_CANTOPEN: "can't be opened",
    sqlite3.SQLITE_CORRUPT: "is damaged; twisted-chat-admin check tells more",
    sqlite3.SQLITE_FULL: "can't be written: the disk is full",
    sqlite3.SQLITE_INTERRUPT: "took too long to answer",
    sqlite3.SQLITE_IOERR: "can't be read or written: the disk has an error",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_NOTADB: "is not a database",
    sqlite3.SQLITE_PERM: "may not be opened",
    sqlite3.SQLITE_READONLY: "is read-only",
}


def described(error: BaseException, path: str) -> BaseException:
    """`error` as a `DatabaseError` when the file or the disk is to blame."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _TROUBLES:
            trouble = _TROUBLES[code]
            if code == sqlite3.SQLITE_CANTOPEN and not Path(path).parent.is_dir():
                trouble = f"{trouble}: there is no folder {Path(path).parent}"
            return DatabaseError(f"{path} {trouble}")
    elif isinstance(error, OSError):
        name = error.filename or path
        return DatabaseError(f"{name} can't be opened: {error.strerror}")
    return error
