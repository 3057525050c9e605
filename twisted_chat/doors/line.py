"""The door for telnet, netcat and the terminal client: lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.protocols.basic import LineReceiver

from ..events import Notice
from ..fanout import Format, Listener
from ..grammar.framing import LINE_LENGTH, OBJECT_LENGTH, LineCutter, TelnetFilter
from ..hub import Hub
from ..verbs import (
    JSON,
    TEXT,
    TEXT_CRLF,
    AnsweringListener,
    Interpreter,
    greeting,
)
from .base import HTTP_BEGINS, HTTP_REQUEST, TLS_HANDSHAKE, Connection, Door
from .option import DoorOption

FIRST_STEPS = "Choose a nick with NICK name, then speak with MSG text. HELP tells more."
MAX_GREETINGS = 8


class LineConnection(Connection[bytes | None], LineReceiver):
    """A `LineReceiver` that cuts a packet into lines once, not once per line."""

    factory: LineDoor
    delimiter = b"\n"
    MAX_LENGTH = LINE_LENGTH
    format = TEXT
    _heard = False
    _first = b""
    _after_return = False

    def connectionMade(self) -> None:
        self._cutter = LineCutter(LINE_LENGTH, OBJECT_LENGTH)
        self._telnet = TelnetFilter()
        self._formats = {"text": TEXT, "json": JSON}
        super().connectionMade()

    def make_listener(self, hub: Hub) -> Listener:
        return AnsweringListener(hub.fanout, self.wire, self.format)

    def admitted(self) -> None:
        formats = self._formats
        self._interpreter = Interpreter(self.session, lambda: formats)
        self.listener.send(self.factory.greeting(self.listener.format))

    def cut(self, data: bytes) -> list[bytes | None]:
        if not self._heard:
            self._hear(data)
            if self.ended:
                return []
        return self._cutter.feed(self._telnet.feed(data))

    def _hear(self, data: bytes) -> None:
        """Learn from the peer's first line what the peer is."""
        before, newline, _ = data.partition(b"\n")
        if newline:
            self._heard = True
            if before.endswith(b"\r") or (not before and self._after_return):
                self.format = self.listener.format = TEXT_CRLF
                self._formats["text"] = TEXT_CRLF
        self._after_return = data.endswith(b"\r")
        self._first = (self._first + before)[:20]
        if self._first.startswith(TLS_HANDSHAKE):
            self.end("")

    def cut_end(self) -> list[bytes | None]:
        return self._cutter.end()

    def frame_received(self, line: bytes | None) -> Deferred[Any] | None:
        """Run one line; raises `ChatError` for what can't be done."""
        if self.session.state.user is None and self._is_http(line):
            # A page can make a browser send any body to any port: nothing
            # behind its request line may be taken for a command.
            self.end("")
            return None
        outcome = self._interpreter.run_bytes(line)
        if self._interpreter.quitting is not None:
            self.end(self._interpreter.quitting)
        return outcome

    def take_speech(self, lines: Sequence[bytes | None]) -> bool:
        return self._interpreter.run_speech(lines)

    lineReceived = frame_received

    def _is_http(self, line: bytes | None) -> bool:
        """Whether `line` is a request of HTTP, or is too long and begins as one."""
        if line is None:
            return HTTP_BEGINS.match(self._first) is not None
        return HTTP_REQUEST.match(line) is not None

    def asks(self, line: bytes | None) -> bool:
        return line is not None and self._interpreter.asks(
            line.decode(errors="replace")
        )

    def only_speaks(self, line: bytes | None) -> bool:
        spoken = line is not None and line[:4] == b"MSG "
        return spoken and self.session.room is not None


class LineDoor(Door):
    """Keeps the line protocol's connections; the hub keeps their nicks."""

    protocol = LineConnection  # type: ignore[assignment]
    certificates = True

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub, "line")
        self._greetings: dict[tuple[str, Format], bytes] = {}

    def greeting(self, format: Format) -> bytes:
        """What every peer is told first; made once for a name of the chat."""
        key = self.hub.shared.name, format
        if key not in self._greetings:
            if len(self._greetings) >= MAX_GREETINGS:
                self._greetings.clear()
            steps = Notice(FIRST_STEPS, self.hub.now(), "help")
            notices = map(format.encode, [*greeting(self.hub), steps])
            self._greetings[key] = b"".join(notices)
        return self._greetings[key]


OPTION = DoorOption(
    "port",
    "port or endpoint for telnet and netcat; repeatable [default: 55555]",
    LineDoor,
    short="p",
    default=("55555",),
)
