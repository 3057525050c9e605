"""Several connections of one person are one person."""

from __future__ import annotations

from .support import PASSWORD, Client, World, member, skip


def second(world: World, nick: str = "alice") -> Client:
    """One more session of somebody registered, who has read its greeting."""
    client = world.connect()
    client.lines()
    client.send(f"LOGIN {nick} {PASSWORD}")
    return client


def test_a_second_session_joins_the_first(world: World) -> None:
    alice, bob = member(world, "alice"), world.enter("bob")
    alice.send("JOIN #dev")
    skip(alice, bob)
    again = second(world)
    assert again.user is alice.user
    assert again.lines() == [
        "* You are now known as alice",
        "* You are logged in as alice",
        "* In #lobby: alice, bob",
        "* alice joined #dev",
        "* In #dev: alice",
    ]
    assert bob.lines() == alice.lines() == []


def test_both_sessions_hear_the_same(world: World) -> None:
    alice, bob = member(world, "alice"), world.enter("bob")
    again = second(world)
    skip(alice, bob, again)
    bob.send("MSG hi", "PRIV alice psst")
    assert alice.lines() == again.lines() == ["bob: hi", "PRIV bob: psst"]
    again.send("MSG hello", "PRIV bob yes")
    assert alice.lines() == ["alice: hello", "PRIV alice: yes"]
    assert again.lines() == []
    assert bob.lines() == ["alice: hello", "PRIV alice: yes"]


def test_joining_is_for_all_sessions(world: World) -> None:
    alice, bob = member(world, "alice"), world.enter("bob")
    bob.send("JOIN #dev")
    again = second(world)
    skip(alice, again, bob)
    again.send("JOIN #dev")
    assert alice.lines() == again.lines()
    assert bob.lines() == ["* alice joined #dev"]
    alice.send("MSG in the lobby")
    again.send("MSG in dev")
    assert bob.lines() == ["alice: in the lobby", "#dev alice: in dev"]
    skip(alice, again)
    alice.send("PART #dev")
    assert again.connection.session.room is world.room("#lobby")
    assert bob.lines() == ["* alice left #dev"]
    assert "* alice left #dev" in again.lines()


def test_one_leave_when_the_last_session_goes(world: World) -> None:
    alice, bob = member(world, "alice"), world.enter("bob")
    again = second(world)
    skip(bob)
    alice.send("QUIT")
    assert bob.lines() == []
    bob.send("MSG still there?")
    assert "bob: still there?" in again.lines()
    again.reset()
    assert bob.lines() == ["* alice left the chat! (connection lost)"]


def test_a_guest_with_a_present_account_joins_it(world: World) -> None:
    alice, bob = member(world, "alice"), world.enter("bob")
    guest = world.enter("guest")
    guest.send("JOIN #dev")
    skip(bob)
    guest.send(f"LOGIN alice {PASSWORD}")
    assert guest.user is alice.user
    assert bob.lines() == ["* guest left the chat! (is alice)"]
    assert "#dev" not in world.hub.rooms
    skip(guest)
    bob.send("MSG hi")
    assert guest.lines() == ["bob: hi"]


def test_ignoring_is_for_all_sessions(world: World) -> None:
    alice, bob = member(world, "alice"), world.enter("bob")
    alice.send("IGNORE bob")
    bob.send("IGNORE alice")
    again = second(world)
    skip(alice, bob, again)
    bob.send("MSG one")
    assert again.lines() == []
    again.send("MSG two")
    assert bob.lines() == []


def test_renaming_is_for_all_sessions(world: World) -> None:
    alice, bob = member(world, "alice"), world.enter("bob")
    again = second(world)
    skip(alice, again, bob)
    again.send("NICK alicia")
    assert alice.lines() == again.lines() == ["* You are now known as alicia"]
    assert bob.lines() == ["* alice is now known as alicia"]
    third = second(world)
    assert third.user.nick == "alicia"


def test_sessions_are_limited(world: World) -> None:
    member(world, "alice")
    sessions = [second(world) for _ in range(20)]
    assert sessions[-1].lines()[0].startswith("ERR 463 ")
    assert sessions[-2].user.account == "alice"
