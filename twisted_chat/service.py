"""Composes hub and doors into one service: ordered start, orderly drain."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from twisted.application.service import Service
from twisted.internet import defer
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IProtocolFactory,
    IStreamServerEndpoint,
)
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer

from .doors.base import Door
from .doors.certified import AskingReactor
from .doors.proxied import ProxiedEndpoint
from .fanout import Fanout
from .history import FOREVER, History, MemoryHistory, Retention
from .history.sqlite import SqliteHistory
from .hub import Hub, Settings, Stored
from .storage.accounts_sqlite import SqliteAccounts, all_nicks, last_removal
from .storage.database import MEMORY, Database, DatabaseError
from .storage.moderation_store_sqlite import SqliteModerationStore, all_bans, all_rooms
from .storage.passwords import AT_ONCE, Passwords

log = Logger()

# More than any system allows: each takes as much of it as it does.
BACKLOG = 32767
QUEUING = frozenset({"ssl", "tcp", "tcp6", "unix"})
DRAIN = 3.0
PURGE_EVERY = 60.0
FOLLOW_EVERY = 3.0
CHECK_FILES_EVERY = 2.0
CLOSE = 1.0
# Up to 64 MiB or so of the write-ahead log go to the file then.
CLOSE_DATABASE = 10.0


class Opening(NamedTuple):
    """A door and where it is: a port number, or an endpoint string."""

    door: Callable[[Hub], Door]
    where: str


class ChatService(Service):
    """The whole server.

    :param reactor: for time and for listening.
    :param wall: the wall clock, in seconds since the epoch.
    :param database: the SQLite file, or `database.MEMORY`.
    :param retention: how long messages are kept.
    """

    def __init__(
        self,
        reactor: Any,
        settings: Settings,
        openings: Sequence[Opening],
        wall: Callable[[], float],
        database: str = MEMORY,
        retention: Retention = FOREVER,
    ) -> None:
        self._reactor = reactor
        self._openings = openings
        self.database = Database(database, reactor.callFromThread)
        self.fanout = Fanout(self._at_end_of_turn)
        self._retention = retention
        self.history: History
        if self.database.in_memory:
            self.history = MemoryHistory(retention)
        else:
            self.history = SqliteHistory(self.database, reactor, self._warn, retention)
            self.fanout.gate = self.history.recorder
        self._threads = ThreadPool(0, AT_ONCE, "passwords")
        self.hub = Hub(
            settings,
            self.fanout,
            reactor,
            wall,
            SqliteAccounts(self.database),
            Passwords(partial(deferToThreadPool, reactor, self._threads)),
            moderation_store=SqliteModerationStore(self.database),
            history=self.history,
        )
        self._purge: LoopingCall | None = None
        self._following = LoopingCall(self.hub.registrar.follow)
        self._checking = LoopingCall(self._check_files)
        self._trouble = ""
        self.doors: list[Door] = []
        self.ports: list[Any] = []

    def startService(self) -> None:
        """Open the database; raises `DatabaseError`."""
        self.database.open()
        load = self.database.load
        self.hub.registrar.removals = load(last_removal)
        if isinstance(self.history, SqliteHistory):
            load(self.history.load)
        self.hub.load(Stored(load(all_nicks), load(all_rooms), load(all_bans)))
        self._start_purge()
        self._start_following()
        self._threads.start()
        super().startService()

    def _start_following(self) -> None:
        """Follow what ``twisted-chat-admin`` changes in the file, and
        what anybody does to the files."""
        self._following.clock = self._checking.clock = self._reactor
        if not self.database.in_memory:
            self._following.start(FOLLOW_EVERY, now=False)
            self._checking.start(CHECK_FILES_EVERY, now=False)

    @defer.inlineCallbacks
    def open_doors(self) -> Any:
        """Listen everywhere; fires with nothing, or fails with the first error."""
        for opening in self._openings:
            door = opening.door(self.hub)
            self.doors.append(door)
            where = endpoint(self._reactor, opening.where, door.certificates)
            port = yield where.listen(door)
            self.ports.append(port)
            log.info("{door} door open at {at}", door=door.name, at=port.getHost())

    @defer.inlineCallbacks
    def stopService(self) -> Any:
        """Stop accepting, tell everyone, flush what is queued, close."""
        super().stopService()
        for loop in (self._following, self._checking):
            if loop.running:
                loop.stop()
        for port in self.ports:
            yield port.stopListening()
        self.hub.tell_all("The server is shutting down", "shutting-down")
        connections = [c for door in self.doors for c in door.connections]
        for connection in connections:
            connection.listener.leave()
        for connection in connections:
            connection.shut_down("server shutdown")
        self.fanout.flush()
        yield self._drained()
        self.hub.journal.write()
        for door in self.doors:
            for connection in list(door.connections):
                connection.transport.abortConnection()
        if self._threads.started:
            self._threads.stop()
        yield self._within(CLOSE, self.hub.moderation.retry_queue.flushed())
        if self._purge is not None:
            self._purge.stop()
        if isinstance(self.history, SqliteHistory):
            yield self._within(CLOSE, self.history.stop())
        yield self._within(CLOSE_DATABASE, self.database.close())

    def _at_end_of_turn(self, flush: Callable[[], None]) -> None:
        """Call `flush` after one more look at the sockets, which doesn't wait.

        Many who speak at once are not all heard in one look; what the second
        one brings shares the writes of the first.
        """
        self._reactor.callLater(0, self._reactor.callLater, 0, flush)

    def _check_files(self) -> defer.Deferred[None]:
        """Put back what others delete, and say so, once where that can't be."""
        return defer.Deferred.fromCoroutine(self._checked_files())

    async def _checked_files(self) -> None:
        trouble = ""
        try:
            done = await self.database.check_files()
            if isinstance(self.history, SqliteHistory):
                await self.history.check_files()
        except DatabaseError as error:
            trouble = done = (
                f"The database's files were deleted or replaced, and {error}. "
                "Until they can be written again, all is lost with this server"
            )
        if done and (not trouble or not self._trouble):
            log.critical("{line}", line=done)
            self._warn(done)
        self._trouble = trouble

    def _warn(self, line: str) -> None:
        self.hub.warn_operators(line, "trouble")

    def _start_purge(self) -> None:
        """Delete now, and every minute or so, what need not be kept."""
        if self._retention != FOREVER:
            age = self._retention.age or PURGE_EVERY
            self._purge = LoopingCall(
                lambda: self.history.purge(self.hub.now(), self.hub.keeping.kept)
            )
            self._purge.clock = self._reactor
            self._purge.start(min(PURGE_EVERY, max(1.0, age / 10)))

    def _within(
        self, seconds: float, done: defer.Deferred[None]
    ) -> defer.Deferred[None]:
        """As `done`, but given up after `seconds`: a disk may hang."""

        def give_up(*_: object) -> None:
            log.error("the database took too long to close")

        return done.addTimeout(seconds, self._reactor, onTimeoutCancel=give_up)

    def _drained(self) -> defer.Deferred[None]:
        """Fires when all connections are closed, or after 3 s."""
        done: defer.Deferred[None] = defer.Deferred()
        deadline = self._reactor.seconds() + DRAIN

        def check() -> None:
            if self._reactor.seconds() < deadline and any(
                door.connections for door in self.doors
            ):
                self._reactor.callLater(0.05, check)
            else:
                done.callback(None)

        check()
        return done


