"""The server's half of SSH's transport layer (RFC 4253), for one connection.

Twisted Conch reads, writes, encrypts and exchanges keys.  What it leaves open is closed
here: how large a packet is, how many may come and in which order, how often keys are
exchanged, and what happens after an error.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final, Protocol, cast

from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.service import SSHService
from twisted.conch.ssh.transport import (
    DISCONNECT_KEY_EXCHANGE_FAILED,
    DISCONNECT_PROTOCOL_ERROR,
    DISCONNECT_PROTOCOL_VERSION_NOT_SUPPORTED,
    DISCONNECT_SERVICE_NOT_AVAILABLE,
    MSG_SERVICE_ACCEPT,
    SSHServerTransport,
    SSHTransportBase,
)
from twisted.logger import ILogObserver, Logger, LogPublisher

from ...clock import Clock, Timer
from ...limits import Rate, TokenBucket
from .exchanges import Exchanges

log = Logger()

MAX_PACKET: Final = 35_000 + 64
"""In bytes: what RFC 4253, section 6.1, has everyone take, and a MAC."""

MAX_UNREAD: Final = 4 * 64 * 1024
MAX_VERSION: Final = 255

PACKETS: Final = Rate(burst=1000, per_second=200)
"""More than a person types, and less than takes 2 % of a core.  A key press is one."""

BYTES_PER_PACKET: Final = 16 * 1024
"""A longer packet costs as much as several."""

REKEYS: Final = Rate(burst=10, per_second=1)
"""An exchange takes 0.4 ms.  A client that wants more of them waits."""

REKEYING: Final = 30.0
"""Seconds that new keys may take."""

KEYS_LAST: Final = 3600.0
KEYS_CARRY: Final = 1024 * 1024 * 1024
"""Seconds and bytes after which the server wants new keys (RFC 4253, section 9)."""

KEY_EXCHANGES: Final = (
    b"mlkem768x25519-sha256",
    b"curve25519-sha256",
    b"curve25519-sha256@libssh.org",
)
SIGNATURES: Final = (b"ssh-ed25519", b"rsa-sha2-512", b"rsa-sha2-256")
"""Of people's keys and of host keys, the best first."""

# Messages by number (RFC 4253, section 12; RFC 4250, section 4.1.2).
_ALWAYS: Final = frozenset({1, 2, 3, 4})  # disconnect, ignore, unimplemented, debug
_DISCONNECT = 1
_SERVICE_REQUEST, _EXT_INFO, _KEXINIT, _NEWKEYS, _KEX_INIT = 5, 7, 20, 21, 30
_USERAUTH_FROM: Final = 50

SILENT: Final = Logger(observer=cast(ILogObserver, LogPublisher()))
"""For classes of Conch, which log what peers send."""


class Stage(Enum):
    """How far an exchange of keys is."""

    NONE = auto()
    ASKED = auto()
    """The server wants new keys; the client, which may not know, is to agree."""
    NEGOTIATED = auto()
    """The client has said what it can do; its half of the secret is to come."""
    AGREED = auto()
    """The secret is known to both; the client is to say that it uses the new keys."""


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


