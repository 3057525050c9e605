"""The site around the WebSocket: files, headers, and whose word counts."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from twisted_chat.doors.web import WebDoor
from twisted_chat.doors.web.files import page, takes_gzip
from twisted_chat.doors.web.trust import may_open, networks, origin_of, real_host

from .support import World
from .websockets import connect, raw, request


def get(path: str = "/", method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers and body of one answer."""
    world = World(WebDoor)
    headers = {"Host": "chat.example", **headers}
    transport = raw(world, request(path, method, **headers))
    head, _, body = bytes(transport.taken).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    named = dict(line.split(": ", 1) for line in lines)
    return int(first.split()[1]), {n.lower(): v for n, v in named.items()}, body


@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/../etc/passwd"])
def test_every_answer_has_the_headers(path: str) -> None:
    _, headers, _ = get(path)
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_healthz() -> None:
    code, headers, body = get("/healthz")
    assert (code, body) == (200, b"ok\n")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/nothing", "/%2e%2e/door.py", "//", "/js", "/door.py", "/ws/more"]
)
def test_nothing_else_is_served(path: str) -> None:
    assert get(path)[0] == 404


def test_every_file_is_served_with_its_type() -> None:
    for path, file in page().items():
        code, headers, body = get(path.decode())
        assert (code, body) == (200, file.plain)
        assert headers["content-type"] == file.type


def test_etag_spares_the_second_time() -> None:
    _, headers, _ = get("/")
    code, again, body = get("/", **{"If-None-Match": headers["etag"]})
    assert (code, body) == (304, b"")
    assert again["etag"] == headers["etag"]


def test_compression() -> None:
    plain = get("/")
    code, headers, body = get("/", **{"Accept-Encoding": "br, gzip;q=0.8"})
    assert code == 200
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert headers["etag"] != plain[1]["etag"]
    assert gzip.decompress(body) == plain[2]


@pytest.mark.parametrize(
    ("accept", "taken"),
    [("gzip", True), ("*", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
def test_gzip_is_asked_for(accept: str, taken: bool) -> None:
    assert takes_gzip(accept) is taken


def test_head_has_the_length_and_no_body() -> None:
    _, headers, body = get("/", "HEAD")
    assert body == b""
    assert int(headers["content-length"]) == len(page()[b"/"].plain)


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "DELETE"])
def test_other_methods(method: str) -> None:
    assert get("/", method)[0] == 405


def test_endless_body_is_ended() -> None:
    world = World(WebDoor)
    length = {"Host": "x", "Content-Length": "1000000000"}
    transport = raw(world, request("/", "POST", **length))
    for _ in range(10):
        if not transport.aborted:
            transport.protocol.dataReceived(b"x" * 10_000)
    assert transport.aborted


# Origins


def test_origin_is_normalised() -> None:
    assert origin_of("HTTPS://Chat.Example:443/") == "https://chat.example"
    assert origin_of("http://[::1]:8080") == "http://[::1]:8080"


@pytest.mark.parametrize("text", ["", "chat.example", "https://", "https://x/page"])
def test_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match="no origin"):
        origin_of(text)


def test_who_names_no_origin_is_no_browser() -> None:
    assert may_open(None, "chat.example", ())


# Proxies


@pytest.mark.parametrize(
    ("peer", "forwarded", "real"),
    [
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "rubbish", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, rubbish", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8::1", "198.51.100.1", "198.51.100.1"),
        ("unix", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_whose_request_it_is(peer: str, forwarded: str, real: str) -> None:
    proxies = networks("10.0.0.0/8, 2001:db8::/32,unix")
    assert real_host(peer, forwarded, proxies) == real


def test_no_socket_is_trusted_unasked() -> None:
    assert real_host("unix", "198.51.100.1", networks("10.0.0.0/8")) == "unix"


def test_bad_network() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        networks("10.0.0.0/8,proxy")


def test_limit_counts_who_is_behind_the_proxy() -> None:
    world = World(lambda hub: WebDoor(hub, (), networks("10.0.0.1")), max_per_ip=1)
    first = connect(world, "10.0.0.1", **{"X-Forwarded-For": "198.51.100.1"})
    other = connect(world, "10.0.0.1", **{"X-Forwarded-For": "198.51.100.2"})
    again = connect(world, "10.0.0.1", **{"X-Forwarded-For": "198.51.100.1"})
    assert not first.closed
    assert not other.closed
    assert again.closed
    hosts = {state.host for state in world.hub.sessions.values()}
    assert hosts == {"198.51.100.1", "198.51.100.2"}
