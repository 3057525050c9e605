"""``twistd chat``: the service that the options ask for, run under twistd."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger
from twisted.python.failure import Failure

from .event_loop import EventLoop
from .hub import Settings
from .options import Options
from .service import ChatReactor, ChatService, Join
from .storage.database import DatabaseError
from .turns import CallSoon

__all__ = [
    "Options",
    "affordable",
    "follow_elapsed_time",
    "makeService",
    "serving_sockets",
]

log = Logger()

STOPPING = (signal.SIGTERM, signal.SIGINT)


class MainReactor(ChatReactor, Protocol):
    """What is needed besides to run under twistd (`IReactorCore`)."""

    running: bool

    def callWhenRunning(self, callable: Callable[[], object], /) -> object: ...

    def stop(self) -> None: ...

    def addSystemEventTrigger(
        self, phase: str, eventType: str, callable: Any, /, *args: object
    ) -> object: ...


class TimedReactor(Protocol):
    """A reactor whose clock can be replaced."""

    seconds: Callable[[], float]

    def getDelayedCalls(self) -> Sequence[object]: ...


class _Main(Service):
    """Runs a `ChatService` under twistd: exit statuses, signals, descriptors."""

    def __init__(
        self, chat: ChatService, reactor: MainReactor, pidfile: str = ""
    ) -> None:
        self._chat = chat
        self._pidfile = pidfile
        self._reactor = reactor
        self._pid = os.getpid()
        chat.on_failure = self._fail

    def privilegedStartService(self) -> None:
        super().privilegedStartService()
        # Until `_take_signals` they would kill, with what is half done.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        opened = self._chat.open_doors()
        if opened.called and isinstance(opened.result, Failure):
            # Not in an errback: the Deferred would keep the SystemExit to itself.
            failure = opened.result
            opened.addErrback(lambda _: None)
            self._cannot_listen(failure)
        opened.addErrback(self._cannot_listen)

    def startService(self) -> None:
        super().startService()
        try:
            self._chat.startService()
        except DatabaseError as error:
            self._give_up(str(error))
        self._reactor.callWhenRunning(self._take_signals)

    def stopService(self) -> Deferred[None]:
        super().stopService()
        return self._chat.stopService()

    def _cannot_listen(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, CannotListenError):
            reason = error.socketError.strerror or error.socketError
            line = f"can't listen on port {error.port}: {reason}"
        else:
            line = f"can't listen: {failure.getErrorMessage()}"
        self._give_up(line)

    def _give_up(self, line: str) -> None:
        """Say `line` and exit with 1."""
        log.critical("{line}", line=line)
        if not self._reactor.running:
            if os.getpid() != self._pid:
                # A daemon: twistd's first process waits for an exception from
                # this one, shows it and exits with 1.
                raise RuntimeError(line)
            _print(line)
            if self._pidfile:
                Path(self._pidfile).unlink(missing_ok=True)
            raise SystemExit(1)
        _print(line)
        self._reactor.stop()

    def _fail(self, line: str) -> None:
        """The server that was running can't go on: stop, and exit with 1."""
        if not self._reactor.running:
            self._give_up(line)
        self._reactor.addSystemEventTrigger("after", "shutdown", os._exit, 1)
        _print(line)
        self._stop()

    def _take_signals(self) -> None:
        """Stop in order, and exit with 0: twistd would die of the signal itself."""

        def stop(*_: object) -> None:
            self._reactor.callFromThread(self._stop)

        for number in STOPPING:
            signal.signal(number, stop)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    def _stop(self) -> None:
        if self._reactor.running and not self._stopping:
            self._stopping = True
            self._reactor.stop()

    _stopping = False


def makeService(options: Options) -> Service:
    """The whole server, for twistd to start."""
    from twisted.internet import reactor

    _survive_hangups(reactor)
    follow_elapsed_time(reactor)
    _collect_garbage_rarely()
    chat = ChatService(
        reactor,
        affordable(options.settings(), _raise_descriptor_limit()),
        options.openings(),
        time.time,
        options["database"],
        options.retention(),
        _joining(reactor, options),
        serving_sockets(reactor),
    )
    twistd: dict[str, Any] = options.parent or {}
    return _Main(chat, reactor, twistd.get("pidfile", ""))


def _print(line: str) -> None:
    """Say it where twistd was started; once it runs, `sys.stderr` is its log."""
    print(f"twistd chat: {line}", file=sys.__stderr__, flush=True)


def _joining(reactor: ChatReactor, options: Options) -> Join | None:
    """What makes the hub one of several, where ``--bus`` is given."""
    if options.bus is None:
        return None
    from .cluster import Cluster

    bus = options.bus
    return lambda hub, fail: Cluster(reactor, bus, hub, time.time, fail)


def serving_sockets(reactor: object) -> CallSoon | None:
    """What makes a call once all that has come is read, where this reactor has such."""
    try:
        from twisted.internet.epollreactor import EPollReactor
    except ImportError:  # no Linux
        return None
    return EventLoop(reactor).call_soon if isinstance(reactor, EPollReactor) else None


def _survive_hangups(reactor: ChatReactor) -> None:
    """Let SIGHUP do nothing but a line in the log: by default it would kill.

    From here on, so that it does no harm while the server starts either.
    """

    def tell(*_: object) -> None:
        # Not at once: it may have interrupted somebody who writes to the log.
        reactor.callFromThread(log.info, "SIGHUP ignored")

    signal.signal(signal.SIGHUP, tell)


def follow_elapsed_time(reactor: TimedReactor) -> None:
    """Let the timers of `reactor` follow the monotonic clock.

    Twisted's own follow the wall clock, and stand still when it is set back.
    """
    if reactor.seconds is not time.monotonic and not reactor.getDelayedCalls():
        reactor.seconds = time.monotonic


def _collect_garbage_rarely() -> None:
    """Look for cycles less often: a look at 10,000 clients takes a while.

    What is loaded by now stays anyway, and is not looked at again.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def affordable(settings: Settings, files: int) -> Settings:
    """`settings` with no more clients here than open files allow for.

    However many all nodes share.  Some files are kept for the server itself, and for
    telling one client too many.

    :param files: how many this process may open.
    """
    clients = files - min(100, files // 4)
    if settings.max_clients > clients:
        log.warn(
            "only {clients} of {wanted} clients: open files are limited to {files}",
            clients=clients,
            wanted=settings.max_clients,
            files=files,
        )
    return replace(settings, max_here=clients)


def _raise_descriptor_limit() -> int:
    """Have as many open files as the system allows; return how many."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        soft = most
    except (OSError, ValueError) as error:
        log.warn("can't raise the limit of open files: {error}", error=error)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
