"""STAY: who keeps rooms and nick without a connection."""

from __future__ import annotations

import pytest

from twisted_chat.hub.retention import purge
from twisted_chat.hub.staying import LONGEST
from twisted_chat.outcomes import run

from .kept import Kept
from .support import PASSWORD, Client, World, ask, member, refused, skip


@pytest.fixture
def world() -> World:
    return World()


def login(world: World, nick: str) -> Client:
    client = world.connect()
    client.send(f"LOGIN {nick} {PASSWORD}")
    return client


def stayer(world: World, nick: str, *rooms: str) -> None:
    """Somebody who stays, in these rooms, and is away."""
    client = member(world, nick, *rooms)
    client.send("STAY on", "QUIT")
    client.bytes()


def test_they_keep_their_rooms_and_are_shown_as_away(world: World) -> None:
    alice = member(world, "alice", "#dev")
    alice.send("MSG before", "FORMAT json")
    bob = member(world, "bob", "#dev")
    skip(alice)
    bob.send("STAY on", "QUIT")
    [event] = alice.events()
    assert (event["event"], event["nick"], event["text"]) == ("away", "bob", "away")
    alice.send("FORMAT text")
    for room in ("#dev", "#lobby"):
        assert ask(alice, f"WHO {room}") == [f"* In {room}: alice, bob (away)"]
    alice.send("MSG one", "FORMAT json")
    bob = login(world, "bob")
    lines = bob.lines()
    assert "* In #dev: alice, bob" in lines
    assert lines[-2:] != []
    assert [line for line in lines if line.endswith("#dev alice: one")]
    assert "* New to you in #dev:" in lines
    assert [e["text"] for e in alice.events() if e["event"] == "away"] == [""]
    assert world.hub.users["bob"].rooms.keys() == {"#lobby", "#dev"}


def test_nobody_else_is_them(world: World) -> None:
    stayer(world, "bob", "#dev")
    thief = world.connect()
    thief.bytes()
    assert refused(thief, "NICK bob") == 433
    assert refused(thief, "NICK b0b") == 433
    assert refused(thief, "LOGIN bob wrong-word") == 464
    other = member(world, "other", "#dev")
    assert refused(other, "NICK bob") == 433


def test_what_is_written_to_them_waits(world: World) -> None:
    alice = member(world, "alice")
    stayer(world, "bob")
    skip(alice)
    assert alice.ask("PRIV bob psst") == ["* bob is away: away"]
    assert [each.total for each in world.hub.waiting] == [1]
    bob = login(world, "bob")
    assert [line for line in bob.lines() if line.endswith("PRIV alice: psst")]
    assert not list(world.hub.waiting)


def test_they_count_in_no_limit(world: World) -> None:
    alice = member(world, "alice", "#dev")
    alice.send("ROOM #dev limit 2")
    stayer(world, "bob", "#dev")
    stayer(world, "carol", "#dev")
    dave = member(world, "dave", "#dev")
    assert dave.user in world.room("#dev").members
    assert refused(world.enter("eve"), "JOIN #dev") == 471
    assert len(world.hub.sessions) == 3


def test_it_ends_after_thirty_days(world: World) -> None:
    stayer(world, "bob", "#dev")
    alice = member(world, "alice", "#dev")
    world.wall_offset += LONGEST - 10
    run(purge(world.hub))
    world.settle()
    assert "bob" in world.hub.users
    world.wall_offset += 20
    skip(alice)
    run(purge(world.hub))
    world.settle()
    assert "bob" not in world.hub.users
    assert "* bob left the chat! (stayed away)" in alice.lines()
    bob = login(world, "bob")
    assert bob.user.rooms.keys() == {"#lobby"}


