"""The PROXY protocol on any door: who the peer is behind a proxy.

An endpoint string ``haproxy:tcp:PORT`` expects every connection to begin with
a header that names the peer (version 1 and 2 of "The PROXY protocol" by
Willy Tarreau, as HAProxy, nginx and others send it).  Twisted's own wrapper
connects the protocol before it has read the header, when `getPeer` is still
the proxy; a door counts and refuses addresses at that moment, so here the
protocol is connected once the header is read.
"""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHandshakeListener, IStreamServerEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from zope.interface import directlyProvides, implementer, providedBy

from ..clock import Clock
from .interfaces import Endpoint, Port, ProtocolFactory

log = Logger()

PATIENCE = 10.0

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
# Bytes, with CRLF (section 2.1); bytes behind the first 16, for which section 2.2
# has no bound but that of a 16-bit length.
_LONGEST_LINE = 107
_LONGEST_BINARY = 2048
# Version and command; families (section 2.2).
_LOCAL, _PROXY = 0x20, 0x21
_TCP = {0x11: "!4s4sHH", 0x21: "!16s16sHH"}


class HeaderError(Exception):
    """No header of the PROXY protocol, or a broken one."""


class Header(NamedTuple):
    """What a header says.

    :ivar peer: who connects; None when the proxy doesn't say, or itself does.
    :ivar length: how many bytes the header has; what follows is the peer's.
    :ivar own: the proxy itself connects, to see whether somebody listens.
    """

    peer: IPv4Address | IPv6Address | None
    length: int
    own: bool = False


def read_header(data: bytes) -> Header | None:
    """The header at the start of `data`; None when more bytes are needed.

    Source: "The PROXY protocol", section 2.1 for version 1, a line of text,
    and section 2.2 for version 2, which is binary.

    :raises HeaderError: when `data` is no header, whatever follows.
    """
    if data.startswith(_SIGNATURE):
        return _binary(data)
    if data.startswith(b"PROXY "):
        return _line(data)
    if _SIGNATURE.startswith(data) or b"PROXY ".startswith(data):
        return None
    raise HeaderError("no PROXY header")


def _line(data: bytes) -> Header | None:
    end = data.find(b"\r\n", 0, _LONGEST_LINE)
    if end < 0:
        if len(data) >= _LONGEST_LINE:
            raise HeaderError("PROXY line too long")
        return None
    words = data[:end].decode("latin-1").split(" ")
    if words[1] == "UNKNOWN":
        return Header(None, end + 2)
    if words[1] not in ("TCP4", "TCP6") or len(words) != 6:
        raise HeaderError("PROXY line broken")
    if not (words[4].isdecimal() and words[4].isascii()):
        raise HeaderError("no port in the PROXY line")
    return Header(_address(words[2], int(words[4])), end + 2)


def _binary(data: bytes) -> Header | None:
    if len(data) < 16:
        return None
    command, family, length = struct.unpack_from("!BBH", data, 12)
    if command not in (_LOCAL, _PROXY) or length > _LONGEST_BINARY:
        raise HeaderError("PROXY header broken")
    if len(data) < 16 + length:
        return None
    layout = _TCP.get(family)
    if command == _LOCAL or layout is None:
        return Header(None, 16 + length, own=command == _LOCAL)
    if length < struct.calcsize(layout):
        raise HeaderError("PROXY header cut short")
    source, _, port, _ = struct.unpack_from(layout, data, 16)
    return Header(_address(source, port), 16 + length)


def _address(host: str | bytes, port: int) -> IPv4Address | IPv6Address:
    try:
        address = ip_address(host)
    except ValueError:
        raise HeaderError("no address in the PROXY header") from None
    kind = IPv4Address if address.version == 4 else IPv6Address
    return kind("TCP", str(address), port)


class ProxiedProtocol(ProtocolWrapper):
    """Reads the header, then is a transport whose peer is the one it names.

    A connection without a whole header after `PATIENCE` seconds is reset.  So is one of
    the proxy's own that says nothing: a health check every other second is nobody who
    comes into the chat, and leaves it.
    """

    factory: ProxiedFactory
    wrappedProtocol: Any
    _peer: IPv4Address | IPv6Address | None = None
    _begun = False

    def makeConnection(self, transport: Any) -> None:
        self._data = b""
        self._deadline = self.factory.reactor.callLater(PATIENCE, self._too_late)
        directlyProvides(self, providedBy(transport))
        Protocol.makeConnection(self, transport)
        self.factory.registerProtocol(self)

    def dataReceived(self, data: bytes) -> None:
        if self._begun:
            self.wrappedProtocol.dataReceived(data)
            return
        self._data += data
        try:
            header = read_header(self._data)
        except HeaderError as error:
            log.info("{peer} refused: {why}", peer=self.getPeer(), why=error)
            self._too_late()
            return
        if header is not None and (not header.own or len(self._data) > header.length):
            self._begin(header)

    def _begin(self, header: Header) -> None:
        self._deadline.cancel()
        rest, self._data = self._data[header.length :], b""
        self._peer = header.peer
        self._begun = True
        self.wrappedProtocol.makeConnection(self)
        if IHandshakeListener.providedBy(self.wrappedProtocol):
            self.wrappedProtocol.handshakeCompleted()
        if rest:
            self.wrappedProtocol.dataReceived(rest)

    def _too_late(self) -> None:
        assert self.transport is not None
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._deadline.active():
            self._deadline.cancel()
        self.factory.unregisterProtocol(self)
        if self._begun:
            self.wrappedProtocol.connectionLost(reason)
        self.wrappedProtocol = None

    def getPeer(self) -> Any:
        if self._peer is not None:
            return self._peer
        transport: Any = self.transport
        return transport.getPeer()


if TYPE_CHECKING:
    _ProxiedFactory = WrappingFactory[ProxiedProtocol]
else:  # generic only in later versions of Twisted than 25.5
    _ProxiedFactory = WrappingFactory


class ProxiedFactory(_ProxiedFactory):
    """Makes `ProxiedProtocol` around what a door makes.

    :param reactor: gives the deadline for the header.
    """

    protocol: Any = ProxiedProtocol
    noisy = False

    def __init__(self, reactor: Clock, factory: ProtocolFactory) -> None:
        super().__init__(factory)
        self.reactor = reactor

    def buildProtocol(self, addr: Any) -> Any:
        protocol = self.wrappedFactory.buildProtocol(addr)
        return protocol and self.protocol(self, protocol)


@implementer(IStreamServerEndpoint)
class ProxiedEndpoint:
    """Listens where `inner` does, for connections with a PROXY header."""

    def __init__(self, reactor: Clock, inner: Endpoint) -> None:
        self._reactor = reactor
        self._inner = inner

    def listen(self, protocolFactory: ProtocolFactory) -> Deferred[Port]:
        return self._inner.listen(ProxiedFactory(self._reactor, protocolFactory))
