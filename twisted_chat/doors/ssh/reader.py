"""Reading what a client sends by ssh: how large a packet is, and how many may come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, cast

from twisted.conch.ssh.service import SSHService
from twisted.conch.ssh.transport import (
    DISCONNECT_PROTOCOL_ERROR,
    DISCONNECT_PROTOCOL_VERSION_NOT_SUPPORTED,
    SSHServerTransport,
)
from twisted.logger import ILogObserver, Logger, LogPublisher

from ...clock import Clock, Timer
from ...limits import Rate, TokenBucket

log = Logger()

MAX_PACKET: Final = 35_000 + 64
"""In bytes: what RFC 4253, section 6.1, has everyone take, and a MAC."""

MAX_UNREAD: Final = 4 * 64 * 1024
MAX_VERSION: Final = 255

PACKETS: Final = Rate(burst=1000, per_second=200)
"""More than a person types, and less than takes 2 % of a core.  A key press is one."""

BYTES_PER_PACKET: Final = 16 * 1024
"""A longer packet costs as much as several."""

SILENT: Final = Logger(observer=cast(ILogObserver, LogPublisher()))
"""For classes of Conch, which log what peers send."""


class Peer(Protocol):
    """What the transport layer asks of the connection that it is a part of."""

    def read_on(self) -> None:
        """Take what the socket has."""

    def read_no_more(self) -> None:
        """Leave what comes in the socket for now."""

    def keys_exchanged(self) -> None:
        """What waits may be written now."""

    def broken(self, why: str) -> None:
        """Nothing more is read or written."""

    def hung_up(self) -> None:
        """The client says goodbye."""

    def make_userauth(self) -> SSHService:
        """What the client logs in to."""


class Reader(SSHServerTransport):
    """:param address: whose connection this is, for the log.
    :ivar started: it has greeted the client.
    :ivar over: one side has said goodbye, or broken the rules.
    """

    def __init__(self, peer: Peer, clock: Clock, address: str) -> None:
        self._peer = peer
        self._clock = clock
        self._address = address
        self._packets = TokenBucket(PACKETS, clock.seconds())
        self._pause = Timer(clock)
        self._holds = 0
        self.started = self.over = False

    def read_all(self) -> None:
        """All packets that are there, and may be read now, were read."""

    def dataReceived(self, data: bytes) -> None:
        if self.over:
            return
        self.buf += data
        if len(self.buf) > MAX_UNREAD:
            self.sendDisconnect(DISCONNECT_PROTOCOL_ERROR, b"too much at once")
        else:
            self._pump()

    def charge(self, packets: float) -> None:
        """What came was as much to do as so many packets more."""
        self._packets.take(packets)

    def hold(self) -> Callable[[], None]:
        """Read no packet until the function is called that this returns."""
        self._holds += 1
        self._peer.read_no_more()

        def release() -> None:
            self._holds -= 1
            self._pump()

        return release

    def _pump(self) -> None:
        """Read as many packets as may be read now."""
        if self._holds or self._pause.running or self.over:
            return
        try:
            self._read_packets()
        except Exception as error:
            # Conch reads what a peer sends without looking whether it is there.
            log.info(
                "ssh: {address} sent what can't be read: {error}",
                address=self._address,
                error=repr(error),
            )
            self.sendDisconnect(DISCONNECT_PROTOCOL_ERROR, b"that can't be read")

    def _read_packets(self) -> None:
        if not self.gotVersion and not self._read_version():
            return
        packet: bytes | None = None
        while not self._holds and not self.over:
            if wait := self._packets.delay(self._clock.seconds()):
                self._peer.read_no_more()
                self._pause.start(wait, self._pump)
                return
            packet = self.getPacket()
            if packet is None or len(packet) > MAX_PACKET:
                break
            self._packets.take(1 + len(packet) // BYTES_PER_PACKET)
            self.dispatchMessage(packet[0], packet[1:])
        self.read_all()
        if self._holds or self.over:
            return
        if max(len(packet or b""), len(self.buf)) > MAX_PACKET:
            self.sendDisconnect(DISCONNECT_PROTOCOL_ERROR, b"packet too long")
        else:
            self._peer.read_on()

    def _read_version(self) -> bool:
        """Read the client's first line (RFC 4253, section 4.2)."""
        line, newline, rest = self.buf.partition(b"\n")
        good = b"SSH-2.0-".startswith(line[:8]) and len(line) <= MAX_VERSION
        if not good or (newline and len(line) < 8):
            why = DISCONNECT_PROTOCOL_VERSION_NOT_SUPPORTED
            self.sendDisconnect(why, b"this is SSH 2.0")
            return False
        if not newline:
            return False
        self.gotVersion = True
        self.otherVersionString = line.rstrip(b"\r")
        self.buf = rest
        return True
