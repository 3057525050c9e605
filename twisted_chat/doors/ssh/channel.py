"""What a client opens when it has logged in (RFC 4254): one session only."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.connection import (
    MSG_CHANNEL_OPEN_FAILURE,
    OPEN_ADMINISTRATIVELY_PROHIBITED,
    OPEN_RESOURCE_SHORTAGE,
)
from twisted.conch.ssh.connection import SSHConnection as Service

from ...terminal import Size
from .reader import SILENT

if TYPE_CHECKING:
    from .transport import Transport

WINDOW: Final = 32 * 1024
"""In bytes: what a client may send before it was taken."""

LEAST_PACKET: Final = 1024
"""Clients that take less at once would have a line cost hundreds of packets."""

MOST_CELLS: Final = 500
STDERR: Final = 1


class Terminal(NamedTuple):
    """What the client has said of its terminal (RFC 4254, section 6.2).

    :ivar kind: as its TERM is.
    """

    kind: str
    size: Size


class Client(Protocol):
    """What a channel tells the connection that it is the channel of."""

    def opened(self, channel: Channel) -> None:
        """The client has opened its one channel."""

    def shell_asked(self, channel: Channel) -> bool:
        """The client wants a shell; whether it gets one."""

    def command_asked(self, channel: Channel, command: str) -> bool:
        """The client wants `command` done; whether that is begun."""

    def resized(self, size: Size) -> None:
        """Its terminal has another size."""

    def typed(self, data: bytes) -> None:
        """It has sent `data`."""

    def all_typed(self) -> None:
        """It sends no more."""

    def window_opened(self) -> None:
        """It takes more."""

    def channel_closed(self) -> None:
        """It takes nothing any more."""


class Sessions(Service):
    """Conch's service of channels, of which there may be one in all.

    Nothing is forwarded, neither ports nor X11 nor an agent.
    """

    transport: Transport
    _log = SILENT

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client: Client | None = client
        self._opened = False

    def serviceStarted(self) -> None:
        pass

    def serviceStopped(self) -> None:
        super().serviceStopped()
        self._client = None

    def ssh_CHANNEL_OPEN(self, packet: bytes) -> None:
        kind, rest = getNS(packet)
        sender, _, most = struct.unpack(">3L", rest[:12])
        if kind != b"session":
            self._refuse(sender, OPEN_ADMINISTRATIVELY_PROHIBITED, b"not here")
        elif self._opened or most < LEAST_PACKET or self._client is None:
            self._refuse(sender, OPEN_RESOURCE_SHORTAGE, b"one session, once")
        else:
            self._opened = True
            super().ssh_CHANNEL_OPEN(packet)

    def getChannel(
        self, channelType: bytes, windowSize: int, maxPacket: int, data: bytes
    ) -> Channel:
        assert self._client is not None
        channel = Channel(self._client, self, windowSize, maxPacket)
        self._client.opened(channel)
        return channel

    def gotGlobalRequest(self, requestType: bytes, data: bytes) -> int:
        """Refuse: also OpenSSH's keepalive, whose answer that is."""
        return 0

    def adjustWindow(self, channel: Channel, bytesToAdd: int) -> None:
        if channel.reading:
            super().adjustWindow(channel, bytesToAdd)

    def ssh_CHANNEL_DATA(self, packet: bytes) -> None:
        number, length = struct.unpack(">2L", packet[:8])
        if length > self.channels[number].localWindowLeft:
            raise ValueError("more than the window")
        super().ssh_CHANNEL_DATA(packet)

    def ssh_CHANNEL_EXTENDED_DATA(self, packet: bytes) -> None:
        """Clients send none (RFC 4254, section 5.2 has it for stderr)."""
        raise ValueError("extended data")

    def _refuse(self, sender: int, code: int, why: bytes) -> None:
        answer = struct.pack(">2L", sender, code) + NS(why) + NS(b"")
        self.transport.sendPacket(MSG_CHANNEL_OPEN_FAILURE, answer)


