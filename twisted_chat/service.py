"""Composes hub and doors into one service: ordered start, orderly drain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from . import control
from .control.server import Command
from .doors.base import Door
from .endpoints import ListeningReactor, Port, endpoint
from .events import ChatError
from .fanout import Fanout
from .history import FOREVER, History, MemoryHistory, Retention
from .history.sqlite import SqliteHistory
from .hub import Hub, Settings, Stored
from .hub.retention import purge
from .loading import load_stored, settle_private
from .storage.database import MEMORY, Database, DatabaseError
from .storage.passwords import AT_ONCE, Passwords
from .storage.places import Place, place
from .storage.sqlite import SqliteStore
from .storage.store import NullStore, Store
from .turns import CallSoon, Turns

log = Logger()

# All of these are seconds.
DRAIN = 3.0
PURGE_EVERY = 60.0
# Rooms that strangers open and leave take memory until then.
PURGE_MEMORY_EVERY = 10.0
CHECK_FILES_EVERY = 2.0
CLOSE = 1.0
# Up to 64 MiB or so of the write-ahead log go to the file then.
CLOSE_DATABASE = 10.0


class ChatReactor(ListeningReactor, Protocol):
    """What the server needs of a reactor: to listen, time, and a way in for threads."""

    def callFromThread(
        self, callable: Callable[..., object], /, *args: object
    ) -> None: ...


class Node(Protocol):
    """What makes this server one of several; see `cluster.Cluster`."""

    def start(
        self, history: SqliteHistory, stored: Stored, kept: Place
    ) -> Deferred[None]:
        """Go on from what the file has; fires once people may come in."""

    def stop(self) -> Deferred[None]:
        """Leave the others, in order."""

    def commands(self) -> Mapping[str, Command]:
        """What ``twisted-chat-admin`` may ask of it."""


Join: TypeAlias = Callable[[Hub, Callable[[str], object]], Node]


class Opening(NamedTuple):
    """A door and where it is: a port number, or an endpoint string."""

    door: Callable[[Hub], Door]
    where: str


class _Shut:
    """A gate that nothing passes any more; see `fanout.Gate`."""

    def hold(self, release: Callable[[], None]) -> bool:
        return True


class ChatService(Service):
    """The whole server.

    :param reactor: for time and for listening.
    :param wall: the wall clock, in seconds since the epoch.
    :param database: the SQLite file, or `database.MEMORY`.
    :param retention: how long messages are kept.
    :param join: makes the hub one of several; it is given what to call, with one line,
        when the server can't go on.
    :param call_soon: see `Turns`.
    :ivar on_failure: called with that line once nothing more is shown.
    """

    def __init__(
        self,
        reactor: ChatReactor,
        settings: Settings,
        openings: Sequence[Opening],
        wall: Callable[[], float],
        database: str = MEMORY,
        retention: Retention = FOREVER,
        join: Join | None = None,
        call_soon: CallSoon | None = None,
    ) -> None:
        self._reactor = reactor
        self._clock = cast(IReactorTime, reactor)
        self._openings = openings
        self.database = Database(database, reactor.callFromThread)
        turns = Turns(
            reactor,
            lambda: self.fanout.has_several,
            lambda: not self.hub.log.at_once,
            call_soon,
        )
        self.fanout = Fanout(turns.at_end)
        self.history: History
        store: Store
        if self.database.in_memory:
            self.history, store = MemoryHistory(retention), NullStore()
        else:
            fail = None if join is None else self._fail
            self.history = SqliteHistory(
                self.database, reactor, self._warn, retention, fail
            )
            self.fanout.gate = recorder = self.history.recorder
            store = SqliteStore(recorder, self.fanout.end_turn)
        self._threads = ThreadPool(0, AT_ONCE, "passwords")
        from_threads = cast(IReactorFromThreads, reactor)
        self.hub = Hub(
            settings,
            self.fanout,
            reactor,
            wall,
            Passwords(partial(deferToThreadPool, from_threads, self._threads)),
            store=store,
            history=self.history,
            retention=retention,
        )
        self.node = None if join is None else join(self.hub, self._fail)
        self.on_failure: Callable[[str], object] = lambda line: None
        self._purging = LoopingCall(self._purge)
        self.control: Port | None = None
        self._checking = LoopingCall(self._check_files)
        self._trouble = ""
        self.doors: list[Door] = []
        self.ports: list[Port] = []

    def startService(self) -> None:
        """Open the database; raises `DatabaseError`."""
        self.database.open()
        stored = load_stored(self.database, self.history)
        settle_private(self.database, self.hub)
        if self.node is None:
            self.hub.load(stored)
        else:
            assert isinstance(self.history, SqliteHistory)
            kept = self.database.load(place)
            up = self.node.start(self.history, stored, kept)
            up.addErrback(_note_not_up)
        self._start_checking()
        if not self.database.in_memory:
            self._open_control()
        self._start_purge()
        self._threads.start()
        super().startService()

    def _open_control(self) -> Deferred[None]:
        """Let ``twisted-chat-admin`` ask; see `control`."""
        return Deferred.fromCoroutine(self._listen_to_admin())

    async def _listen_to_admin(self) -> None:
        asked = {
            **control.accounts.commands(self.hub),
            **control.settings.commands(self.hub),
        }
        asked |= control.alone.commands() if self.node is None else self.node.commands()
        path = f"{self.database.path}{control.SUFFIX}"
        try:
            # Nobody else has the file, so what is there is of a server that died.
            Path(path).unlink(missing_ok=True)
            self.control = await control.listen(self._reactor, path, asked)
        except (OSError, CannotListenError) as error:
            log.warn("no control socket at {at}: {why}", at=path, why=error)

    def _start_checking(self) -> None:
        """Follow what anybody does to the files."""
        if not self.database.in_memory:
            self._checking.clock = self._clock
            self._checking.start(CHECK_FILES_EVERY, now=False)

    def open_doors(self) -> Deferred[None]:
        """Listen everywhere; fails with the first error.

        It has happened when this returns, unless an endpoint takes its time.
        """
        return Deferred.fromCoroutine(self._open_doors())

    async def _open_doors(self) -> None:
        for opening in self._openings:
            door = opening.door(self.hub)
            self.doors.append(door)
            where = endpoint(self._reactor, opening.where, door.certificates)
            port = await where.listen(door)
            self.ports.append(port)
            log.info("{door} door open at {at}", door=door.name, at=port.getHost())

    def stopService(self) -> Deferred[None]:
        """Stop accepting, tell everyone, flush what is queued, close."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        if self._checking.running:
            self._checking.stop()
        if self.control is not None:
            await maybeDeferred(self.control.stopListening)
        for port in self.ports:
            await maybeDeferred(port.stopListening)
        self.hub.tell_all("The server is shutting down", "shutting-down")
        connections = [c for door in self.doors for c in door.connections]
        for connection in connections:
            connection.listener.leave()
        for connection in connections:
            connection.shut_down("server shutdown")
        self.fanout.flush()
        await self._drained()
        if self.node is not None:
            await self._within(CLOSE, self.node.stop(), "leaving the others")
        self.hub.presence_log.write()
        self.hub.markers.write()
        for door in self.doors:
            for connection in list(door.connections):
                connection.transport.abortConnection()
        if self._threads.started:
            self._threads.stop()
        await self._close_files()

    async def _close_files(self) -> None:
        if self._purging.running:
            self._purging.stop()
        if isinstance(self.history, SqliteHistory):
            await self._within(CLOSE, self.history.stop(), "writing the history")
        await self._within(
            CLOSE_DATABASE, self.database.close(), "closing the database"
        )

    def _fail(self, line: str) -> None:
        """Show nothing more to anybody: the others' state is another.

        No-op the second time.
        """
        if isinstance(self.fanout.gate, _Shut):
            return
        log.critical("{line}", line=line)
        self.fanout.gate = _Shut()
        for door in self.doors:
            for connection in list(door.connections):
                connection.transport.abortConnection()
        self.on_failure(line)

    def _check_files(self) -> Deferred[None]:
        """Put back what others delete, and say so, once where that can't be."""
        return Deferred.fromCoroutine(self._checked_files())

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
        if trouble and self.node is not None:
            self._fail(trouble)
        elif done and (not trouble or not self._trouble):
            log.critical("{line}", line=done)
            self._warn(done)
        self._trouble = trouble

    def _warn(self, line: str) -> None:
        self.hub.warn_operators(line, "trouble")

    def _start_purge(self) -> None:
        """Delete now, and every minute or so, what need not be kept."""
        self._purging.clock = self._clock
        self._purging.start(self._purge_every())

    def _purge_every(self) -> float:
        every = PURGE_MEMORY_EVERY if self.database.in_memory else PURGE_EVERY
        age = self.hub.shared.age
        return every if age is None else min(every, max(1.0, age / 10))

    def _purge(self) -> Deferred[None]:
        self._purging.interval = self._purge_every()
        done = Deferred.fromCoroutine(purge(self.hub))
        return done.addErrback(lambda why: log.failure("purging has failed", why))

    def _within(
        self, seconds: float, done: Deferred[None], what: str
    ) -> Deferred[None]:
        """As `done`, but given up after `seconds`: a disk may hang."""

        def give_up(*_: object) -> None:
            log.error("{what} took too long", what=what)

        return done.addTimeout(seconds, self._clock, onTimeoutCancel=give_up)

    def _drained(self) -> Deferred[None]:
        """Fires when all connections are closed, or after 3 s."""
        done: Deferred[None] = Deferred()
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


def _note_not_up(why: Failure) -> None:
    """It was stopped before it was up, which is said already, or has a bug."""
    if why.check(ChatError) is None:
        log.failure("the node isn't up", why)
