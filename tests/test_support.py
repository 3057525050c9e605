"""The helpers do what they say."""

from __future__ import annotations

from .support import World


def test_two_people_talk() -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    assert alice.lines() == ["* bob joined the chat!"]
    alice.send("MSG hello")
    assert bob.lines() == ["alice: hello"]
    assert alice.lines() == []


def test_a_stalled_peer_takes_what_it_is_told_to() -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    bob.transport.stall()
    alice.send("MSG hello")
    assert bob.lines() == []
    assert bob.transport.take(5) == b"alice"
    assert bob.transport.take() == b": hello\n"


def test_quit_closes() -> None:
    world = World()
    alice = world.enter("alice")
    alice.send("QUIT")
    assert alice.closed
