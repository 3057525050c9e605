"""``/login``: where a browser gets the cookie by which it stays logged in, or ends it.

The cookie has the secret of a token (`hub.tokens`).  Only pages of this site are
listened to, as their ``Origin`` says, which no page can choose.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from ...events import ChatError
from ...hub import Hub
from ...hub.tokens import digest_of
from ...outcomes import unattended
from .files import answer
from .trust import own_origin

if TYPE_CHECKING:
    from .site import SiteConnection

log = Logger()

TICKET = "login-ticket"
"""The header with the ticket: another site's page can't send it unasked."""

AGE = 400 * 86400
"""Seconds that a browser keeps the cookie, at most (RFC 6265bis section 5.5)."""

STATUS = {263: http.SERVICE_UNAVAILABLE, 464: http.FORBIDDEN}


def cookie_name(origin: str) -> str:
    """What the cookie of pages of `origin` is called.

    By its port, as browsers show a cookie to all ports of a host.  Over TLS the prefix
    has them take it from nobody else (RFC 6265bis section 4.1.3.2).
    """
    scheme, _, place = origin.partition("://")
    _, _, port = place.rpartition("]")[2].rpartition(":")
    name = f"chat-login-{port}" if ":" in place and port.isdigit() else "chat-login"
    return f"__Host-{name}" if scheme == "https" else name


def asking_origin(request: Request) -> str:
    """The origin of the page of this site that asks; empty for any other."""
    return own_origin(request.getHeader("origin"), request.getHeader("host") or "")


def digest_shown(request: Request) -> str:
    """The digest of the token that a page of this site shows; or empty."""
    origin = asking_origin(request)
    if not origin:
        return ""
    secret = request.getCookie(cookie_name(origin).encode()) or b""
    return digest_of(secret.decode("latin-1"))


class LoginResource(Resource):
    """POST with a ticket sets the cookie; DELETE ends the token, and the cookie."""

    isLeaf = True

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._tokens = hub.tokens

    def render(self, request: Request) -> bytes | int:
        if request.method not in (b"POST", b"DELETE"):
            request.setHeader("Allow", "POST, DELETE")
            return answer(request, http.NOT_ALLOWED, "Only POST and DELETE work here.")
        origin = asking_origin(request)
        if not origin:
            return answer(request, http.FORBIDDEN, "This page may not do that.")
        act = self._begin if request.method == b"POST" else self._end
        return answer_later(request, act(request, origin))

    async def _begin(self, request: Request, origin: str) -> bytes:
        ticket = request.getHeader(TICKET) or ""
        secret = await self._tokens.exchange(ticket)
        _set_cookie(request, origin, secret, AGE)
        # What this browser had before is nobody's from now on.
        before = self._tokens.end(digest_shown(request))
        unattended(Deferred.fromCoroutine(before))
        return answer(request, http.OK, "You stay logged in.")

    async def _end(self, request: Request, origin: str) -> bytes:
        _set_cookie(request, origin, "", 0)
        await self._tokens.end(digest_shown(request))
        return answer(request, http.OK, "You are logged out.")


def _set_cookie(request: Request, origin: str, secret: str, age: int) -> None:
    request.addCookie(
        cookie_name(origin),
        secret,
        path="/",
        max_age=str(age),
        secure=origin.startswith("https:"),
        httpOnly=True,
        sameSite="strict",
    )


def answer_later(request: Request, work: Coroutine[Deferred[Any], Any, bytes]) -> int:
    """Answer `request` with what `work` gives, and read no other meanwhile."""
    channel: Any = request.channel
    connection: SiteConnection = channel.transport
    connection.hold()
    gone: list[object] = []
    request.notifyFinish().addErrback(gone.append)

    async def working() -> None:
        try:
            body = await work
        except ChatError as error:
            code = STATUS.get(error.code, http.BAD_REQUEST)
            body = answer(request, code, error.text)
        if not gone:
            request.write(body)
            request.finish()
        connection.release()

    done = Deferred.fromCoroutine(working())
    done.addErrback(lambda why: log.failure("a bug in /login", why))
    return NOT_DONE_YET
