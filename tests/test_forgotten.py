"""Who has left is not kept in memory by those who remember them."""

from __future__ import annotations

import gc

import pytest

from twisted_chat.hub import User

from .support import Client, World, refused, skip


def kept(world: World) -> list[str]:
    """The nicks of all people of `world` that are in memory, here or not."""
    gc.collect()
    return sorted(
        thing.nick
        for thing in gc.get_objects()
        if isinstance(thing, User) and thing.hub is world.hub
    )


def leave(world: World, client: Client) -> None:
    client.send("QUIT")
    assert client.closed
    world.advance(20)


def test_nobody_replies_to_who_has_left() -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("PRIV bob psst")
    leave(world, alice)
    assert refused(bob, "REPLY who are you?") == 401
    again = world.enter("alice")
    assert refused(bob, "REPLY is it you?") == 401, "another one under that nick"
    assert again.lines() == []


@pytest.mark.parametrize("others", [3, 30])
def test_who_wrote_to_whom_is_no_chain_of_people_kept(others: int) -> None:
    world = World()
    bob = world.enter("bob")
    before = world.enter("n0")
    for number in range(1, others):
        after = world.enter(f"n{number}")
        before.send(f"PRIV n{number} psst")
        leave(world, before)
        skip(bob)
        before = after
    here = kept(world)
    assert {"bob", f"n{others - 1}"} <= set(here)
    assert len(here) <= 3, "at most who wrote last to one who is here"
    leave(world, before)
    del before, after
    assert kept(world) == ["bob"]


def test_whom_they_ignored_is_forgotten_with_them() -> None:
    world = World()
    bob = world.enter("bob")
    for number in range(10):
        client = world.enter(f"n{number}")
        client.send("IGNORE bob")
        leave(world, client)
        del client
    skip(bob)
    assert kept(world) == ["bob"]
    again = world.enter("n1")
    skip(bob)
    bob.send("MSG hi", "NICK rob", "MSG hi")
    assert [line for line in again.lines() if line.endswith(": hi")] == [
        "bob: hi",
        "rob: hi",
    ]
