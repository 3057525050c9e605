"""The page's files: read once, compressed once, sent with strict headers."""

from __future__ import annotations

import gzip
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import Request

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

# The page loads nothing from elsewhere, runs no inline script and is shown in
# nobody's frame.  'self' covers the WebSocket of the same origin (CSP 3).
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class File(NamedTuple):
    """A file of the page, as it is sent.

    :ivar type: its Content-Type.
    :ivar etag: with its quotes (RFC 9110 section 8.8.3).
    :ivar packed: with gzip; `plain` without.
    """

    type: str
    etag: bytes
    plain: bytes
    packed: bytes


def load(root: Traversable) -> dict[bytes, File]:
    """All files under `root`, by their path in a request."""
    found: dict[bytes, File] = {}

    def walk(folder: Traversable, path: str) -> None:
        for entry in folder.iterdir():
            suffix = entry.name[entry.name.rfind(".") :]
            if entry.is_dir():
                walk(entry, f"{path}{entry.name}/")
            elif suffix in TYPES:
                data = entry.read_bytes()
                etag = f'"{sha256(data).hexdigest()[:20]}"'.encode()
                packed = gzip.compress(data, mtime=0)
                file = File(TYPES[suffix], etag, data, packed)
                found[f"{path}{entry.name}".encode()] = file

    walk(root, "/")
    found[b"/"] = found[b"/index.html"]
    return found


def page() -> dict[bytes, File]:
    """The files of the page, as this package ships them."""
    return load(files(__package__) / "static")


def takes_gzip(accept: str) -> bool:
    """Whether ``Accept-Encoding`` allows gzip (RFC 9110 section 12.5.3)."""
    for item in accept.lower().split(","):
        name, _, weight = item.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


class PageResource(Resource):
    """Everything but the WebSocket: the files, and ``/healthz``."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self._files = page()

    def render(self, request: Request) -> bytes:
        if request.method not in (b"GET", b"HEAD"):
            request.setHeader("Allow", "GET, HEAD")
            return answer(request, http.NOT_ALLOWED, "Only GET and HEAD work here.")
        body = self._body(request)
        if request.method == b"HEAD" and body:
            request.setHeader("Content-Length", str(len(body)))
            return b""
        return body

    def _body(self, request: Request) -> bytes:
        if request.path == b"/healthz":
            return answer(request, http.OK, "ok")
        file = self._files.get(request.path)
        if file is None:
            return answer(request, http.NOT_FOUND, "There is nothing here.")
        request.setHeader("Content-Type", file.type)
        request.setHeader("Cache-Control", "no-cache")
        request.setHeader("Vary", "Accept-Encoding")
        packed = takes_gzip(request.getHeader("accept-encoding") or "")
        etag = file.etag.replace(b'"', b'"z', 1) if packed else file.etag
        if request.setETag(etag) is http.CACHED:
            return b""
        if packed:
            request.setHeader("Content-Encoding", "gzip")
        return file.packed if packed else file.plain

    def getChildWithDefault(self, path: bytes, request: Request) -> Any:
        return self


def answer(request: Request, code: int, text: str) -> bytes:
    """Answer `request` with `code` and a line that says why."""
    request.setResponseCode(code)
    request.setHeader("Content-Type", "text/plain; charset=utf-8")
    request.setHeader("Cache-Control", "no-store")
    return f"{text}\n".encode()
