"""The server's half of SSH's transport layer (RFC 4253), for one connection.

Twisted Conch reads, writes, encrypts and exchanges keys.  What it leaves open is closed
here and in `reader`: how large a packet is, how many may come and in which order, how
often keys are exchanged, and what happens after an error.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, Final

from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.transport import (
    DISCONNECT_KEY_EXCHANGE_FAILED,
    DISCONNECT_PROTOCOL_ERROR,
    DISCONNECT_SERVICE_NOT_AVAILABLE,
    MSG_SERVICE_ACCEPT,
    SSHTransportBase,
)

from ...clock import Clock, Timer
from ...limits import Rate, TokenBucket
from .exchanges import Exchanges
from .reader import SILENT, Peer, Reader

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


class Stage(Enum):
    """How far an exchange of keys is."""

    NONE = auto()
    ASKED = auto()
    """The server wants new keys; the client, which may not know, is to agree."""
    NEGOTIATED = auto()
    """The client has said what it can do; its half of the secret is to come."""
    AGREED = auto()
    """The secret is known to both; the client is to say that it uses the new keys."""


class Transport(Reader):
    """:param network: as whose its key exchanges count.
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
        super().__init__(peer, clock, address)
        self._exchanges = exchanges
        self._network = network
        self._rekeys = TokenBucket(REKEYS, clock.seconds())
        self._rekeying, self._aging = Timer(clock), Timer(clock)
        self._later = Timer(clock)
        self._carried = 0
        self._stage = Stage.NONE
        self.secured = False

    @property
    def exchanging(self) -> bool:
        """Whether keys are exchanged now: nothing else may be written meanwhile."""
        return self._stage is not Stage.NONE

    def connectionMade(self) -> None:
        self.started = True
        super().connectionMade()

    # What comes in

    def dataReceived(self, data: bytes) -> None:
        self._carried += len(data)
        super().dataReceived(data)

    def read_all(self) -> None:
        if self._carried > KEYS_CARRY:
            self._renew()

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
