"""One connection by ssh, as a connection of the chat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from ...addresses import network_of
from ...clock import Clock
from ...events import ChatError
from ...fanout import Listener
from ...hub import Hub
from ...names import clean
from ...outcomes import Outcome
from ...terminal import Size
from ...verbs import TEXT
from ..base import Connection
from ..taker import Source
from .channel import Channel, Sessions
from .exec import Exec
from .lines import Lines
from .program import Program, SSHListener
from .screen import Screen
from .transport import Transport
from .turns import Turns
from .userauth import UserAuth
from .wire import ChannelWire

if TYPE_CHECKING:
    from .door import SSHDoor

log = Logger()

BY_APPLICATION = 11
"""SSH_DISCONNECT_BY_APPLICATION (RFC 4253, section 11.1)."""

DUMB = ("dumb", "unknown", "")


class Gate:
    """Reads from a socket while nobody is against it."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._against: set[str] = set()

    def close(self, who: str) -> None:
        self._against.add(who)
        self._transport.pauseProducing()

    def open(self, who: str) -> None:
        self._against.discard(who)
        if not self._against:
            self._transport.resumeProducing()


class Input:
    """What a `FrameQueue` pauses: the socket, and once there is one, the channel."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.channel: Channel | None = None

    def pauseProducing(self) -> None:
        if self.channel is None:
            self._gate.close("lines")
        else:
            self.channel.pauseProducing()

    def resumeProducing(self) -> None:
        self._gate.open("lines")
        if self.channel is not None:
            self.channel.resumeProducing()


class SSHConnection(Connection[bytes | None]):
    """Also the `Peer` of its transport, the `Newcomer` that logs in, the `Client` of
    its channel, and the `Host` of what runs there.

    :ivar program: what runs; None before the client has asked for it.
    """

    factory: SSHDoor
    format = TEXT
    wire: ChannelWire
    listener: SSHListener
    channel: Channel
    nick = ""
    program: Program | None = None
    _opened = _half_closed = False

    # A connection of the chat

    def connectionMade(self) -> None:
        self.offered: dict[str, None] = {}
        self._gate = Gate(self.transport)
        self._input = Input(self._gate)
        self._early = b""
        host = self.peer_host()
        self._ssh = Transport(
            self, self.hub.clock, self.factory.exchanges, host, network_of(host)
        )
        self._ssh.factory = self.factory  # type: ignore[assignment]
        self._ssh.transport = self.transport
        self._ssh.supportedPublicKeys = self.factory.signatures
        super().connectionMade()

    def make_wire(self, send_queue: int) -> ChannelWire:
        wire = ChannelWire(self.transport, send_queue)
        wire.on_full = self._full
        wire.on_blocked = self._blocked
        wire.on_finishing = self._finishing
        return wire

    def make_source(self) -> Source:
        return self._input

    def make_listener(self, hub: Hub) -> Listener:
        listener = SSHListener(hub.fanout, self.wire, self.format)
        listener.answers = None
        return listener

    def is_secure(self, host: str) -> bool:
        return True

    def offered_keys(self) -> Sequence[str]:
        return tuple(self.offered)

    def admitted(self) -> None:
        self._ssh.connectionMade()
        early, self._early = self._early, b""
        self._ssh.dataReceived(early)

    def dataReceived(self, data: bytes) -> None:
        if self._ssh.started:
            self._ssh.dataReceived(data)
        elif not self.ended:
            self._early += data

    def cut(self, data: bytes) -> list[bytes | None]:
        return [] if self.program is None else self.program.cut(data)

    def cut_end(self) -> list[bytes | None]:
        return [] if self.program is None else self.program.cut_end()

    def frame_received(self, line: bytes | None) -> Deferred[Any] | None:
        return None if self.program is None else self.program.run(line)

    def asks(self, line: bytes | None) -> bool:
        return self.program is not None and self.program.asks(line)

    def speaks(self, line: bytes | None) -> bool:
        return self.program is not None and self.program.speaks(line)

    def refused(self, error: ChatError) -> None:
        if self.program is not None:
            self.program.refused(error)

    def refuse(self, error: ChatError, reason: str = "") -> None:
        if self.program is not None:
            self.program.refused(error)
        else:
            self._say_goodbye(error.text)
        self.end(reason)

    def end(self, reason: str) -> None:
        if self.program is None and not self.ended:
            self._say_goodbye(reason)
        super().end(reason)

    def _say_goodbye(self, why: str) -> None:
        """Where no program runs, the transport layer alone can tell."""
        if not self._ssh.started:
            self._ssh.connectionMade()
        self._ssh.say_goodbye(BY_APPLICATION, clean(why).encode())
        self.wire.abandon()

    def all_sent(self) -> None:
        """All is written: say so.  A client that knows it closes by itself."""
        if self._opened and not self._half_closed:
            self.channel.finish(0 if self.program is None else self.program.status)
            self.linger()
        else:
            super().all_sent()

    def readConnectionLost(self) -> None:
        self._half_closed = True
        super().readConnectionLost()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._ssh.connectionLost(reason)
        if self.program is not None:
            self.program.gone()
        super().connectionLost(reason)
        # They hold this, which holds them: see `Session.detach`.
        self.program = None
        self._ssh.forget()

    # The peer of the transport layer

    def read_on(self) -> None:
        self._gate.open("packets")

    def read_no_more(self) -> None:
        self._gate.close("packets")

    def keys_exchanged(self) -> None:
        self.wire.go_on()

    def broken(self, why: str) -> None:
        log.info("ssh: {host}: {why}", host=self.session.host, why=why)
        self.wire.abandon()
        self.end(why if self.session.user else "")

    def hung_up(self) -> None:
        self.wire.abandon()
        self.end("")

    def make_userauth(self) -> UserAuth:
        return UserAuth(self)

    # The newcomer

    def logged_in(self) -> Sessions:
        return Sessions(self)

    # The client of the channel

    def opened(self, channel: Channel) -> None:
        self.channel = channel
        self._opened = True

    def shell_asked(self, channel: Channel) -> bool:
        terminal = channel.terminal
        if terminal is None:
            self._begin(Lines(self))
        elif terminal.kind in DUMB:
            channel.send_error(b"Your terminal can show no more than lines: ssh -T\r\n")
            return False
        else:
            self._begin(Screen(self, terminal, channel.colours))
        return True

    def command_asked(self, channel: Channel, command: str) -> bool:
        self._begin(Exec(self, command))
        return True

    def _begin(self, program: Program) -> None:
        self.program = program
        self._input.channel = self.channel
        # The client is to hear first that it got what it wanted.
        self.hub.clock.callLater(0, self._start, self._ssh.hold())

    def _start(self, release: Callable[[], None]) -> None:
        if self.program is not None and not self.ended:
            self.wire.outlet = self.channel
            try:
                self.program.start()
            except ChatError as error:
                self.program.refused(error)
        release()

    def resized(self, size: Size) -> None:
        if self.program is not None:
            self.program.resized(size)

    def typed(self, data: bytes) -> None:
        if self.program is not None:
            self.program.typed(data)

    def all_typed(self) -> None:
        if self.program is not None:
            self.program.all_typed()

    def window_opened(self) -> None:
        self.wire.go_on()

    def channel_closed(self) -> None:
        self.wire.abandon()
        self.end("")

    # The host of the program

    @property
    def clock(self) -> Clock:
        return self.hub.clock

    @property
    def turns(self) -> Turns:
        return self.factory.turns

    def come_in(self) -> Outcome:
        return self.session.set_nick(self.nick)

    def visit(self, rooms: Iterable[str]) -> Outcome:
        return self.session.visit(self.nick, rooms)

    def push(self, lines: Sequence[bytes]) -> None:
        self.frames.push(list(lines))

    def feed(self, data: bytes) -> None:
        self.frames.feed(data)

    def finish_input(self) -> None:
        self.frames.finish()

    def charge(self, packets: float) -> None:
        self._ssh.charge(packets)

    # From the wire

    def _full(self, now: bool) -> None:
        """The socket takes no more, or it does again: no answers meanwhile."""
        if now:
            self._gate.close("answers")
        else:
            self._gate.open("answers")

    def _finishing(self) -> None:
        if self.program is not None:
            self.program.finish()

    def _blocked(self, now: bool) -> None:
        if self.program is not None:
            self.program.blocked(now)
