"""Who leaves while the log that servers share is away has said all, and left once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from twisted_chat.hub import entries as e
from twisted_chat.log.local import LocalLog

from .isolation_support import Later, LaterNetwork, pair, put
from .later_log import LaterLog
from .stranded_support import Cut
from .support import Client, World, skip

# What is at once and what is later is said here test by test.
pytestmark = pytest.mark.at_once


@pytest.fixture
def later() -> Later:
    return Later()


LEAVE: list[Callable[[Client], None]] = [
    lambda client: put(client, "QUIT"),
    Client.half_close,
    Client.reset,
]


@pytest.mark.parametrize("leave", LEAVE)
@pytest.mark.parametrize("irc", [False, True])
def test_what_was_said_before_leaving_is_said_once(
    irc: bool, leave: Callable[[Client], None]
) -> None:
    network = LaterNetwork()
    bob = network.netcat("bob")
    alice = network.irc("alice") if irc else network.netcat("alice")
    skip(bob)
    verb = "PRIVMSG #lobby " if irc else "MSG "
    put(alice, f"{verb}one")
    network.away()
    put(alice, f"{verb}two", f"{verb}three")
    leave(alice)
    network.advance(70)
    assert [line for line in bob.lines() if "alice" in line] == []
    network.back()
    network.advance(1)
    network.settle()
    told = [line for line in bob.lines() if "alice" in line]
    assert told[:3] == ["alice: one", "alice: two", "alice: three"]
    assert len(told) == 4, "and that she has left"
    assert list(network.hub.users) == ["bob"]
    network.advance(70)
    alice.reset()
    network.settle()
    assert len(network.hub.sessions) == 1
    assert len(network.hub._local) == 1
    assert not alice.connection.frames.behind
    listener = alice.connection.listener
    assert (listener.channels, listener.closing) == ([], True)
    assert not network.door.connections


@pytest.mark.parametrize("leave", LEAVE)
def test_who_leaves_while_nothing_waits(
    later: Later, leave: Callable[[Client], None]
) -> None:
    alice, _ = pair(later)
    later.away()
    leave(alice)
    later.advance(1)
    later.back()
    later.advance(1)
    later.settle()
    assert list(later.hub.users) == ["bob"]
    assert len(later.hub._local) == 1


def test_who_is_thrown_out_by_others_says_no_more(later: Later) -> None:
    alice, bob = pair(later)
    later.away()
    put(alice, "MSG one")
    alice.reset()
    later.hub.apply(
        e.Disconnect(alice.connection.session.id, "thrown out"), later.hub.now()
    )
    later.back()
    later.advance(1)
    later.settle()
    assert not any("one" in line for line in bob.lines())
    assert list(later.hub.users) == ["bob"]
    assert len(later.hub._local) == 1


def test_who_has_ended_is_not_brought_back() -> None:
    world = World()
    cut = Cut(world)
    alice = world.enter("alice")
    alice.transport.stall()
    log = LaterLog(world.hub.apply, world.wall, world.clock, 1000.0)
    world.hub.follow(log)
    put(alice, "QUIT")
    assert "alice" in world.hub.users
    cut.off()
    world.hub.follow(LocalLog(world.hub.apply, world.wall))
    cut.on()
    assert not world.hub.users
    assert not world.hub.sessions


def test_who_waits_for_us_is_not_silent_and_who_is_gone_is() -> None:
    network = LaterNetwork(idle=60)
    alice, bob = network.irc("alice"), network.irc("bob")
    network.away()
    put(alice, "PRIVMSG #lobby :one")
    for _ in range(8):
        network.advance(30)
        put(bob, "PONG x")
    assert not alice.closed
    assert not bob.closed
    network.advance(200)
    assert bob.closed
    network.back()
    assert not alice.closed
