"""One IRC connection: lines in, replies out, labels, pings, the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from ...events import ChatError
from ...fanout import Listener
from ...grammar.framing import LineCutter
from ...hub import Hub
from ...hub.hosts import host_of, username_of
from ...outcomes import Outcome, settled
from ..base import Connection
from . import batches, personal
from .capabilities.multiline import OpenBatch, collect
from .capabilities.table import COMMANDS
from .command import Command
from .formats import Renderer
from .listener import IRCListener
from .message import LINE, TAGS, Message, finish, middle, parse, too_long
from .numerics import ABOUT_COMMAND, ABOUT_TARGET, RENUMBERED, words
from .registration import Registration

if TYPE_CHECKING:
    from .door import IRCDoor

FREE_LINES = 20
"""Lines before the welcome that the flood rule doesn't count."""

Run: TypeAlias = Callable[[Message], Deferred[Any] | None]

HTTP = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
TLS_HANDSHAKE = b"\x16\x03"


class IRCConnection(Connection[bytes | None], LineReceiver):
    """A `LineReceiver` that cuts a packet into lines once, not once per line.

    :ivar nick: what the client is called in replies; "*" before it is known.
    :ivar asked: the capabilities that it has asked for, as it called them.
    :ivar caps: the same, each by its own name.
    :ivar shown: folded names of the rooms that the client believes to be in.
    :ivar read_times: by place, the number of a message and when it was said; see
        `read_times`.
    :ivar read_here: by folded target, up to when this client has read, in seconds
        since the epoch, where the hub keeps no marker.
    :ivar open_batch: what has come of a message of several lines.
    :ivar sasl: what has come of a SASL answer; None outside of one.
    :ivar mechanism: that of SASL which the client has chosen.
    :ivar account_told: the account that the client knows to be logged in to.
    :ivar host_told: the host that the client knows to have.
    :ivar operator_told: whether the client knows to be an operator.
    :ivar welcomed: whether it was let in.
    """

    delimiter = b"\r\n"
    MAX_LENGTH = LINE + TAGS
    factory: IRCDoor
    listener: IRCListener
    renderer: Renderer

    # What most connections never change is here: each has less to set.
    nick = "*"
    asked: frozenset[str] = frozenset()
    caps: frozenset[str] = frozenset()
    open_batch: OpenBatch | None = None
    sasl: str | None = None
    mechanism = ""
    account_told = host_told = ""
    welcomed = operator_told = False
    _free = FREE_LINES
    _last_reference = 0
    _heard: bool | None = None
    _pinged = False

    def connectionMade(self) -> None:
        self.server: str = self.factory.server
        self.shown: set[str] = set()
        self.read_times: dict[str, tuple[int, float]] = {}
        self.read_here: dict[str, float] = {}
        self._cutter = LineCutter(LINE + TAGS)
        self.registration = Registration(self)
        super().connectionMade()

    def make_listener(self, hub: Hub) -> Listener:
        self.renderer, format = self.factory.formats.get(self.caps)
        return IRCListener(
            hub.fanout, self.wire, format, partial(personal.render, self)
        )

    def admitted(self) -> None:
        self.session.scrolls = True
        self._check_later()

    def set_caps(self, asked: frozenset[str]) -> None:
        """From now on speak to this client as one that has `asked` for these."""
        self.asked = asked
        caps = self.factory.capabilities.canonical(asked)
        if "draft/chathistory" in caps - self.caps:
            self.session.replay = False
        self.caps = caps
        self.hub.monitor.extend(self.listener, "extended-monitor" in caps)
        self.renderer, format = self.factory.formats.get(caps)
        if format is not self.listener.format:
            self.listener.format = format

    @property
    def visible(self) -> bool:
        """Whether strangers find the person by a mask (user mode -i)."""
        return self.listener in self.factory.visible

    def set_visible(self, visible: bool) -> None:
        """From now on strangers find the person by a mask, or don't."""
        if visible:
            self.factory.visible[self.listener] = self
        else:
            self.factory.visible.pop(self.listener, None)

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
        if line is None:
            raise ChatError(417, "Input line was too long")
        return self.lineReceived(line)

    def asks(self, line: bytes | None) -> bool:
        message = parse(line.decode(errors="replace")) if line else None
        if message is None or too_long(line or b""):
            return not line
        command, user = COMMANDS.get(message.command), self.session.user
        here = user is not None and user.online
        return bool(command and (command.early or here) and command.asks(self, message))

    def only_speaks(self, line: bytes | None) -> bool:
        """As `Connection.only_speaks`; what has tags may have a label."""
        if line is None or line[:9] != b"PRIVMSG #":
            return False
        return b"," not in line[: line.find(b" ", 9)]

    def lineReceived(self, line: bytes) -> Deferred[Any] | None:
        """Do what one line says, and answer; a Deferred when that comes later."""
        run: Run = self._run
        if too_long(line):
            run = self._too_long
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text, run = line.decode(errors="replace"), self._not_utf8
        message = parse(text)
        if message is None:
            return None
        label = message.tags.get("label", "") if message.tags else ""
        batch = self.open_batch
        if batch is not None:
            if "batch" in message.tags:
                run = partial(collect, self, batch)
            label = label or self._label_of(batch, message)
        if label and "labeled-response" in self.caps and len(label.encode()) <= 64:
            return Deferred.fromCoroutine(self._run_labelled(run, message, label))
        return run(message)

    def _label_of(self, batch: OpenBatch, message: Message) -> str:
        """The reply to a batch has the label of what opened it."""
        ends = message.command == "BATCH" and message.params[0].startswith("-")
        return batch.label if ends else ""

    def _run(self, message: Message) -> Deferred[Any] | None:
        try:
            command = self._command(message)
            outcome = command.run(self, message) if command else None
        except ChatError as error:
            self._denied(error, message)
            return None
        if outcome is None:
            return None
        return Deferred.fromCoroutine(self._finish(outcome, message))

    async def _finish(self, outcome: Deferred[Any], message: Message) -> None:
        try:
            await outcome
        except ChatError as error:
            self._denied(error, message)

    def _denied(self, error: ChatError, message: Message) -> None:
        self.deny(error, message.command, message.params[0] if message.params else "*")

    def _command(self, message: Message) -> Command | None:
        """What `message` asks for; raises `ChatError` 421, 451, 461."""
        command = COMMANDS.get(message.command)
        if command is None:
            if self.session.user is None and message.command in HTTP:
                # A page can make a browser send anything to any port.
                self.end("")
                return None
            raise ChatError(421, "Unknown command")
        if not command.early and self.session.user is None:
            raise ChatError(451, "You have not registered")
        if len(message.params) < command.least:
            raise ChatError(461, "Not enough parameters")
        return command

    def _too_long(self, message: Message) -> None:
        self._denied(ChatError(417, "Input line was too long"), message)

    def _not_utf8(self, message: Message) -> None:
        """UTF8ONLY (IRCv3 utf8-only)."""
        self.fail(
            message.command if message.command in COMMANDS else "*",
            "INVALID_UTF8",
            "Message rejected, this server takes UTF-8 only",
        )

    # Lines out

    @property
    def host(self) -> str:
        """What stands as this client's own host."""
        user = self.session.user
        return host_of(self.session.account, "") if user is None else user.host

    @property
    def source(self) -> str:
        """This client's own nick!user@host."""
        user = self.session.user
        if user is not None:
            return f"{self.nick}!{user.origin}"
        username = username_of(self.registration.user or self.nick)
        return f"{self.nick}!~{username}@{self.host}"

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

    async def each(
        self, command: str, targets: Iterable[str], do: Callable[[str], Outcome]
    ) -> None:
        """Do it for each target; a refusal of one is told and stops no other."""
        for target in targets:
            try:
                if (outcome := do(target)) is not None:
                    await outcome
            except ChatError as error:
                self.deny(error, command, target)

    # Labels and batches

    async def _run_labelled(self, run: Run, message: Message, label: str) -> None:
        """What is told by `run` becomes the one reply to `label`."""
        collected = self.listener.collect()
        before = self.open_batch
        await settled(run(message))
        if self.open_batch is not before and self.open_batch is not None:
            self.open_batch.label = label
            return
        with self.listener.at_once():
            data = b"".join(collected)
            reply = batches.reply(data, label, self.server, self.reference())
            self.listener.send(reply)

    def reference(self) -> str:
        """A new name for a batch."""
        self._last_reference += 1
        return f"b{self._last_reference}"

    # Time

    def _check_later(self) -> None:
        self.factory.silences.start(self, self._check)

    def _check(self) -> None:
        """Ask a silent client whether it is there; drop it when it isn't."""
        if self.ended:
            return
        if self._heard or self.frames.behind or self.frames.paused:
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

    # The end

    def end(self, reason: str) -> None:
        if not self.ended:
            shown = reason or "Connection closed"
            with self.listener.at_once():
                self.listener.send(
                    finish(f"ERROR :Closing Link: {self.nick} ({shown})")
                )
        super().end(reason)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.factory.silences.stop(self)
        self.set_visible(False)
        super().connectionLost(reason)
        self.listener.detach()