def endpoint(reactor: Any, where: str, certificates: bool = False) -> Any:
    """What `where` means: a port on every interface, or an endpoint string.

    In front of either, ``haproxy:`` expects the PROXY protocol.  As many newcomers
    may wait to be accepted as the system allows, unless the string says otherwise.

    :param certificates: with ``ssl:`` ask the peer for a certificate.  Not behind
        a proxy, whose own would be taken for everyone's.
    :raises ValueError: for a bad endpoint string.
    """
    if where.isdecimal():
        return EveryInterface(reactor, int(where))
    if where.startswith("haproxy:"):
        inner = endpoint(reactor, where.removeprefix("haproxy:"))
        return ProxiedEndpoint(reactor, inner)
    if certificates and where.startswith("ssl:"):
        reactor = AskingReactor(reactor)
    kind, _, rest = where.partition(":")
    if kind in QUEUING:
        with suppress(TypeError):  # it says so without the option's name
            # The last of two wins, so one in the string does.
            return serverFromString(reactor, f"{kind}:backlog={BACKLOG}:{rest}")
    return serverFromString(reactor, where)


@implementer(IStreamServerEndpoint)
class EveryInterface:
    """A TCP port on all addresses, IPv4 and IPv6, by one socket."""

    def __init__(self, reactor: Any, port: int) -> None:
        self._reactor = reactor
        self._port = port

    def listen(self, factory: IProtocolFactory) -> defer.Deferred[Any]:
        """Fails with `CannotListenError` when the port can't be had."""
        try:
            listening = self._bind()
        except OSError as error:
            return defer.fail(CannotListenError("", self._port, error))
        with listening:
            listening.setblocking(False)
            return defer.succeed(
                self._reactor.adoptStreamPort(
                    listening.fileno(), listening.family, factory
                )
            )

    def _bind(self) -> socket.socket:
        if socket.has_dualstack_ipv6():
            try:
                return socket.create_server(
                    ("", self._port),
                    family=socket.AF_INET6,
                    backlog=BACKLOG,
                    dualstack_ipv6=True,
                )
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL:
                    raise
        return socket.create_server(("", self._port), backlog=BACKLOG)
