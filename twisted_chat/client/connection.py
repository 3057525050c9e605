"""The connection to a server, without a display."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from twisted.internet import protocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from ..clock import Call, Clock
from ..grammar.commands import line_for
from ..grammar.framing import LineCutter
from ..grammar.json import decode
from ..names import clean
from ..wire import tune
from .outbox import Outbox

# In seconds: for the first answer, and for the server to close after a QUIT; of
# silence, after which the server is probed (see `tune`).
ANSWER = 30.0
GOODBYE = 5.0
PROBE = 60
MAX_BYTES = 4 * 1024 * 1024

Event = dict[str, Any]


class Credentials(NamedTuple):
    """Who comes in.  An empty `nick` leaves the choice for later.

    :ivar password: the server's.
    :ivar login: the password of the account that is called `nick`, if any.
    :ivar certificate: that of the connection proves the account.
    """

    nick: str = ""
    password: str = ""
    login: str = ""
    certificate: bool = False


class Listener(Protocol):
    """Who is told what the connection hears."""

    def event_received(self, event: Event) -> None:
        """`event` is a JSON event of the server; nothing in it is trusted."""

    def signed_in(self, nick: str) -> None:
        """The server has accepted the first nick."""

    def closed(self, reason: str) -> None:
        """It is over; `reason` is empty when both sides said goodbye."""


class ChatConnection(protocol.Protocol):
    """Speaks FORMAT json with a server.

    :param clock: for the time that a server may take to answer.
    :ivar nick: the nick that the server knows this connection by.
    """

    transport: Any

    def __init__(
        self, credentials: Credentials, listener: Listener, clock: Clock
    ) -> None:
        self._credentials = credentials
        self._listener = listener
        self._clock = clock
        self._cutter = LineCutter(MAX_BYTES)
        self._heard_json = False
        self._quitting = False
        self._why = ""
        self._deadline: Call | None = None
        self.outbox = Outbox(self._send_line)
        self.nick = ""

    @property
    def has_nick(self) -> bool:
        """Whether it asks for a nick by itself, as soon as it is made."""
        return bool(self._credentials.nick)

    # What it is asked

    def send(self, line: str) -> None:
        """Send one line of the protocol, as soon as the server is ready."""
        self.outbox.put(line)

    def finish(self, line: str = "QUIT") -> None:
        """Say goodbye with `line`, once the server has taken all that was sent."""
        self.outbox.when_taken(lambda: self.quit(line))

    def quit(self, line: str = "QUIT") -> None:
        """Say goodbye now; the server is to close the connection in `GOODBYE` s."""
        self._quitting = True
        self._send_line(line)
        self._wait(GOODBYE, self.transport.abortConnection)

    def give_up(self, why: str) -> None:
        """Close; `why` is the reason that the listener is told."""
        self._why = self._why or why
        self.transport.abortConnection()

    # From the transport

    def connectionMade(self) -> None:
        tune(self.transport, PROBE)
        nick, password, login, certificate = self._credentials
        self.send(line_for("FORMAT", "json"))
        if password:
            self.send(line_for("PASS", password))
        if login:
            self.send(line_for("LOGIN", f"{nick} {login}"))
        elif certificate:
            self.send(line_for("CERT", f"login {nick}"))
        elif nick:
            self.send(line_for("NICK", nick))
        self._wait(ANSWER, lambda: self.give_up("the server does not answer"))

    def dataReceived(self, data: bytes) -> None:
        for line in self._cutter.feed(data):
            if line:
                self._line_received(line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._stop_waiting()
        self._listener.closed("" if self._quitting else self._why or _why(reason))

    # Lines

    def _line_received(self, line: bytes) -> None:
        try:
            event = decode(line)
        except ValueError:
            if self._heard_json:
                return
            early = _early(line)
            if early is None:
                said = clean(line.decode(errors="replace"))[:60]
                self.give_up(f"that is no twisted-chat server; it says {said!r}")
                return
            event = early
        else:
            if not self._heard_json:
                self._heard_json = True
                if not self._quitting:
                    self._stop_waiting()
                if event["event"] == "notice":
                    return  # the answer to FORMAT json
        self._event_received(event)

    def _event_received(self, event: Event) -> None:
        kind = event["event"]
        if kind == "pong" and self.outbox.pong(str(event.get("token"))):
            return
        if kind == "nick" and event.get("you") and isinstance(event.get("nick"), str):
            first, self.nick = not self.nick, event["nick"]
            if first:
                self._listener.signed_in(self.nick)
        self._listener.event_received(event)

    def _send_line(self, line: str) -> None:
        self.transport.write(f"{line}\n".encode(errors="replace"))

    def _wait(self, delay: float, call: Callable[[], object]) -> None:
        self._stop_waiting()
        self._deadline = self._clock.callLater(delay, call)

    def _stop_waiting(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()


def _early(line: bytes) -> Event | None:
    """What came before FORMAT json was read: a greeting or a refusal, as text."""
    text = line.decode(errors="replace")
    at = datetime.now(UTC).isoformat()
    if text.startswith("* "):
        return {"event": "notice", "at": at, "text": text[2:], "early": True}
    word, _, rest = text.partition(" ")
    code, _, rest = rest.partition(" ")
    if word == "ERR" and code.isdecimal():
        return {"event": "error", "at": at, "code": int(code), "text": rest}
    return None


def _why(reason: Failure) -> str:
    """What ended the connection, in a few words.

    A TLS error carries a list of (library, function, reason).
    """
    error: Any = reason.value
    details = error.args[0] if error.args else ""
    if isinstance(details, list):
        words = [str(part[-1]) for part in details if isinstance(part, tuple) and part]
        return clean(f"TLS: {', '.join(words) or type(error).__name__}")
    if reason.check("twisted.internet.error.ConnectionDone"):
        return "the server closed the connection"
    if reason.check("twisted.internet.error.ConnectionLost"):
        return "the connection was lost"
    return clean(str(error).splitlines()[0]) if str(error) else type(error).__name__
