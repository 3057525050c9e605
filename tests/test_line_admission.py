"""How many may come in by the line door, how fast, and for how long without a nick."""

from __future__ import annotations

import pytest

from twisted_chat.doors import base
from twisted_chat.wire import BufferedWire

from .support import World


def test_max_clients() -> None:
    world = World(max_clients=2)
    alice, bob = world.enter("alice"), world.enter("bob")
    third = world.connect()
    assert [line[:8] for line in third.lines()] == ["ERR 263 "]
    assert third.closed
    third.connection.dataReceived(b"NICK eve\n")
    assert len(world.hub.users) == 2
    bob.send("QUIT")
    assert world.enter("carol").user
    assert alice.lines() != []


@pytest.mark.parametrize(
    ("addresses", "other"),
    [
        (["192.0.2.1"] * 3, "192.0.2.2"),
        (["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"], "::ffff:192.0.2.9"),
        (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::"], "2001:db8:0:1::1"),
        (["fe80::1%eth0", "fe80::2%eth1", "fe80::1"], "fe81::1"),
    ],
)
def test_max_per_ip(addresses: list[str], other: str) -> None:
    world = World(max_per_ip=2)
    first, second, third = (world.connect(address) for address in addresses)
    assert [line[:8] for line in third.lines()] == ["ERR 463 "]
    assert third.closed
    world.connect(other).send("NICK other")
    assert "other" in world.hub.users
    second.reset()
    assert not world.connect(addresses[2]).closed
    assert not first.closed


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", None]
)
def test_loopback_is_not_limited(host: str | None) -> None:
    world = World(max_per_ip=1)
    clients = [world.connect(host) for _ in range(40)]
    assert not any(client.closed for client in clients)
    assert all(client.transport.reading for client in clients)


def test_max_per_ip_0_is_no_limit() -> None:
    world = World(max_per_ip=0)
    assert not any(world.connect("192.0.2.1").closed for _ in range(50))


def test_connections_from_one_address_are_slowed() -> None:
    world = World(max_per_ip=0)
    clients = [world.connect("192.0.2.1") for _ in range(30)]
    for client in clients:
        client.bytes()
    assert [client.transport.reading for client in clients] == [True] * 20 + [
        False
    ] * 10
    other = world.connect("192.0.2.2")
    assert other.transport.reading
    world.advance(0.5)
    assert [client.transport.reading for client in clients].count(True) == 21
    world.advance(5)
    assert all(client.transport.reading for client in clients)


def test_an_address_waits_no_longer_than_others_could_bear() -> None:
    world = World(max_per_ip=0)
    for _ in range(5000):
        world.connect("192.0.2.1").reset()
    client = world.connect("192.0.2.1")
    world.advance(25)
    assert client.transport.reading


def test_without_a_nick_one_is_dropped_after_60_s() -> None:
    world = World()
    silent, busy, alice = world.connect(), world.connect(), world.connect()
    alice.send("NICK alice")
    for _ in range(59):
        busy.send("PING")
        world.advance(1)
        world.wall_offset -= 3600
    assert not silent.closed
    assert not busy.closed
    world.advance(1)
    for client in (silent, busy):
        assert client.lines()[-1].startswith("ERR 451")
        world.turn()
        assert client.closed
    world.advance(100)
    assert not alice.closed


def test_refused_connections_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of connections past a limit holds few descriptors."""
    monkeypatch.setattr(BufferedWire, "half_closes", True)
    world = World(max_clients=1)
    world.connect()
    many = [world.connect() for _ in range(500)]
    world.turn()
    assert sum(client.transport.connected for client in many) <= base.MAX_REFUSED
    world.advance(base.LINGER + 0.1)
    assert not any(client.transport.connected for client in many)
    assert world.door.refused == 0
