"""The door for browsers: one page and its WebSocket on one port."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from typing import Any

from twisted.logger import Logger
from twisted.web import http
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request, Site
from twisted.web.websocket import WebSocketResource

from ...addresses import Network
from ...hub import Hub
from ..base import Door
from .connection import WebConnection
from .files import HEADERS, PageResource, answer
from .login import LoginResource
from .site import SiteConnection, SiteFactory
from .trust import may_open

log = Logger()

MAX_BODY = 64 * 1024


class PageRequest(Request):
    """A request to a site that reads no bodies: they are not kept."""

    _body = 0

    def gotLength(self, length: int | None) -> None:
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        self._body += len(data)
        if self._body > MAX_BODY:
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
    """``/ws``: opens a WebSocket for pages of origins that may (see `may_open`)."""

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
    """Sends what is in `resources` there, and everything else to the page."""

    def __init__(self, resources: Mapping[bytes, Resource]) -> None:
        super().__init__()
        self._resources = resources
        self._page = PageResource()

    def getChildWithDefault(self, path: bytes, request: Request) -> Any:
        return self._resources.get(request.path, self._page)


class SocketFactory:
    """Makes a `WebConnection` of a request, as Twisted's WebSocket wants it."""

    def __init__(self, door: WebDoor) -> None:
        self._door = door

    def buildProtocol(self, request: Request) -> WebConnection:
        return WebConnection(self._door, request)


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
        self.socket_factory = SocketFactory(self)
        site = PageSite(
            Root({b"/ws": SocketResource(self), b"/login": LoginResource(hub)}),
            requestFactory=PageRequest,
            reactor=hub.clock,
        )
        site.timeOut = None  # ours are absolute
        self._site = SiteFactory(site, hub, proxies)

    def buildProtocol(self, addr: Any) -> Any:
        return self._site.buildProtocol(addr)

    def take_over(self, transport: SiteConnection) -> Any:
        """The transport of a WebSocket's own, for the fastest way down."""
        return transport.take_over()

    def acceptableProtocols(self) -> list[bytes]:
        """What this door offers by TLS: HTTP/1.1 only (ALPN, RFC 7301)."""
        return [b"http/1.1"]
