"""One IRC connection: lines in, replies out, labels, pings, the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from ...clock import Timer
from ...events import ChatError
from ...fanout import Listener
from ...grammar.framing import LineCutter
from ...hub import Hub
from ...hub.monitor import Gone
from ..base import Connection
from . import batches, personal
from .commands import COMMANDS
from .commands.command import Command
from .formats import Renderer
from .hosts import host_of
from .listener import IRCListener
from .message import LINE, TAGS, Message, finish, middle, parse, too_long
from .numerics import ABOUT_COMMAND, ABOUT_TARGET, RENUMBERED, words
from .registration import Registration

if TYPE_CHECKING:
    from .door import IRCDoor

T = TypeVar("T")
R = TypeVar("R")

FREE_LINES = 20
"""Lines before the welcome that the flood rule doesn't count."""

HTTP = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
TLS_HANDSHAKE = b"\x16\x03"


class IRCConnection(Connection[bytes | None], LineReceiver):
    """A `LineReceiver` that cuts a packet into lines once, not once per line.

    :ivar nick: what the client is called in replies; "*" before it is known.
    :ivar caps: the capabilities that it has asked for.
    :ivar shown: folded names of the rooms that the client believes to be in.
    :ivar sasl: what has come of a SASL answer; None outside of one.
    :ivar mechanism: that of SASL which the client has chosen.
    :ivar account_told: the account that the client knows to be logged in to.
    :ivar host_told: the host that the client knows to have.
    :ivar welcomed: whether it was let in.
    :ivar hushed: drop the hub's words to a person; the door says it in numbers.
    """

    delimiter = b"\r\n"
    MAX_LENGTH = LINE + TAGS
    factory: IRCDoor
    listener: IRCListener
    renderer: Renderer

    def connectionMade(self) -> None:
        self.server: str = self.factory.server
        self.nick = "*"
        self.caps: frozenset[str] = frozenset()
        self.shown: set[str] = set()
        self.sasl: str | None = None
        self.mechanism = ""
        self.account_told = self.host_told = ""
        self.hushed = False
        self.welcomed = False
        self.invisible = True
        self._free = FREE_LINES
        self._references = count(1)
        self._cutter = LineCutter(LINE + TAGS)
        self._heard: bool | None = None
        self._late: list[bytes] | None = None
        self._ping = Timer(self.hub.clock)
        self.registration = Registration(self)
        super().connectionMade()

    def make_listener(self, hub: Hub) -> Listener:
        self.renderer, format = self.factory.formats.get(self.caps)
        return IRCListener(
            hub.fanout, self.wire, format, lambda e: personal.render(self, e)
        )

    def admitted(self) -> None:
        self._check_later()

    def set_caps(self, caps: frozenset[str]) -> None:
        """From now on speak to this client as one that knows `caps`."""
        if "draft/chathistory" in caps - self.caps:
            self.session.replay = False
        self.caps = caps
        self.renderer, format = self.factory.formats.get(caps)
        if format is not self.listener.format:
            self.listener.format = format

    # Lines in

    def cut(self, data: bytes) -> list[bytes | None]:
        if self._heard is None and data.startswith(TLS_HANDSHAKE):
            self.end("")
            return []
        self._heard = True
        return self._cutter.feed(data)

    def cut_end(self) -> list[bytes | None]:
        return self._cutter.end()

    def frame_received(self, line: bytes | None) -> Deferred[Any] | None:
        if self._free and self.session.user is None:
            self._free -= 1
            self.frames.refund()
        if line is None or too_long(line):
            raise ChatError(417, "Input line was too long")
        return self.lineReceived(line)

    def lineReceived(self, line: bytes) -> Deferred[Any] | None:
        """Do what one line says, and answer; a Deferred when that comes later."""
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self._not_utf8(line)
            return None
        message = parse(text)
        if message is None:
            return None
        label = message.tags.get("label", "") if message.tags else ""
        if label and "labeled-response" in self.caps and len(label.encode()) <= 64:
            return self._run_labelled(message, label)
        return self._run(message)

    def _run(self, message: Message) -> Deferred[Any] | None:
        about = message.params[0] if message.params else "*"
        try:
            command = self._command(message)
            outcome = command.run(self, message) if command else None
        except ChatError as error:
            self.deny(error, message.command, about)
            return None
        if outcome is None:
            return None

        def denied(failure: Failure) -> None:
            error = failure.value
            if not isinstance(error, ChatError):
                failure.raiseException()
            else:
                self.deny(error, message.command, about)

        return outcome.addErrback(self.late(denied))

    def _command(self, message: Message) -> Command | None:
        """What `message` asks for; raises `ChatError` 421, 451, 461."""
        command = COMMANDS.get(message.command)
        if command is None:
            if self.session.user is None and message.command in HTTP:
                # A page can make a browser send anything to any port.
                self.end("")
                return None
            raise ChatError(421, "Unknown command")
        if self.session.user is None and not command.early:
            raise ChatError(451, "You have not registered")
        if len(message.params) < command.least:
            raise ChatError(461, "Not enough parameters")
        return command

    def _not_utf8(self, line: bytes) -> None:
        """UTF8ONLY (IRCv3 utf8-only)."""
        rest = line.partition(b" ")[2] if line.startswith(b"@") else line
        if rest.startswith(b":"):
            rest = rest.partition(b" ")[2]
        verb = rest.partition(b" ")[0].decode("ascii", "ignore").upper()
        self.fail(
            verb if verb in COMMANDS else "*",
            "INVALID_UTF8",
            "Message rejected, this server takes UTF-8 only",
        )

    # Lines out

    @property
    def host(self) -> str:
        """What stands as this client's own host."""
        account = self.session.account
        return host_of(self.session.user or Gone(self.nick, "", 0.0, account))

    @property
    def source(self) -> str:
        """This client's own nick!user@host."""
        return f"{self.nick}!{self.nick}@{self.host}"

    def numeric_line(self, code: int, *params: str, final: bool = True) -> bytes:
        """A numeric reply (RFC 2812 section 2.4); it is cut where it is too long.

        :param code: written with three digits.
        :param final: whether the last parameter may have spaces; False when it
            is a word like the others.
        """
        start = f":{self.server} {code:03} {self.nick}"
        last = f":{params[-1]}" if final else params[-1]
        return finish(" ".join((start, *params[:-1], last)))

    def notice_line(self, text: str) -> bytes:
        """A NOTICE by the server, with the time for who has server-time."""
        tags = self.renderer.tags(self.server, self.hub.now())
        return tags.encode() + finish(f":{self.server} NOTICE {self.nick} :{text}")

    def numeric(self, code: int, *params: str, final: bool = True) -> None:
        """Send a numeric reply; see `numeric_line`."""
        self.listener.send(self.numeric_line(code, *params, final=final))

    def say(self, rest: str) -> None:
        """Send a line by the server."""
        self.listener.send(finish(f":{self.server} {rest}"))

    def fail(self, command: str, code: str, *more: str) -> None:
        """A standard reply (IRCv3 standard-replies); `more` ends in the text."""
        context = "".join(f"{middle(word)} " for word in more[:-1])
        self.say(f"FAIL {command} {code} {context}:{more[-1]}")

    def deny(self, error: ChatError, command: str, *about: str) -> None:
        """Tell a refusal.

        :param about: the nick or room, or both, that the command was about.
        """
        code = RENUMBERED.get(error.code, error.code)
        context: tuple[str, ...] = ()
        if code in ABOUT_COMMAND:
            context = (middle(command),)
        elif code in ABOUT_TARGET:
            context = tuple(map(middle, about))
        self.numeric(code, *context, words(code, error.text))

    def each(
        self, command: str, targets: list[str], do: Callable[[str], object]
    ) -> None:
        """Do it for each target; a refusal of one is told and stops no other."""
        for target in targets:
            try:
                do(target)
            except ChatError as error:
                self.deny(error, command, target)

    @contextmanager
    def hush(self) -> Iterator[None]:
        """Meanwhile the hub's notices to this client are dropped."""
        self.hushed = True
        try:
            yield
        finally:
            self.hushed = False

    # Labels and batches

    def _run_labelled(self, message: Message, label: str) -> Deferred[Any] | None:
        """What is told by it becomes the one reply to `label`."""
        collected: list[bytes] = []
        self.listener.collected = collected
        try:
            outcome = self._run(message)
        finally:
            self.listener.collected = None

        def reply(_: object) -> None:
            self._late = None
            data = b"".join(collected)
            self.listener.send(
                batches.reply(data, label, self.server, self.reference())
            )

        if outcome is None:
            reply(None)
            return None
        self._late = collected
        return outcome.addCallback(reply)

    def late(self, do: Callable[[T], R]) -> Callable[[T], R]:
        """`do` as a callback: what it tells still belongs to the command's label."""

        def run(result: T) -> R:
            if self.listener.collected is not None:
                return do(result)
            self.listener.collected = self._late
            try:
                return do(result)
            finally:
                self.listener.collected = None

        return run

    def reference(self) -> str:
        """A new name for a batch."""
        return f"b{next(self._references)}"

    # Time

    def _check_later(self) -> None:
        self._ping.start(self.hub.settings.idle, self._check)

    def _check(self) -> None:
        """Ask a silent client whether it is there; drop it when it isn't."""
        if self.ended:
            return
        if self._heard or self.frames.behind:
            self._heard = False
        elif self._pinged:
            self.end(f"Ping timeout: {self.hub.settings.idle} seconds")
            return
        else:
            self._pinged = True
            self.listener.send(finish(f"PING :{self.server}"))
            self._check_later()
            return
        self._pinged = False
        self._check_later()

    _pinged = False

    # The end

    def end(self, reason: str) -> None:
        if not self.ended:
            self.listener.collected = None
            shown = reason or "Connection closed"
            self.listener.send(finish(f"ERROR :Closing Link: {self.nick} ({shown})"))
        super().end(reason)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._ping.stop()
        super().connectionLost(reason)
        self.listener.detach()