class Transport(SSHServerTransport):
    """:param address: whose connection this is, for the log.
    :param network: as whose its key exchanges count.
    :ivar started: it has greeted the client.
    :ivar over: one side has said goodbye, or broken the rules.
    :ivar secured: there are keys, so that all is encrypted.
    """

    supportedKeyExchanges = [
        name for name in KEY_EXCHANGES if name in SSHTransportBase.supportedKeyExchanges
    ]
    supportedCiphers = [b"aes256-ctr", b"aes192-ctr", b"aes128-ctr"]
    supportedMACs = [b"hmac-sha2-256", b"hmac-sha2-512"]
    supportedCompressions = [b"none"]
    version = b"twisted-chat"
    ourVersionString = b"SSH-2.0-twisted-chat"
    _log = SILENT

    def __init__(
        self, peer: Peer, clock: Clock, exchanges: Exchanges, address: str, network: str
    ) -> None:
        self._peer = peer
        self._clock = clock
        self._exchanges = exchanges
        self._address = address
        self._network = network
        self._packets = TokenBucket(PACKETS, clock.seconds())
        self._rekeys = TokenBucket(REKEYS, clock.seconds())
        self._pause, self._rekeying = Timer(clock), Timer(clock)
        self._aging, self._later = Timer(clock), Timer(clock)
        self._carried = 0
        self._stage = Stage.NONE
        self._holds = 0
        self.started = self.over = self.secured = False

    @property
    def exchanging(self) -> bool:
        """Whether keys are exchanged now: nothing else may be written meanwhile."""
        return self._stage is not Stage.NONE

    def connectionMade(self) -> None:
        self.started = True
        super().connectionMade()

    # What comes in

    def dataReceived(self, data: bytes) -> None:
        if self.over:
            return
        self.buf += data
        self._carried += len(data)
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
        if self._carried > KEYS_CARRY:
            self._renew()
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

    def dispatchMessage(self, messageNum: int, payload: bytes) -> None:
        if self._may_come(messageNum):
            super().dispatchMessage(messageNum, payload)
        else:
            self.sendDisconnect(DISCONNECT_PROTOCOL_ERROR, b"not now")

    def _may_come(self, number: int) -> bool:
        """Whether a message may come now (RFC 4253, section 7.1).

        Without this, a client could log in before anything is encrypted, or have as
        many secrets agreed on as it likes.
        """
        if number in _ALWAYS:
            return True
        quiet = self._stage in (Stage.NONE, Stage.ASKED)
        if number == _KEXINIT:
            return quiet
        if number == _KEX_INIT:
            return self._stage is Stage.NEGOTIATED
        if number == _NEWKEYS:
            return self._stage is Stage.AGREED
        if not self.secured or not quiet:
            return False
        return number in (_SERVICE_REQUEST, _EXT_INFO) or number >= _USERAUTH_FROM

    # Keys

    def _renew(self) -> None:
        """Ask for new keys."""
        if self._stage is Stage.NONE and not self.over:
            self._stage = Stage.ASKED
            self._rekeying.start(REKEYING, self._too_slow)
            self.sendKexInit()

    def ssh_KEXINIT(self, packet: bytes) -> None:
        if not self.secured or self._stage is Stage.ASKED:
            self._negotiate(packet)
            return
        wait = self._rekeys.delay(self._clock.seconds())
        self._rekeys.take()
        self._rekeying.start(REKEYING, self._too_slow)
        if not wait:
            self._negotiate(packet)
            return
        release = self.hold()

        def go_on() -> None:
            self._negotiate(packet)
            release()

        self._later.start(wait, go_on)

    def _negotiate(self, packet: bytes) -> None:
        self._stage = Stage.NEGOTIATED
        super().ssh_KEXINIT(packet)

    def ssh_KEX_DH_GEX_REQUEST_OLD(self, packet: bytes) -> None:
        """The client's half of the secret, whatever the method: it costs something."""
        if self.ignoreNextPacket:
            super().ssh_KEX_DH_GEX_REQUEST_OLD(packet)
            return
        release = self.hold()

        def agree() -> None:
            if not self.over:
                super(Transport, self).ssh_KEX_DH_GEX_REQUEST_OLD(packet)
                self._stage = Stage.AGREED

        def agreed(why: str) -> None:
            if why and not self.over:
                self.sendDisconnect(DISCONNECT_KEY_EXCHANGE_FAILED, why.encode())
            release()

        self._exchanges.submit(self._network, agree, agreed)

    def ssh_NEWKEYS(self, packet: bytes) -> None:
        self._stage = Stage.NONE
        self.secured = True
        self._rekeying.stop()
        self._carried = 0
        self._aging.start(KEYS_LAST, self._renew)
        super().ssh_NEWKEYS(packet)
        self._peer.keys_exchanged()

    def sendExtInfo(self, extensions: list[tuple[bytes, bytes]]) -> None:
        """Say which signatures of people count (RFC 8308, section 3.1)."""
        super().sendExtInfo([(b"server-sig-algs", b",".join(SIGNATURES))])

    def _too_slow(self) -> None:
        self.sendDisconnect(DISCONNECT_KEY_EXCHANGE_FAILED, b"that took too long")

    # Services, and the end

    def ssh_SERVICE_REQUEST(self, packet: bytes) -> None:
        """Only to log in, and once: what follows then is started by that."""
        name, _ = getNS(packet)
        if name != b"ssh-userauth" or self.service is not None:
            why = b"there is no such service"
            self.sendDisconnect(DISCONNECT_SERVICE_NOT_AVAILABLE, why)
            return
        self.sendPacket(MSG_SERVICE_ACCEPT, NS(name))
        self.setService(self._peer.make_userauth())

    def ssh_DISCONNECT(self, packet: bytes) -> None:
        self.over = True
        self._peer.hung_up()

    def sendDisconnect(self, reason: int, desc: bytes | str) -> None:
        """The client has broken the rules: say goodbye, and tell the connection."""
        if not self.over:
            self.say_goodbye(reason, desc)
            # Conch gives words in some places.
            why = desc if isinstance(desc, str) else desc.decode(errors="replace")
            self._peer.broken(why)

    def say_goodbye(self, reason: int, desc: bytes | str) -> None:
        """Say why nothing more is read or written (RFC 4253, section 11.1)."""
        self.sendPacket(_DISCONNECT, reason.to_bytes(4, "big") + NS(desc) + NS(b""))
        self.over = True

    def sendPacket(self, messageType: int, payload: bytes) -> None:
        if not self.over:
            self._carried += len(payload)
            super().sendPacket(messageType, payload)

    def connectionLost(self, reason: Any = None) -> None:
        self.over = True
        for timer in (self._pause, self._rekeying, self._aging, self._later):
            timer.stop()
        service, self.service = self.service, None
        if service is not None:
            service.serviceStopped()

    def forget(self) -> None:
        """It is the connection's, which is its peer: neither is to keep the other."""
        del self._peer, self.factory, self.transport