class Channel(SSHChannel):
    """The session of a client, with a pty or without.

    :ivar reading: more may come: what has come is taken.
    :ivar terminal: its size and kind; None without a pty.
    :ivar colours: whether the client wants any (NO_COLOR).
    """

    name = b"session"
    conn: Sessions
    _log = SILENT

    def __init__(
        self, client: Client, service: Sessions, window: int, most: int
    ) -> None:
        super().__init__(WINDOW, WINDOW, window, most, conn=service)
        self._client: Client | None = client
        self._started = False
        self.reading = self.colours = True
        self.terminal: Terminal | None = None

    # To the client

    @property
    def room(self) -> int:
        """How many bytes the client takes now."""
        if self.closing or self.conn.transport.exchanging:
            return 0
        return int(min(self.remoteWindowLeft, self.remoteMaxPacket))

    def send(self, data: bytes) -> None:
        """Send `data`, for which there is `room`."""
        self.remoteWindowLeft -= len(data)
        self.conn.sendData(self, data)

    def send_error(self, data: bytes) -> None:
        """Send as much of `data` to the client's stderr as there is room for."""
        data = data[: self.room]
        self.remoteWindowLeft -= len(data)
        self.conn.sendExtendedData(self, STDERR, data)

    def probe(self, answered: Callable[[], None]) -> None:
        """Call `answered` when the client answers, or is gone.

        It does so, too, where it doesn't know what OpenSSH's servers ask (RFC 4254,
        section 5.4).
        """
        asked = self.conn.sendRequest(self, b"keepalive@openssh.com", b"", wantReply=1)
        if asked is not None:
            asked.addBoth(lambda _: answered())

    def finish(self, status: int) -> None:
        """Say how it ended, and that nothing follows (RFC 4254, section 6.10)."""
        if not self.localClosed:
            number = status.to_bytes(4, "big")
            self.conn.sendRequest(self, b"exit-status", number)
            self.conn.sendEOF(self)
            self.closing = True
            self.conn.sendClose(self)

    # What the client sends: see `FrameQueue` for when it may send more

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        if not self.reading:
            self.reading = True
            taken = self.localWindowSize - self.localWindowLeft
            if taken and not self.localClosed:
                self.conn.adjustWindow(self, taken)

    def dataReceived(self, data: bytes) -> None:
        if self._client is not None and not self.closing:
            self._client.typed(data)

    def eofReceived(self) -> None:
        if self._client is not None:
            self._client.all_typed()

    def closeReceived(self) -> None:
        if self._client is not None:
            self._client.channel_closed()

    def addWindowBytes(self, data: int) -> None:
        self.remoteWindowLeft += data
        if self._client is not None:
            self._client.window_opened()

    def closed(self) -> None:
        self._client = None

    # Requests (RFC 4254, section 6)

    def requestReceived(self, requestType: bytes, data: bytes) -> bool:
        request = _REQUESTS.get(requestType)
        return request is not None and request(self, data)

    def _pty(self, data: bytes) -> bool:
        kind, rest = getNS(data)
        if self._started or len(rest) < 16:
            return False
        columns, rows = struct.unpack(">2L", rest[:8])
        self.terminal = Terminal(kind.decode("ascii", "replace"), _size(columns, rows))
        return True

    def _window_change(self, data: bytes) -> bool:
        if self.terminal is None or self._client is None:
            return False
        size = _size(*struct.unpack(">2L", data[:8]))
        self.terminal = self.terminal._replace(size=size)
        self._client.resized(size)
        return True

    def _environment(self, data: bytes) -> bool:
        name, value, _ = getNS(data, 2)
        if name != b"NO_COLOR":
            return False
        self.colours = not value
        return True

    def _shell(self, data: bytes) -> bool:
        return self._start() and self._asks().shell_asked(self)

    def _exec(self, data: bytes) -> bool:
        command, _ = getNS(data)
        if not self._start():
            return False
        return self._asks().command_asked(self, command.decode(errors="replace"))

    def _start(self) -> bool:
        """Only one thing runs in a session, and only once."""
        first = not self._started
        self._started = True
        return first and self._client is not None

    def _asks(self) -> Client:
        assert self._client is not None
        return self._client


def _size(columns: int, rows: int) -> Size:
    """0 stands for a size that the client doesn't know (RFC 4254, section 6.2)."""
    return Size(min(columns or 80, MOST_CELLS), min(rows or 24, MOST_CELLS))


_REQUESTS = {
    b"pty-req": Channel._pty,
    b"window-change": Channel._window_change,
    b"env": Channel._environment,
    b"shell": Channel._shell,
    b"exec": Channel._exec,
}
"""All others are refused: subsystems (sftp), X11, agents, signals."""
