"""Puts the parts of the client together and runs them."""

from __future__ import annotations

import array
import fcntl
import os
import re
import signal
import termios
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from twisted.internet import stdio
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from ..grammar.framing import LineCutter
from ..names import fold
from ..terminal import Settings
from ..terminal.palette import FEW_COLOURS, LINKS
from .connection import ChatConnection, Credentials
from .endpoints import endpoint_for
from .fullscreen import FullScreen
from .logs import Logs
from .options import Options, parse_options
from .reactor import ProgramReactor
from .reconnecting import reason
from .remembered import Remembered
from .screen import Dumb, JsonLines, Pipe, Screen, Terminal
from .talk import PipedTalk, Talk, TerminalTalk
from .tty import STDERR, STDIN, STDOUT, Tty

MAX_TYPED = 64 * 1024
NAME = "twisted-chat"


@implementer(IHalfCloseableProtocol)
class Keyboard(Protocol):
    """Standard input and output: lines for a `Talk`, text from its screen.

    :param gone: called when both are closed.
    """

    transport: Any

    def __init__(self, gone: Callable[[], None]) -> None:
        self._gone = gone
        self._cutter = LineCutter(MAX_TYPED)
        self._output_gone = False
        self.talk: Talk

    def write(self, text: str) -> None:
        """Write `text` to standard output.  No-op where nobody reads that."""
        if not self._output_gone:
            self.transport.write(text.encode(errors="replace"))

    def close(self) -> None:
        """Close once all is written."""
        if self._output_gone:
            self._gone()
        else:
            self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        self._take(self._cutter.feed(data))

    def readConnectionLost(self) -> None:
        self._take(self._cutter.end())
        self.talk.end_of_input()

    def writeConnectionLost(self) -> None:
        """Nobody reads any more, as after ``| head``; what is sent still counts."""
        self._output_gone = True

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._gone()

    def _take(self, lines: list[bytes | None]) -> None:
        for line in lines:
            if line is None:
                self.talk.too_long()
            else:
                self.talk.line(line.decode(errors="replace"))


@implementer(IPushProducer)
class Brake:
    """Stops reading from the server while nobody reads what we write.

    Unlike the connection itself, it reads on when the output is closed.
    """

    def __init__(self, transport: Any) -> None:
        self.pauseProducing = transport.pauseProducing
        self.resumeProducing = transport.resumeProducing

    def stopProducing(self) -> None:
        self.resumeProducing()


class App:
    """One run of the client.

    :ivar status: the exit status.
    """

    def __init__(self, options: Options, reactor: ProgramReactor) -> None:
        self._reactor = reactor
        self._options = options
        self._stopped = False
        self.status = 1
        self._keyboard = Keyboard(self._stop)
        self._talk = self._make_talk()
        self._keyboard.talk = self._talk

    def start(self, endpoint: Any) -> None:
        """Connect to `endpoint` (`IStreamClientEndpoint`); the reactor runs."""
        self._transport = stdio.StandardIO(self._keyboard, reactor=self._reactor)
        self._talk.input = self._transport
        self._transport.pauseProducing()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)
        options = self._options
        credentials = credentials_of(options)

        def connected() -> ChatConnection:
            connection = ChatConnection(credentials, self._talk, self._reactor)
            self._talk.start(connection)
            return connection

        connecting = endpoint.connect(Factory.forProtocol(connected))
        connecting.addCallbacks(self._connected, self._not_connected)

    def _connected(self, connection: ChatConnection) -> None:
        self._transport.registerProducer(Brake(connection.transport), True)

    def _not_connected(self, failure: Failure) -> None:
        where = self._options.address
        self._talk.end(1, f"can't connect to {where}: {reason(failure)}")

    def _over(self, status: int) -> None:
        self.status = status
        self._transport.unregisterProducer()
        self._keyboard.close()

    def _stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._reactor.stop()

    def _signalled(self, number: int, frame: object) -> None:
        self._reactor.callFromThread(self._talk.interrupt, 128 + number)

    def _make_talk(self) -> Talk:
        write = self._keyboard.write
        if not self._options.json and os.isatty(STDIN) and os.isatty(STDOUT):
            return TerminalTalk(self._terminal(write), self._over)
        screen: Screen = JsonLines(write) if self._options.json else Pipe(write)
        return PipedTalk(screen, self._over, complain)

    def _terminal(self, write: Callable[[str], None]) -> Terminal:
        dumb = os.environ.get("TERM", "dumb") == "dumb"
        kind = Dumb if dumb else Terminal
        colour = self._options.colour and not dumb
        return kind(write, _columns, _pending, self._reactor, colour)


