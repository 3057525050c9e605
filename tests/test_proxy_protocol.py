"""The PROXY protocol in front of a door: who it is, before the door is asked."""

from __future__ import annotations

import gc
import struct
from contextlib import suppress
from typing import Any
from weakref import finalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.endpoints.proxy_protocol import (
    Header,
    HeaderError,
    ProxiedFactory,
    read_header,
)

from .support import MemoryTransport, World

LINE = b"PROXY TCP4 198.51.100.7 203.0.113.1 1234 55555\r\n"
LINE6 = b"PROXY TCP6 2001:db8::7 2001:db8::1 1234 55555\r\n"
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
ADDRESSES = bytes((198, 51, 100, 7, 203, 0, 113, 1)) + struct.pack("!HH", 1234, 55555)
BINARY = SIGNATURE + b"\x21\x11" + struct.pack("!H", 12) + ADDRESSES
EXTRA = SIGNATURE + b"\x21\x11" + struct.pack("!H", 17) + ADDRESSES + b"\x04\x00\x02hi"
LOCAL = SIGNATURE + b"\x20\x00" + struct.pack("!H", 0)
UNIX = SIGNATURE + b"\x21\x31" + struct.pack("!H", 216) + b"x" * 216


def host(header: Header | None) -> str | None:
    assert header is not None
    return None if header.peer is None else str(header.peer.host)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (LINE, "198.51.100.7"),
        (LINE6, "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN whatever follows\r\n", None),
        (BINARY, "198.51.100.7"),
        (EXTRA, "198.51.100.7"),
        (LOCAL, None),
        (UNIX, None),
    ],
)
def test_header(data: bytes, expected: str | None) -> None:
    header = read_header(data + b"NICK alice\n")
    assert host(header) == expected
    assert header is not None
    assert header.length == len(data)
    for cut in range(len(data)):
        assert read_header(data[:cut]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"NICK alice\n",
        b"PROXY TCP4 198.51.100.7 203.0.113.1 1234\r\n",
        b"PROXY TCP4 nobody 203.0.113.1 1234 5\r\n",
        b"PROXY TCP4 198.51.100.7 203.0.113.1 x 5\r\n",
        b"PROXY UDP4 198.51.100.7 203.0.113.1 1 5\r\n",
        b"PROXY " + b"x" * 200,
        SIGNATURE + b"\x11\x11" + struct.pack("!H", 12) + ADDRESSES,
        SIGNATURE + b"\x21\x11" + struct.pack("!H", 4) + b"1234",
        SIGNATURE + b"\x21\x11" + struct.pack("!H", 60_000),
    ],
)
def test_no_header(data: bytes) -> None:
    with pytest.raises(HeaderError):
        read_header(data)


@given(st.binary(max_size=300))
def test_garbage_raises_nothing_else(data: bytes) -> None:
    for start in (b"", b"PROXY ", SIGNATURE):
        with suppress(HeaderError):
            read_header(start + data)


def connect(world: World, *packets: bytes) -> MemoryTransport:
    protocol: Any = ProxiedFactory(world.clock, world.door).buildProtocol(None)
    transport = MemoryTransport(world.clock, "192.0.2.250")
    transport.protocol = protocol
    protocol.makeConnection(transport)
    for packet in packets:
        protocol.dataReceived(packet)
    return transport


@pytest.mark.parametrize("header", [LINE, BINARY])
def test_door_sees_the_peer_behind_the_proxy(header: bytes) -> None:
    world = World()
    transport = connect(world, *(header[at : at + 1] for at in range(len(header))))
    world.turn()
    (session,) = world.hub.sessions.values()
    assert session.host == "198.51.100.7"
    assert b"Welcome" in bytes(transport.taken)


def test_what_follows_the_header_is_the_peers() -> None:
    world = World()
    bob = world.enter("bob")
    connect(world, LINE + b"NICK alice\nMSG hello\n")
    assert "alice: hello" in bob.lines()


def test_without_a_header_nobody_comes_in() -> None:
    world = World()
    transport = connect(world, b"NICK alice\n")
    world.turn()
    assert transport.aborted
    assert not world.hub.sessions
    assert transport.taken == b""


def test_header_has_a_deadline() -> None:
    world = World()
    transport = connect(world, b"PROXY TCP4")
    world.advance(10)
    assert transport.aborted


def test_a_look_at_the_port_is_nobody_who_comes_and_goes() -> None:
    world = World()
    transport = connect(world, LOCAL)
    world.turn()
    assert not world.hub.sessions
    assert transport.taken == b""
    world.advance(10)
    assert transport.aborted
    connect(world, LOCAL).lose()
    assert not world.door.connections


def test_a_proxy_may_say_something_itself() -> None:
    world = World()
    bob = world.enter("bob")
    connect(world, LOCAL, b"NICK alice\nMSG hello\n")
    assert "alice: hello" in bob.lines()


def test_leaving_behind_a_proxy() -> None:
    world = World()
    bob = world.enter("bob")
    transport = connect(world, LINE, b"NICK alice\n")
    bob.lines()
    transport.lose()
    assert bob.lines() == ["* alice left the chat! (connection lost)"]


def test_a_closed_connection_is_freed_behind_a_proxy() -> None:
    world = World()
    transport = connect(world, LINE, b"NICK alice\n")
    freed: list[bool] = []
    [connection] = world.door.connections
    finalize(connection, freed.append, True)
    del connection
    gc.disable()
    try:
        transport.lose()
        world.turn()
        assert freed
    finally:
        gc.enable()


def test_limit_per_address_behind_a_proxy() -> None:
    world = World(max_per_ip=1)
    connect(world, LINE)
    second, other = connect(world, LINE), connect(world, LINE6)
    world.advance(5)
    assert not second.connected
    assert other.connected
