"""What a client may send by ssh, in which order, and how much of it."""

from __future__ import annotations

import struct

import pytest
from twisted.conch.ssh.common import NS

from twisted_chat.doors.ssh.reader import PACKETS

from .ssh_sessions import entered, on_screen
from .ssh_support import ssh_door
from .support import Client, World
from .test_ssh_login import netcat

SERVICE_REQUEST, KEXINIT, NEWKEYS, KEX_INIT = 5, 20, 21, 30


@pytest.fixture
def world() -> World:
    return World(ssh_door)


# The order of messages


def fresh(world: World) -> Client:
    """A client that has sent its version, and nothing else."""
    client = world.connect()
    client.send_bytes(b"SSH-2.0-test\r\n")
    return client


def clear(number: int, payload: bytes) -> bytes:
    """A packet as it is before there are keys (RFC 4253, section 6)."""
    body = bytes([number]) + payload
    padding = 16 - (len(body) + 5) % 8
    length = struct.pack(">LB", len(body) + padding + 1, padding)
    return length + body + bytes(padding)


@pytest.mark.parametrize(
    "packet",
    [
        (SERVICE_REQUEST, NS(b"ssh-userauth")),
        (50, NS(b"alice") + NS(b"ssh-connection") + NS(b"none")),
        (52, b""),
        (90, NS(b"session") + bytes(12)),
        (NEWKEYS, b""),
        (KEX_INIT, NS(bytes(32))),
        (34, bytes(12)),
        (KEXINIT, b"short"),
        (6, NS(b"ssh-userauth")),
        (255, b""),
    ],
)
def test_nothing_comes_before_there_are_keys(
    world: World, packet: tuple[int, bytes]
) -> None:
    client = fresh(world)
    client.send_bytes(clear(*packet))
    assert client.connection.ended
    world.advance(3)
    assert client.closed
    assert world.hub.users == {}


def test_what_means_nothing_may_come_always(world: World) -> None:
    client = fresh(world)
    for number, payload in ((2, NS(b"ignore")), (4, b"\0" + NS(b"debug") + NS(b""))):
        client.send_bytes(clear(number, payload))
    assert not client.connection.ended


@pytest.mark.parametrize(
    "packet",
    [
        (SERVICE_REQUEST, NS(b"ssh-userauth")),
        (SERVICE_REQUEST, NS(b"ssh-connection")),
        (NEWKEYS, b""),
        (KEX_INIT, NS(bytes(32))),
        (93, struct.pack(">2L", 7, 1)),
        (94, struct.pack(">L", 7) + NS(b"x")),
        (94, struct.pack(">L", 0) + NS(b"x" * 33_000)),
        (95, struct.pack(">2L", 0, 1) + NS(b"x")),
        (96, b""),
        (98, struct.pack(">L", 0)),
        (40, b""),
    ],
)
def test_nor_out_of_place_later(world: World, packet: tuple[int, bytes]) -> None:
    carol, client = netcat(world, "carol"), entered(world)
    carol.bytes()
    client.client.sendPacket(*packet)
    assert client.closed
    assert "alice left" in carol.bytes().decode()


def test_who_has_logged_in_stays_who_they_are(world: World) -> None:
    client = entered(world)
    client.client.sendPacket(50, NS(b"bob") + NS(b"ssh-connection") + NS(b"none"))
    client.send("WHO")
    assert client.lines() == ["* In #lobby: alice"]


# How much


def test_a_packet_has_a_length(world: World) -> None:
    client = entered(world)
    client.client.sendPacket(2, NS(b"x" * 100_000))
    assert client.closed


def test_a_flood_of_packets_is_slowed_down(world: World) -> None:
    client = entered(world)
    for _ in range(int(PACKETS.burst) + 100):
        client.client.sendPacket(2, NS(b""))
    assert not client.transport.reading
    client.client.sendPacket(2, NS(b""))
    world.advance(1)
    assert client.transport.reading
    client.send("WHO")
    assert client.lines() == ["* In #lobby: alice"]


def test_and_ended_if_too_much_waits(world: World) -> None:
    client = entered(world)
    for _ in range(20_000):
        if not client.client.transport.closed and not client.connection.ended:
            client.client.sendPacket(2, NS(b"x" * 100))
    assert client.closed


def test_typing_costs_by_the_byte(world: World) -> None:
    client = on_screen(world)
    for _ in range(10):
        client.channel.write(b"\x1b[A" * 10_000)
        client.settle()
    assert not client.transport.reading
