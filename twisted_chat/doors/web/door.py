"""The door for browsers: one page and its WebSocket on one port."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request, Site
from twisted.web.websocket import WebSocketResource

from ...hub import Hub
from ...limits import Tally, is_local, network_of
from ..base import Door, host_of
from .connection import WebConnection
from .files import HEADERS, PageResource, answer
from .trust import Network, is_trusted, may_open

log = Logger()

HTTP_IDLE = 30
HTTP_PER_SESSION = 5
MOST_BODY = 64 * 1024


class PageRequest(Request):
    """A request to a site that reads no bodies: they are not kept."""

    _body = 0

    def gotLength(self, length: int | None) -> None:
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        self._body += len(data)
        if self._body > MOST_BODY:
            channel: Any = self.channel
            channel.transport.abortConnection()

    def render(self, resrc: IResource) -> None:
        self.responseHeaders.removeHeader(b"server")
        for name, value in HEADERS.items():
            self.setHeader(name, value)
        super().render(resrc)


class PageSite(Site):
    """Twisted's site without an access log, and without HTTP/2."""

    def log(self, request: http.Request) -> None:
        pass

    def acceptableProtocols(self) -> list[bytes]:
        return [b"http/1.1"]


class SocketResource(WebSocketResource):
    """``/ws``: shakes hands with pages of known origins."""

    isLeaf = True

    def __init__(self, door: WebDoor) -> None:
        super().__init__(door.socket_factory)
        self._door = door

    def render(self, request: Request) -> bytes | int:
        if request.method != b"GET":
            return answer(request, http.NOT_ALLOWED, "A WebSocket begins with GET.")
        origin = request.getHeader("origin")
        host = request.getHeader("host") or ""
        if not may_open(origin, host, self._door.origins):
            log.info("page of {origin} refused", origin=origin)
            return answer(request, http.FORBIDDEN, "This page may not connect here.")
        try:
            return self.render_GET(request)
        except Exception as error:
            # h11 and the codecs raise what they like for a broken header.
            log.info("handshake failed: {error}", error=repr(error))
            return answer(request, http.BAD_REQUEST, "That is no WebSocket handshake.")


class Root(Resource):
    """Sends ``/ws`` to the WebSocket, and everything else to the page."""

    def __init__(self, socket: Resource) -> None:
        super().__init__()
        self._socket = socket
        self._page = PageResource()

    def getChildWithDefault(self, path: bytes, request: Request) -> Any:
        return self._socket if request.path == b"/ws" else self._page


class SocketFactory:
    """Makes a `WebConnection` of a request, as Twisted's WebSocket wants it."""

    def __init__(self, door: WebDoor) -> None:
        self._door = door

    def buildProtocol(self, request: Request) -> WebConnection:
        return WebConnection(self._door, request)


class Counted(ProtocolWrapper):
    """One connection to the site, counted by its peer's network."""

    factory: Any
    wrappedProtocol: Any
    _network: str | None = None

    def makeConnection(self, transport: Any) -> None:
        host = host_of(transport.getPeer())
        if self.factory.admit(host):
            self._network = network_of(host)
            super().makeConnection(transport)
        else:
            log.info("{host} refused: too many connections to the site", host=host)
            self.factory.registerProtocol(self)
            transport.abortConnection()

    def dataReceived(self, data: bytes) -> None:
        if self._network is not None:
            self.wrappedProtocol.dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.factory.unregisterProtocol(self)
        if self._network is not None:
            self.factory.tally.discard(self._network)
            self.wrappedProtocol.connectionLost(reason)


if TYPE_CHECKING:
    _CountedFactory = WrappingFactory[Counted]
else:  # generic only in later versions of Twisted than 25.5
    _CountedFactory = WrappingFactory


class CountingFactory(_CountedFactory):
    """Refuses a network that holds too many connections to the site.

    A browser opens several for the files, so the limit is higher than the
    hub's, which counts WebSockets.
    """

    protocol: Any = Counted
    noisy = False

    def __init__(self, site: Site, hub: Hub, proxies: Sequence[Network | str]) -> None:
        super().__init__(site)
        self.tally = Tally()
        self._most = hub.settings.max_per_ip * HTTP_PER_SESSION
        self._proxies = proxies

    def admit(self, host: str) -> bool:
        network = network_of(host)
        free = is_local(host) or is_trusted(host, self._proxies) or not self._most
        if not free and self.tally[network] >= self._most:
            return False
        self.tally.add(network)
        return True


class WebDoor(Door):
    """Serves the page, and keeps the connections of its WebSockets.

    :param origins: origins whose pages may connect, besides the site's own.
    :param proxies: whose ``X-Forwarded-For`` is believed.
    """

    def __init__(
        self,
        hub: Hub,
        origins: Collection[str] = (),
        proxies: Sequence[Network | str] = (),
    ) -> None:
        super().__init__(hub, "web")
        self.origins = frozenset(origins)
        self.proxies = proxies
        self.socket_factory: Any = SocketFactory(self)
        site = PageSite(
            Root(SocketResource(self)),
            requestFactory=PageRequest,
            reactor=hub.clock,
            timeout=HTTP_IDLE,
        )
        self._site = CountingFactory(site, hub, proxies)

    def buildProtocol(self, addr: Any) -> Any:
        return self._site.buildProtocol(addr)

    def bare(self, transport: Any) -> Any:
        """`transport` without what counts it, for the fastest way down."""
        return transport.transport if isinstance(transport, Counted) else transport

    def acceptableProtocols(self) -> list[bytes]:
        """For TLS: this door speaks HTTP/1.1 and nothing else (ALPN)."""
        return [b"http/1.1"]