def main() -> int:
    """Run the client; return its exit status: 2 for a bad endpoint."""
    options = parse_options()
    _open_missing()
    from twisted.internet import reactor as its_reactor

    reactor = cast(ProgramReactor, its_reactor)
    try:
        endpoint = endpoint_for(options, reactor)
    except ValueError as error:
        complain(str(error))
        return 2
    if is_full_screen(options):
        return run_full_screen(options, endpoint, reactor)
    with _borrowed_terminal():
        app = App(options, reactor)
        reactor.callWhenRunning(app.start, endpoint)
        reactor.run(installSignalHandlers=False)
    return app.status


def credentials_of(options: Options) -> Credentials:
    return Credentials(
        options.nick, options.password, options.login, bool(options.cert)
    )


def is_full_screen(options: Options) -> bool:
    """Whether there is a terminal that can show it, and nobody wants lines."""
    if options.plain or options.json:
        return False
    dumb = os.environ.get("TERM", "dumb") == "dumb"
    return not dumb and os.isatty(STDIN) and os.isatty(STDOUT)


def settings_of(options: Options, remembered: Iterable[str] = ()) -> Settings:
    """What of the options is for the interface.

    :param remembered: the rooms of the last time.
    """
    rooms = {fold(room): room for room in (*remembered, *options.rooms)}
    config = options.config
    kind = os.environ.get("TERM", "")
    few = kind in FEW_COLOURS
    colours = (16 if few else 256) if options.colour and config.colours else 0
    return Settings(
        colours=colours,
        links=config.links or kind in LINKS,
        bell=config.bell,
        notify=config.notify,
        ignored=frozenset(config.ignore),
        rooms=tuple(rooms.values()),
    )


def run_full_screen(options: Options, endpoint: Any, reactor: ProgramReactor) -> int:
    """Run the full-screen interface; the exit status."""
    logs = None
    if folder := options.config.log:
        where = re.sub(r"[^A-Za-z0-9_.-]", "_", str(options.address))
        try:
            logs = Logs(Path(folder).expanduser() / where)
        except OSError as error:
            complain(f"{folder}: {error.strerror}")
            return 2
    tty, remembered = Tty(), None
    if options.config.remember:
        remembered = Remembered(f"{options.nick}@{options.address}")
    app = FullScreen(
        tty,
        endpoint,
        credentials_of(options),
        settings_of(options, remembered.read() if remembered else ()),
        reactor,
        str(options.address),
        logs,
        remembered,
    )
    reactor.callWhenRunning(app.start)
    try:
        reactor.run(installSignalHandlers=False)
    finally:
        tty.give_back(screen=not app.ended)
    for fault in app.faults:
        complain(fault)
    return app.status or bool(app.faults)


def complain(text: str) -> None:
    """One line of trouble on standard error."""
    with suppress(OSError):
        os.write(STDERR, f"{NAME}: {text}\n".encode(errors="replace"))


def _columns() -> int:
    try:
        return os.get_terminal_size(STDOUT).columns or 80
    except OSError:
        return 80


def _pending() -> bool:
    """Whether a typed line waits to be read."""
    count = array.array("i", [0])
    try:
        fcntl.ioctl(STDIN, termios.FIONREAD, count)
    except OSError:
        return False
    return count[0] > 0


def _open_missing() -> None:
    """Let no socket take the place of a standard stream that is closed."""
    for number in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


@contextmanager
def _borrowed_terminal() -> Iterator[None]:
    """Give the standard streams back as they were.

    Twisted makes them non-blocking, which the shell's next program would
    stumble over; and what is half typed is not meant for the shell.
    """
    flags = {n: fcntl.fcntl(n, fcntl.F_GETFL) for n in (STDIN, STDOUT, STDERR)}
    try:
        yield
    finally:
        for number, flag in flags.items():
            with suppress(OSError):
                fcntl.fcntl(number, fcntl.F_SETFL, flag)
        if os.isatty(STDIN) and os.isatty(STDOUT):
            termios.tcflush(STDIN, termios.TCIFLUSH)
