"""A TLS handshake that is never completed has the time of one without a nick."""

from __future__ import annotations

from typing import Any

import pytest
from OpenSSL import SSL
from twisted.internet.ssl import PrivateCertificate
from twisted.protocols.tls import TLSMemoryBIOFactory

from twisted_chat.doors.base import LINGER
from twisted_chat.doors.irc import IRCDoor
from twisted_chat.doors.line import LineDoor
from twisted_chat.doors.textbook import DOORS
from twisted_chat.doors.web import WebDoor
from twisted_chat.endpoints.proxy_protocol import ProxiedFactory

from .certificates import self_signed
from .support import MemoryTransport, World
from .websockets import frame, handshake

PATIENCE = 60.0
EVERY = [LineDoor, IRCDoor, WebDoor, *DOORS.values()]
OPTIONS = PrivateCertificate.loadPEM(self_signed("server")[1]).options()


class TcpTransport(MemoryTransport):
    """What TLS lies on."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        pass


class Peer:
    """A peer of a TLS port in memory.

    :ivar transport: what lies under the server's TLS.
    """

    def __init__(self, door: Any, proxied: bool = False) -> None:
        self.world = World(door, patience=PATIENCE)
        factory: Any = self.world.door
        if proxied:
            factory = ProxiedFactory(self.world.clock, factory)
        clock: Any = self.world.clock
        secured = TLSMemoryBIOFactory(OPTIONS, False, factory, clock)
        self.transport = TcpTransport(self.world.clock, "192.0.2.7")
        self.transport.protocol = self._protocol = secured.buildProtocol(None)
        self._protocol.makeConnection(self.transport)
        self._tls = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
        self._tls.set_connect_state()
        self._read = 0
        self.shaken = False
        self.shake()

    @property
    def gone(self) -> bool:
        self.world.turn()
        return not self.transport.connected

    def hello(self) -> bytes:
        """What this peer has to send now."""
        try:
            return self._tls.bio_read(65536)
        except SSL.WantReadError:
            return b""

    def shake(self) -> None:
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            return
        self.shaken = True

    def complete(self) -> None:
        while not self.shaken:
            self.exchange()
            self.shake()
        self.exchange()

    def exchange(self) -> None:
        self.send_raw(self.hello())
        self.world.turn()
        got = bytes(self.transport.taken[self._read :])
        self._read += len(got)
        if got:
            self._tls.bio_write(got)

    def send_raw(self, data: bytes) -> None:
        if data and self.transport.connected:
            self._protocol.dataReceived(data)

    def say(self, text: bytes) -> None:
        self._tls.send(text)
        self.exchange()

    def heard(self) -> bytes:
        self.exchange()
        heard = b""
        try:
            while True:
                heard += self._tls.recv(65536)
        except SSL.WantReadError:
            return heard


@pytest.mark.parametrize("door", EVERY)
@pytest.mark.parametrize("proxied", [False, True])
def test_who_says_nothing_is_gone_in_time(door: Any, proxied: bool) -> None:
    peer = Peer(door, proxied)
    peer.world.advance(PATIENCE)
    assert peer.gone
    assert not peer.world.hub.sessions


@pytest.mark.parametrize("door", EVERY)
@pytest.mark.parametrize("proxied", [False, True])
def test_bytes_of_a_handshake_win_no_time(door: Any, proxied: bool) -> None:
    peer = Peer(door, proxied)
    hello = peer.hello()
    assert len(hello) > PATIENCE + 1
    for at in range(int(PATIENCE)):
        assert peer.gone or at < PATIENCE
        peer.send_raw(hello[at : at + 1])
        peer.world.advance(1)
    assert peer.gone
    assert not peer.world.hub.sessions


@pytest.mark.parametrize("door", [LineDoor, IRCDoor, *DOORS.values()])
@pytest.mark.parametrize("proxied", [False, True])
def test_who_never_closes_its_side_wins_little(door: Any, proxied: bool) -> None:
    peer = Peer(door, proxied)
    peer.complete()
    if proxied:
        peer.say(b"PROXY TCP4 198.51.100.7 203.0.113.1 1234 6697\r\n")
    peer.world.advance(PATIENCE - 1)
    assert not peer.gone
    peer.world.advance(1 + LINGER)
    assert peer.gone is (door is not DOORS["raw"]), "at the raw door all have a nick"


@pytest.mark.parametrize("proxied", [False, True])
def test_who_is_in_stays(proxied: bool) -> None:
    peer = Peer(LineDoor, proxied)
    peer.complete()
    if proxied:
        peer.say(b"PROXY TCP4 198.51.100.7 203.0.113.1 1234 6697\r\n")
    peer.say(b"NICK alice\n")
    peer.world.advance(10 * PATIENCE)
    peer.say(b"PING still here\n")
    assert b"PONG still here" in peer.heard()


def test_a_page_that_is_in_stays() -> None:
    peer = Peer(WebDoor)
    peer.complete()
    peer.say(handshake())
    peer.say(frame("NICK alice"))
    assert b"alice" in peer.heard()
    peer.world.advance(PATIENCE + 5)
    peer.say(frame("PING still here"))
    assert b"still here" in peer.heard()
