"""Coming and going, told to whoever watches, and to whoever comes with a crowd."""

from __future__ import annotations

import pytest

from tests.support import World
from twisted_chat.events import ChatError, Crowd, Seen
from twisted_chat.fanout import Format
from twisted_chat.hub.monitor import MAX_PAST, MAX_WATCHED, Gone, Whowas
from twisted_chat.hub.room import CROWD

SHOW = Format("show", lambda event: f"{event}\n".encode())


def test_a_watcher_hears_of_coming_renaming_and_going() -> None:
    world = World()
    alice = world.enter("alice")
    listener, monitor = alice.connection.listener, world.hub.monitor
    listener.format = SHOW
    monitor.add(listener, "BOB")
    bob = world.enter("bob")
    alice.bytes()
    bob.send("NICK carol")
    assert str(Seen(("bob",), False, world.wall())) in alice.lines()
    bob.send("NICK bob")
    assert str(Seen(("bob",), True, world.wall())) in alice.lines()
    bob.send("QUIT")
    assert str(Seen(("bob",), False, world.wall())) in alice.lines()
    monitor.discard(listener, "bob")
    world.enter("bob")
    assert not any("Seen" in line for line in alice.lines())


def test_watching_is_bounded_and_ends_with_the_session() -> None:
    world = World()
    alice = world.enter("alice")
    listener, monitor = alice.connection.listener, world.hub.monitor
    for number in range(MAX_WATCHED):
        monitor.add(listener, f"nick{number}")
    with pytest.raises(ChatError) as refusal:
        monitor.add(listener, "another")
    assert refusal.value.code == 734
    alice.reset()
    assert not monitor._watchers


def test_the_past_knows_the_last_wearer_and_is_bounded() -> None:
    past = Whowas()
    for number in range(MAX_PAST + 1):
        past.add(Gone(f"nick{number}", "", number))
    past.add(Gone("NICK5", "again", 5000.0))
    assert past.last("nick0") is None
    assert past.last("nick5") == Gone("NICK5", "again", 5000.0)


def test_newcomers_to_a_crowd_hear_only_of_who_came_after_them() -> None:
    world = World()
    for number in range(CROWD):
        world.enter(f"nick{number}")
    old = world.enter("old")
    world.advance(2)
    old.connection.listener.format = SHOW
    old.bytes()
    first = world.enter("first")
    second = world.enter("second")
    for client in (first, second):
        client.connection.listener.format = SHOW
        client.bytes()
    world.advance(2)
    at = world.wall() - 1
    assert old.lines() == [str(Crowd("#lobby", ("first", "second"), (), at))]
    assert first.lines() == [str(Crowd("#lobby", ("second",), (), at))]
    assert second.lines() == []
