"""A browser's side of a WebSocket (RFC 6455), as far as tests need it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from twisted_chat.doors.base import Door
from twisted_chat.doors.web import WebDoor

from .support import Client, MemoryTransport, World

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
MASK = b"\x0f\xa5\x3c\x77"
HANDSHAKE = {
    "Host": "chat.example",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def request(path: str = "/ws", method: str = "GET", **headers: str) -> bytes:
    """An HTTP request; header names with _ for -."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in named.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode()


def handshake(**headers: str) -> bytes:
    return request(**{**HANDSHAKE, **headers})


def frame(payload: bytes | str, opcode: int = TEXT, fin: bool = True) -> bytes:
    """One frame as a client sends it: masked."""
    data = payload.encode() if isinstance(payload, str) else payload
    length = len(data)
    if length < 126:
        size = bytes((0x80 | length,))
    elif length < 65536:
        size = bytes((0x80 | 126,)) + length.to_bytes(2, "big")
    else:
        size = bytes((0x80 | 127,)) + length.to_bytes(8, "big")
    masked = bytes(byte ^ MASK[at % 4] for at, byte in enumerate(data))
    return bytes((0x80 * fin | opcode,)) + size + MASK + masked


class Frame(NamedTuple):
    opcode: int
    payload: bytes


def frames(data: bytes) -> tuple[list[Frame], bytes]:
    """The frames of a server in `data`, and what is left of it."""
    found = []
    while len(data) >= 2:
        length, start = data[1], 2
        if length == 126:
            length, start = int.from_bytes(data[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < start + length:
            break
        found.append(Frame(data[0] & 0x0F, data[start : start + length]))
        data = data[start + length :]
    return found, data


class Ponging(MemoryTransport):
    """A peer that answers pings, as every browser does by itself."""

    def write(self, data: bytes) -> None:
        super().write(data)
        if data[:1] == b"\x89" and self.connected:
            pong = frame(b"", PONG)
            self.clock.callLater(0, self.protocol.dataReceived, pong)


class WebClient(Client):
    """A WebSocket to a door in memory, shaken hands."""

    def __init__(self, world: World, transport: MemoryTransport, door: WebDoor) -> None:
        (self.connection,) = [c for c in door.connections if c.transport is transport]
        self.world = world
        self.transport = transport
        self._read = bytes(transport.taken).index(b"\r\n\r\n") + 4
        self._rest = b""

    def send(self, *lines: str) -> None:
        for line in lines:
            self.send_bytes(frame(line))

    def frames(self) -> list[Frame]:
        """The frames that have come since they were last looked at."""
        found, self._rest = frames(self._rest + super().bytes())
        return found

    def bytes(self) -> bytes:
        """As for the line door: JSON, an object a line; control frames are left out."""
        return b"".join(f.payload for f in self.frames() if f.opcode == TEXT)

    def half_close(self) -> None:
        """What a browser does: the close frame."""
        self.send_bytes(frame(b"\x03\xe8", CLOSE))


def raw(
    world: World, data: bytes, host: str | None = "127.0.0.1", door: Door | None = None
) -> MemoryTransport:
    """A connection to the site that has sent `data`."""
    protocol: Any = (door or world.door).buildProtocol(None)
    transport = MemoryTransport(world.clock, host)
    transport.protocol = protocol
    protocol.makeConnection(transport)
    protocol.dataReceived(data)
    return transport


def ponging(world: World, host: str) -> WebClient:
    """As `connect`, and the peer answers pings."""
    client = connect(world, host)
    client.transport.__class__ = Ponging
    return client


def connect(world: World, host: str | None = "127.0.0.1", **headers: str) -> WebClient:
    transport = raw(world, handshake(**headers), host)
    head, _, _ = bytes(transport.taken).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    door = world.door
    assert isinstance(door, WebDoor)
    return WebClient(world, transport, door)


def enter(world: World, nick: str, **headers: str) -> WebClient:
    client = connect(world, **headers)
    client.send(f"NICK {nick}")
    client.bytes()
    return client


def events(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().splitlines()]
