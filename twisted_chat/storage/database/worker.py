"""Threads that own a connection, so that the reactor never waits for the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed

from .errors import described
from .opening import MEMORY

T = TypeVar("T")
Call = Callable[[], None]


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
        """Call ``job(connection, *args)`` in the thread.

        Fires in the reactor's thread, or fails as `errors.described` says.
        """
        return self._put(lambda: job(self._connection, *args))

    def exchange(
        self, make: Callable[[sqlite3.Connection], tuple[sqlite3.Connection, T]]
    ) -> Deferred[T]:
        """Go on with the connection that `make` gives for the old one.

        Fires with what else it returns.  May be called in any thread.
        """

        def job() -> T:
            self._connection, result = make(self._connection)
            return result

        return self._put(job)

    def _put(self, job: Callable[[], T]) -> Deferred[T]:
        done: Deferred[T] = Deferred()

        def do() -> Call:
            try:
                result = job()
            except Exception as error:
                failure = described(error, self._path)
                return lambda: done.errback(failure)
            return lambda: done.callback(result)

        self._jobs.put(do)
        return done

    def close(self) -> Deferred[None]:
        """Fires when all jobs are done and the connection is closed."""
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