@pytest.mark.parametrize(
    "line", ["KICK bob", "BAN bob", "KICK #dev bob"], ids=["kick", "ban", "room"]
)
def test_who_is_thrown_out_is_out(world: World, line: str) -> None:
    stayer(world, "bob", "#dev")
    alice = member(world, "alice", "#dev")
    world.hub.identities.set_operator("alice", True)
    alice.send("JOIN #dev", line)
    if "#dev" in line:
        assert world.hub.users["bob"].rooms.keys() == {"#lobby"}
    else:
        assert "bob" not in world.hub.users
        assert "bob" not in world.room("#dev").roster(0.0)


def test_who_is_here_is_thrown_out_too(world: World) -> None:
    alice = member(world, "alice")
    world.hub.identities.set_operator("alice", True)
    bob = member(world, "bob")
    bob.send("STAY on")
    alice.send("KICK bob")
    assert "bob" not in world.hub.users


def test_a_removed_account_stays_no_more(world: World) -> None:
    stayer(world, "bob", "#dev")
    world.hub.identities.unregister("bob", "00000000aa")
    assert "bob" not in world.hub.users
    assert "#dev" not in world.hub.rooms
    member(world, "bob")


def test_it_can_be_left_off_again(world: World) -> None:
    assert refused(world.enter("guest"), "STAY on") == 464
    bob = member(world, "bob")
    bob.send("STAY on", "STAY off", "QUIT")
    assert "bob" not in world.hub.users


@pytest.mark.parametrize("orderly", [True, False], ids=["stopped", "killed"])
def test_they_are_there_after_a_restart(orderly: bool) -> None:
    store = Kept()
    world = World(store=store)
    bob = member(world, "bob", "#dev")
    bob.send("STAY on", "JOIN #other", "PART #dev", "NICK bobby", "IGNORE nobody")
    owner = member(world, "owner", "#mine")
    owner.send("ROOM #mine lock", "STAY on")
    if orderly:
        bob.send("QUIT")
        owner.send("QUIT")
    store.turn()
    store.clock.advance(1)
    again = World(store=store)
    again.hub.load(store.stored())
    assert {nick: list(u.rooms) for nick, u in again.hub.users.items()} == {
        "bobby": ["#lobby", "#other"],
        "owner": ["#lobby", "#mine"],
    }
    assert all(user.away == "away" for user in again.hub.users.values())
    bob = login(again, "bob")
    assert bob.user.nick == "bobby"
    assert refused(again.enter("eve"), "JOIN #mine") == 473


def visit(world: World, nick: str) -> Client:
    """Somebody comes for one command, as by ssh."""
    client = world.connect()
    session = client.connection.session
    world.hub.authentication.identify(session, nick, PASSWORD)
    world.settle()
    session.visit(nick, [])
    world.settle()
    assert session.me.nick == nick
    return client


def test_a_visit_for_one_command_ends_nothing(world: World) -> None:
    """And takes nothing of what waits."""
    alice = member(world, "alice", "#dev")
    stayer(world, "bob", "#dev")
    alice.send("PRIV bob psst")
    skip(alice)
    since = world.hub.users["bob"].absent_since
    world.advance(5)
    visitor = visit(world, "bob")
    visitor.send("QUIT")
    assert not [line for line in visitor.lines() if "PRIV" in line]
    assert alice.lines() == []
    assert world.hub.users["bob"].absent_since == since
    assert list(world.hub.waiting)
    bob = login(world, "bob")
    assert [line for line in bob.lines() if line.endswith("PRIV alice: psst")]


def test_who_only_visits_does_not_stay(world: World) -> None:
    stayer(world, "bob", "#dev")
    world.hub.staying.end(world.hub.users["bob"], "gone")
    visitor = visit(world, "bob")
    visitor.send("QUIT")
    assert "bob" not in world.hub.users
    bob = login(world, "bob")
    bob.send("QUIT")
    assert "bob" in world.hub.users


def test_a_snapshot_has_them() -> None:
    world = World()
    stayer(world, "bob", "#dev")
    again = World()
    again.hub.restore(world.hub.snapshot())
    assert again.hub.snapshot() == world.hub.snapshot()
    bob = login(again, "bob")
    assert bob.user.rooms.keys() == {"#lobby", "#dev"}
    assert not bob.user.absent_since
