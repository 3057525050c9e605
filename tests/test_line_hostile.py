"""What is no line protocol, and what never ends, is closed."""

from __future__ import annotations

import pytest

from twisted_chat.doors import frames

from .support import World

HTTP = [
    b"GET / HTTP/1.1\r\n",
    b"POST /x HTTP/1.0\r\n",
    b"OPTIONS * HTTP/1.1\r\n",
    b"nick /x HTTP/1.1\r\n",
    b"CONNECT host:443 HTTP/1.1\r\n",
    b"PRI * HTTP/2.0\r\n",
    b"POST /" + b"a" * 5000 + b" HTTP/1.1\r\n",
    b"POST http://host/" + b"a" * 5000 + b" HTTP/1.1\r\n",
]
BODY = b"Host: x\r\n\r\nNICK evil\r\nMSG from a web page\r\n"


@pytest.mark.parametrize("request_line", HTTP)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_http_is_closed_at_its_request_line(request_line: bytes, size: int) -> None:
    world = World()
    alice = world.enter("alice")
    page = world.connect()
    data = request_line + BODY
    for start in range(0, len(data), size):
        page.send_bytes(data[start : start + size])
    assert page.closed
    assert alice.lines() == []
    assert list(world.hub.users) == ["alice"]


@pytest.mark.parametrize("size", [1, 1000])
def test_a_tls_hello_is_closed_at_once(size: int) -> None:
    world = World()
    client = world.connect()
    client.bytes()
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)
    for start in range(0, 2 if size == 1 else len(hello), size):
        client.send_bytes(hello[start : start + size])
    assert client.closed
    assert client.bytes() == b""


@pytest.mark.parametrize("start", [b"x", b"\xff\xfa\x18"])
def test_what_never_ends_is_closed_with_a_reason(start: bytes) -> None:
    """A line, or a subnegotiation of telnet, of which nothing is kept."""
    world = World()
    client = world.connect()
    client.bytes()
    client.send_bytes(start)
    for _ in range(frames.MAX_UNFINISHED // 1024 - 1):
        client.send_bytes(b"x" * 1024)
    assert not client.closed
    client.send_bytes(b"x" * 10_000)
    assert client.lines()[-1] == "ERR 417 Over 1 MiB without an end"
    assert client.closed


def test_a_line_that_ends_starts_the_count_anew() -> None:
    world = World()
    client = world.connect()
    for _ in range(3 * frames.MAX_UNFINISHED // 65536):
        client.send_bytes(b"x" * 65536)
        client.send_bytes(b"\n")
    assert not client.closed


def test_someone_with_a_nick_may_speak_of_http() -> None:
    world = World()
    alice = world.enter("alice")
    assert alice.ask("GET / HTTP/1.1")[0].startswith("ERR 421")
    alice.send("MSG GET / HTTP/1.1")
    assert not alice.closed
