"""At the line door floods are delayed, and every command costs."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from twisted_chat.doors import frames
from twisted_chat.events import ChatError
from twisted_chat.limits import Rate

from .support import World, skip


def test_flood_is_delayed_and_nothing_is_lost() -> None:
    world = World(flood=Rate(5, 2))
    bob = world.enter("bob")
    alice = world.enter("alice")
    world.advance(60)
    skip(alice, bob)
    alice.send_bytes(b"".join(b"MSG %d\n" % n for n in range(20)))
    assert bob.lines() == [f"alice: {n}" for n in range(5)]
    assert not alice.transport.reading, "what else it sends waits in the kernel"
    world.advance(1)
    assert bob.lines() == ["alice: 5", "alice: 6"]
    world.advance(7)
    assert bob.lines() == [f"alice: {n}" for n in range(7, 20)]
    assert alice.transport.reading
    assert alice.lines() == []


def test_a_paste_arrives_whole_however_many_lines_it_has() -> None:
    world = World(flood=Rate(5, 2))
    bob, alice = world.enter("bob"), world.enter("alice")
    world.advance(60)
    skip(alice, bob)
    alice.send_bytes(b"".join(b"MSG %d\n" % n for n in range(1000)))
    world.advance(500)
    assert bob.lines() == [f"alice: {n}" for n in range(1000)]
    assert alice.lines() == []


def test_of_a_packet_that_waits_only_a_slice_is_cut() -> None:
    """A line takes ten times the memory of its two bytes."""
    world = World(flood=Rate(5, 2))
    alice = world.enter("alice")
    alice.send_bytes(b"x\n" * 32 * 1024)
    waiting = alice.connection.frames._frames
    assert waiting is not None
    assert len(waiting) <= frames.SLICE
    assert not alice.transport.reading


def test_lines_wait_for_what_the_hub_is_still_to_find_out() -> None:
    world = World()
    alice = world.enter("alice")
    alice.lines()
    outcome: Deferred[None] = Deferred()
    alice.connection.hold(outcome)
    alice.send("PING 1")
    assert alice.lines() == []
    outcome.errback(ChatError(404, "It can't be found out"))
    assert alice.lines() == ["ERR 404 It can't be found out", "PONG 1"]


def test_past_the_bytes_that_may_wait_one_is_dropped_with_a_reason() -> None:
    """A transport that is paused doesn't get there."""
    world = World(flood=Rate(5, 2), waiting=1500)
    bob, alice = world.enter("bob"), world.enter("alice")
    world.advance(60)
    skip(bob)
    for _ in range(3):
        alice.send_bytes(b"MSG x\n" * 150)
    assert bob.lines()[-1] == "* alice left the chat! (flood)"
    assert "Flood" in alice.lines()[-1]
    assert alice.closed


@pytest.mark.at_once
def test_a_packet_of_newlines_is_taken_in_portions() -> None:
    """Others have their turn in between, flood limit or not."""
    world = World()
    flooder, bob = world.enter("flooder"), world.enter("bob")
    flooder.send_bytes(b"MSG x\n" * 1000 + b"\n" * 60_000 + b"PING done\n")
    assert world.room().last_id <= frames.MAX_PER_TURN
    assert not flooder.transport.reading
    assert bob.lines() == ["flooder: x"] * 1000
    assert flooder.lines()[-1] == "PONG done"
    assert flooder.transport.reading


# What a command costs


@pytest.mark.parametrize(
    "line",
    [
        "NICK a{}",
        "JOIN #r{}",
        "PRIV bob {}",
        "PING {}",
        "WHO",
        "HELP",
        "ROOMS",
        "",
        "X",
    ],
)
def test_no_command_is_free(line: str) -> None:
    world = World(flood=Rate(5, 2))
    world.enter("bob")
    alice = world.enter("alice")
    world.advance(60)
    alice.lines()
    for number in range(5):
        alice.send(line.format(number))
    assert alice.transport.reading
    alice.send(line.format(5), line.format(6))
    assert not alice.transport.reading
    world.advance(1)
    assert alice.transport.reading


def test_a_message_to_many_costs_as_much_as_one_to_each() -> None:
    world = World(flood=Rate(5, 2))
    names = [f"n{number}" for number in range(10)]
    people = [world.enter(name) for name in names]
    alice = world.enter("alice")
    world.advance(60)
    alice.send(f"PRIV {','.join(names)} one", "MSG two")
    skip(*people)
    world.advance(2)
    assert people[0].lines() == []
    world.advance(1.5)
    assert people[0].lines() == ["alice: two"]
    world.advance(60)
    rooms = [f"#r{number}" for number in range(5)]
    for room in rooms:
        alice.send(f"JOIN {room}")
        world.advance(1)
    world.advance(60)
    alice.send(f"PRIV {','.join(rooms)} one", "PRIV n0 two")
    skip(*people)
    assert people[0].lines() == []
    world.advance(1)
    assert people[0].lines() == ["PRIV alice: two"]


def test_rooms_beside_people_cost_as_much_as_a_message_to_each() -> None:
    world = World(flood=Rate(5, 2))
    bob, alice = world.enter("bob"), world.enter("alice")
    rooms = [f"#r{number}" for number in range(4)]
    for room in rooms:
        alice.send(f"JOIN {room}")
    world.advance(60)
    alice.send(f"PRIV bob,{','.join(rooms)} one", "PRIV bob two")
    skip(bob)
    world.advance(0.25)
    assert bob.lines() == []
    world.advance(0.25)
    assert bob.lines() == ["PRIV alice: two"]


def test_before_nick_no_command_is_free_either() -> None:
    world = World(flood=Rate(5, 2))
    client = world.connect()
    client.send_bytes(b"NICK 1\n" * 10)
    assert len([line for line in client.lines() if "ERR 432" in line]) == 5
