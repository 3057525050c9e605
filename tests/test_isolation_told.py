"""While the log that servers share is away people are told so once."""

from __future__ import annotations

from typing import Any

import pytest

from twisted_chat.doors.irc.connection import IRCConnection

from .irc_support import Network
from .isolation_support import Later, LaterNetwork, pair, put
from .later_log import LaterLog
from .stranded_support import BACK, LOST, Cut
from .support import Client, MemoryTransport, World, skip

# What is at once and what is later is said here test by test.
pytestmark = pytest.mark.at_once


@pytest.fixture
def later() -> Later:
    return Later()


def test_people_are_told_once_after_two_seconds(later: Later) -> None:
    alice, _ = pair(later)
    later.away()
    later.advance(1.75)
    later.away()
    assert alice.lines() == []
    later.advance(0.25)
    assert alice.lines() == [LOST]
    later.advance(10)
    assert alice.lines() == []
    later.back()
    later.back()
    assert alice.lines() == [BACK]


def test_a_moment_is_nobodys_concern(later: Later) -> None:
    alice, _ = pair(later)
    later.away()
    later.advance(1)
    later.back()
    later.advance(10)
    assert alice.lines() == []


def test_what_nobody_noticed_at_first_is_told_the_sooner() -> None:
    world = World()
    alice = world.enter("alice")
    skip(alice)
    world.hub.isolation.begin(1.5)
    world.advance(0.4)
    assert alice.lines() == []
    world.advance(0.2)
    assert alice.lines() == [LOST]
    world.hub.isolation.end()
    skip(alice)
    world.hub.isolation.begin(3.0)
    world.advance(0)
    assert alice.lines() == [LOST]


def test_who_was_told_is_not_told_again_when_stranded() -> None:
    world = World()
    cut = Cut(world)
    alice, new = world.enter("alice"), world.connect()
    skip(alice, new)
    world.hub.isolation.begin()
    world.advance(3)
    cut.off()
    world.hub.isolation.end()
    cut.on()
    for client in (alice, new):
        told = client.lines()
        assert (told.count(LOST), told.count(BACK)) == (1, 1)


def test_who_is_stranded_is_not_told_again_later() -> None:
    world = World()
    cut = Cut(world)
    alice = world.enter("alice")
    skip(alice)
    cut.off()
    world.hub.isolation.begin()
    world.advance(3)
    alice.send("PING x", "WHO", "MSG back again")
    assert alice.lines() == [LOST, "PONG x"]
    world.hub.isolation.end()
    cut.on()
    told = alice.lines()
    assert told.count(BACK) == 1
    assert world.hub.lobby.last_id == 1


def test_who_is_on_the_way_back_is_not_told_again() -> None:
    world = World()
    cut = Cut(world)
    alice = world.enter("alice")
    skip(alice)
    cut.off()
    log = LaterLog(world.hub.apply, world.wall, world.clock, 1000.0)
    world.hub.follow(log)
    cut.on()
    world.hub.isolation.begin()
    world.advance(3)
    assert alice.lines() == [LOST]
    world.hub.isolation.end()
    log.settle()
    assert alice.lines().count(BACK) == 1


def test_who_is_stranded_may_ask_only_what_anybody_may() -> None:
    """Who is nowhere can't be told who else is there."""
    network = Network()
    cut = Cut(network)
    alice = network.irc("alice")
    cut.off()
    network.hub.isolation.begin()
    skip(alice)
    put(alice, "WHO #lobby", "PING x")
    assert [line.split()[1] for line in alice.lines()] == ["PONG"]
    network.hub.isolation.end()
    cut.on()
    assert any(" 315 " in line for line in alice.lines())


def test_newcomers_are_sent_away(later: Later) -> None:
    later.away()
    new = later.connect()
    assert new.lines() == ["ERR 263 The server is busy; try again soon"]
    later.back()
    assert not later.connect().closed


def test_who_was_about_to_come_in_is_let_in_after(later: Later) -> None:
    connection: Any = later.door.buildProtocol(None)
    transport = MemoryTransport(later.clock)
    transport.protocol = connection
    connection.makeConnection(transport)
    new = Client(later, connection)
    later.away()
    put(new, "NICK alice", "PING x")
    assert new.lines() == []
    later.back()
    assert "PONG x" in new.lines()
    assert "alice" in later.hub.users


def test_irc_believes_to_be_where_it_is() -> None:
    """Nobody has left: rooms are not shown anew."""
    network = LaterNetwork()
    alice = network.irc("alice")
    network.away()
    network.advance(3)
    network.back()
    assert [line.split()[1] for line in alice.lines()] == ["NOTICE", "NOTICE"]
    connection = alice.connection
    assert isinstance(connection, IRCConnection)
    assert connection.shown == {"#lobby"}
