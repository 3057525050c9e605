"""Who half-closes, vanishes or reads nothing leaves the line door once."""

from __future__ import annotations

import pytest

from twisted_chat.doors import base
from twisted_chat.limits import Rate
from twisted_chat.wire import BufferedWire

from .support import BUFFER, World, skip


def test_who_half_closes_is_served_and_leaves() -> None:
    world = World()
    alice = world.enter("alice")
    netcat = world.connect()
    netcat.bytes()
    netcat.send_bytes(b"NICK nc\nECHO on\nMSG hello\nPING 1\nMSG the end")
    netcat.half_close()
    assert netcat.lines()[-3:] == ["nc: hello", "PONG 1", "nc: the end"]
    assert netcat.closed
    assert alice.lines() == [
        "* nc joined the chat!",
        "nc: hello",
        "nc: the end",
        "* nc left the chat!",
    ]


def test_who_half_closes_is_served_also_at_the_pace_of_the_flood_limit() -> None:
    world = World(flood=Rate(5, 2))
    alice = world.enter("alice")
    netcat = world.connect()
    netcat.send_bytes(b"NICK nc\n" + b"".join(b"MSG %d\n" % n for n in range(15)))
    netcat.half_close()
    world.advance(4)
    assert not netcat.closed
    assert "* nc left the chat!" not in alice.lines()
    world.advance(4)
    assert netcat.closed
    lines = alice.lines()
    assert lines[-2:] == ["nc: 14", "* nc left the chat!"]


def test_who_half_closes_and_reads_slowly_gets_everything() -> None:
    world = World()
    netcat = world.enter("nc")
    netcat.transport.stall()
    for number in range(40):
        netcat.send(f"PING {number:01000}")
    netcat.half_close()
    world.turn()
    netcat.connection.readConnectionLost()
    world.advance(5)
    got = b""
    while netcat.transport.buffer:
        got += netcat.transport.take(1000)
        world.turn()
    assert got.count(b"PONG") == 40
    assert netcat.closed


def test_who_half_closes_behind_much_that_waits_is_served_to_the_end() -> None:
    world = World(flood=Rate(5, 2))
    bob, alice = world.enter("bob"), world.enter("alice")
    world.advance(60)
    skip(bob)
    alice.send_bytes(b"".join(b"MSG %d %b\n" % (n, b"x" * 500) for n in range(40)))
    alice.send_bytes(b"MSG without an end")
    alice.half_close()
    world.advance(60)
    heard = bob.lines()
    assert len(heard) == 42
    assert heard[-2:] == ["alice: without an end", "* alice left the chat!"]


def test_who_has_half_closed_is_read_no_more() -> None:
    """A socket at its end is always ready: it would be read again and again."""
    world = World(flood=Rate(5, 2))
    alice = world.enter("alice")
    alice.send_bytes(b"PING\n" * 20)
    alice.half_close()
    assert not alice.transport.reading
    alice.connection.end("")
    assert not alice.transport.reading


# Slow readers


def test_who_stops_reading_is_dropped_and_nobody_is_delayed() -> None:
    world = World(send_queue=4096)
    alice, bob, slow = world.enter("alice"), world.enter("bob"), world.enter("slow")
    skip(alice, bob)
    slow.transport.stall()
    text = "x" * 1000
    count = 0
    while not slow.closed:
        alice.send(f"MSG {count} {text}")
        count += 1
        assert count < 200
        if bob.lines()[0] != f"alice: {count - 1} {text}":
            raise AssertionError("bob waits")
        assert slow.connection.wire.unsent <= 4096
        assert len(slow.transport.buffer) < BUFFER + 2000
    assert alice.lines() == ["* slow left the chat! (send queue exceeded)"]
    assert slow.transport.aborted


def test_who_vanishes_leaves_once() -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    for person in (alice, bob):
        person.send("JOIN #a", "JOIN #b")
    skip(alice)
    bob.send("MSG last words")
    bob.reset()
    assert alice.lines() == [
        "#b bob: last words",
        "* bob left the chat! (connection lost)",
    ]
    assert world.hub.sessions.keys() == {alice.connection.session.id}


def test_many_resets_at_once_disturb_nobody() -> None:
    world = World()
    alice = world.enter("alice")
    crowd = [world.enter(f"n{number}") for number in range(300)]
    alice.lines()
    for client in crowd:
        client.send("MSG x")
        client.reset()
    alice.send("ECHO on", "MSG still here")
    assert "alice: still here" in alice.lines()
    world.advance(2)
    assert list(world.hub.users) == ["alice"]
    assert len(world.door.connections) == 1


def test_who_quits_and_reads_nothing_is_gone_after_a_while() -> None:
    """It is in no count any more, so it must not keep a descriptor."""
    world = World()
    alice = world.enter("alice")
    alice.transport.stall()
    for number in range(80):
        alice.send(f"PING {number:01000}")
    alice.send("QUIT")
    world.advance(59)
    assert not alice.closed
    world.advance(2)
    assert alice.transport.aborted
    assert alice.closed
    assert not world.door.connections


def test_unread_input_does_not_take_the_last_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only our half closes, for a while, and what still comes is thrown away."""
    monkeypatch.setattr(BufferedWire, "half_closes", True)
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("QUIT")
    world.turn()
    assert alice.transport.write_closed
    assert alice.transport.connected
    assert alice.transport.reading
    bob.bytes()
    alice.send("MSG too late")
    assert bob.lines() == []
    alice.half_close()
    assert alice.closed
    bob.send("QUIT")
    world.turn()
    world.advance(base.LINGER + 0.1)
    assert bob.transport.aborted
