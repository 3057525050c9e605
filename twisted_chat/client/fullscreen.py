"""The full-screen interface at the terminal that the program was started at."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from twisted.internet import stdio
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogBeginner
from twisted.python.failure import Failure
from zope.interface import implementer

from ..grammar.commands import line_for
from ..terminal import Interface, Settings
from .connection import Credentials, Event
from .logs import Logs
from .reactor import ProgramReactor
from .reconnecting import Reconnecting
from .remembered import Remembered
from .tty import Tty

# Seconds after which the program ends though the server says no goodbye.
GOODBYE = 2.0
# Seconds in which the screen is given back before the program stops.
PAUSE = 0.05


@implementer(IPushProducer)
class _Screen(Protocol):
    """Standard input and output; what can't be written yet holds painting up."""

    transport: Any

    def __init__(self, interface: Callable[[], Interface], gone: Callable[[], None]):
        self._interface = interface
        self._gone = gone

    def connectionMade(self) -> None:
        self.transport.registerProducer(self, True)

    def dataReceived(self, data: bytes) -> None:
        self._interface().received(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._gone()

    def pauseProducing(self) -> None:
        self._interface().pause()

    def resumeProducing(self) -> None:
        self._interface().resume()

    def stopProducing(self) -> None:
        """The terminal is gone; `connectionLost` follows."""


@implementer(ILogObserver)
class _Faults:
    """Keeps faults of the program from the screen.

    :ivar kept: the last ones, to be told when it has ended.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.kept: list[str] = []

    def __call__(self, event: LogEvent) -> None:
        if event["log_level"] is LogLevel.critical:
            failure = event.get("log_failure")
            self.kept.append(failure.getTraceback() if failure else str(event))
            del self.kept[:-3]
            if len(self.kept) == 1:
                self._tell("This program has a fault; it tells of it at its end")


class FullScreen:
    """One run: the `Home` of an interface, and the `Watcher` of its connection.

    :ivar status: the exit status.
    """

    def __init__(
        self,
        tty: Tty,
        endpoint: Any,
        credentials: Credentials,
        settings: Settings,
        reactor: ProgramReactor,
        where: str,
        logs: Logs | None = None,
        remembered: Remembered | None = None,
    ) -> None:
        self._tty = tty
        self._reactor = reactor
        self._where = where
        self._logs = logs
        self._remembered = remembered
        self._ending = self._ended = self._stopped = False
        self.status = 0
        self._interface = Interface(self, reactor, tty.size, settings)
        self._faults = _Faults(self._interface.tell)
        self._screen = _Screen(lambda: self._interface, self._hung_up)
        self._server = Reconnecting(
            endpoint, credentials, self, lambda: self._interface.nick, reactor
        )

    def start(self) -> None:
        """Begin; a fault in that ends the program."""
        try:
            self._start()
        except BaseException:
            self._hung_up()
            raise

    def _start(self) -> None:
        observers: list[Any] = [self._faults]
        globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)
        self._tty.take()
        stdio.StandardIO(self._screen, reactor=self._reactor)
        for number, act in (
            (signal.SIGINT, self._end_by),
            (signal.SIGTERM, self._end_by),
            (signal.SIGHUP, self._end_by),
            (signal.SIGWINCH, self._resized),
            (signal.SIGTSTP, self._suspend_by),
            (signal.SIGCONT, self._continued),
        ):
            self._on_signal(number, act)
        self._interface.start()
        self._server.start()

    @property
    def ended(self) -> bool:
        """Whether the screen was given back in order."""
        return self._ended

    @property
    def faults(self) -> list[str]:
        """What went wrong in the program, to be told when it has ended."""
        return self._faults.kept

    # Home

    def write(self, data: bytes) -> None:
        if not self._stopped:
            self._screen.transport.write(data)

    def send(self, line: str) -> None:
        self._server.send(line)

    def leave(self, reason: str) -> None:
        if not self._ending:
            self._ending = True
            self._reactor.callLater(GOODBYE, self.over)
            self._server.leave(line_for("QUIT", reason))

    def suspend(self) -> None:
        """Give the terminal back and stop, until somebody says ``fg``."""
        self._interface.stop()
        self._reactor.callLater(PAUSE, self._suspend)

    def _suspend(self) -> None:
        self._tty.give_back()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        # Here it goes on, when it goes on.
        self._on_signal(signal.SIGTSTP, self._suspend_by)
        self._continued(signal.SIGCONT)

    # Watcher

    def event(self, event: Event) -> None:
        known = self._interface.nick
        self._interface.event(event)
        if self._interface.nick and not known:
            self._interface.tell("/help lists commands and keys")
        if self._logs is not None:
            self._logs.event(event, self._interface.nick)
        rooms = self._interface.rooms
        if self._remembered is not None and rooms is not None and not self._ending:
            self._remembered.write(rooms)

    def connecting(self) -> None:
        self._interface.connected_to(f"connecting to {self._where}")

    def disconnected(self, status: str) -> None:
        self._interface.disconnected(status)

    def over(self) -> None:
        if not self._stopped:
            self._interface.close()
            self._ended = self._stopped = True
            self._screen.transport.unregisterProducer()
            self._screen.transport.loseConnection()

    # Signals, and the end

    def _on_signal(self, number: int, act: Callable[[int], None]) -> None:
        def called(number: int, frame: object) -> None:
            self._reactor.callFromThread(act, number)

        signal.signal(number, called)

    def _resized(self, number: int) -> None:
        self._interface.resized(self._tty.size)

    def _suspend_by(self, number: int) -> None:
        self.suspend()

    def _continued(self, number: int) -> None:
        if not self._stopped:
            self._tty.take()
            self._interface.resized(self._tty.size)
            self._interface.start()

    def _end_by(self, number: int) -> None:
        self.status = 128 + number
        self.leave("")

    def _hung_up(self) -> None:
        """The terminal is closed: by us, or by whoever sat there."""
        self._stopped = True
        if self._reactor.running:
            self._reactor.stop()
