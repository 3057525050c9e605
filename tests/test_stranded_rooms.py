"""Who comes back from a node that was cut off is in the rooms that they may be in."""

from __future__ import annotations

import pytest

from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import Seat, SessionId

from .irc_support import Network
from .stranded_support import FAR, HOST, Cut, cut_world, open_rooms, rooms_of
from .support import Client, World

# How the log behaves is said here test by test.
pytestmark = pytest.mark.at_once


def test_a_room_that_they_had_left_stays_left() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("JOIN #a", "PART #lobby")
    cut.off()
    cut.on()
    assert rooms_of(world, "alice") == ["#a"]


def test_a_guest_has_the_voice_and_the_rooms_that_they_had() -> None:
    world, cut = cut_world()
    open_rooms(cut, "#a", "#b", "#c")
    alice = world.enter("alice")
    alice.send("JOIN #mine", "JOIN #a", "JOIN #b")
    cut.apply(e.Join(FAR, "#mine", ""))
    cut.apply(e.SetRule(FAR, "#a", "moderated", "on"))
    cut.apply(e.SetVoice(FAR, "#a", "alice", True))
    since = world.hub.users["alice"].since
    world.clock.advance(60)
    cut.off()
    assert not world.hub.rooms["#mine"].rules.guest_owners
    cut.on()
    user, rooms = world.hub.users["alice"], world.hub.rooms
    assert user.since == since
    ranks = {key: rooms[key].rules.rank(user) for key in user.rooms}
    assert ranks == {"#lobby": "", "#mine": "owner", "#a": "voice", "#b": ""}
    alice.send("JOIN #a", "MSG heard")
    assert [m.text for m in rooms["#a"].tail.messages] == ["heard"]


def test_a_guest_who_has_registered_since_or_never_had_it_gets_nothing() -> None:
    """Who comes back is who they were; a room of the same name is another one."""
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("JOIN #mine")
    cut.off()
    world.clock.advance(5)
    open_rooms(cut, "#mine")
    cut.on()
    alice.send("JOIN #mine")
    assert world.hub.rooms["#mine"].rules.rank(world.hub.users["alice"]) == ""


def test_who_was_invited_still_is() -> None:
    world, cut = cut_world()
    open_rooms(cut, "#a")
    alice = world.enter("alice")
    cut.apply(e.SetRule(FAR, "#a", "locked", "on"))
    cut.apply(e.Invite(FAR, "#a", "alice"))
    cut.off()
    cut.on()
    alice.send("JOIN #a")
    assert "#a" in world.hub.users["alice"].rooms


def test_a_seat_of_no_name_is_none() -> None:
    world, cut = cut_world()
    entry = e.Return(
        SessionId(9, 5), HOST, True, True, "eve", "", "", "", False,
        (Seat("nonsense", 0.0),), (), "0123456789",
    )  # fmt: skip
    cut.apply(entry)
    assert rooms_of(world, "eve") == []


def test_irc_shows_the_rooms_anew() -> None:
    world = Network()
    cut = Cut(world)
    alice = world.irc("alice")
    alice.send("JOIN #a")
    alice.lines()
    cut.off()
    cut.on()
    lines = alice.lines()
    for room in ("#lobby", "#a"):
        assert sum(f" JOIN {room}" in line for line in lines) == 1, lines
        assert any(f" 366 alice {room} " in line for line in lines)
    assert not any(" 001 " in line or " PART " in line for line in lines)


# Rooms whose rules have changed


def closed_room() -> tuple[World, Cut, Client, Client]:
    """Alice, who is cut off, was in Root's room, who is not."""
    world, cut = cut_world(operators=frozenset())
    alice = world.enter("alice")
    cut.elsewhere("root")
    cut.apply(e.Register(FAR, "root", "hash", b"abc"))
    cut.apply(e.Join(FAR, "#a", ""))
    alice.send("JOIN #a")
    bob = world.enter("bob")
    bob.send("JOIN #a")
    alice.lines()
    return world, cut, alice, bob


@pytest.mark.parametrize(("rule", "value"), [("locked", "on"), ("key", "word")])
def test_who_was_in_a_room_may_be_there(rule: str, value: str) -> None:
    world, cut, _, _ = closed_room()
    cut.off()
    cut.apply(e.SetRule(FAR, "#a", rule, value))
    cut.on()
    assert rooms_of(world, "alice") == ["#lobby", "#a"]


def test_a_room_that_has_become_full_is_full() -> None:
    world, cut, alice, _ = closed_room()
    cut.off()
    cut.apply(e.SetRule(FAR, "#a", "limit", "2"))
    cut.on()
    # Alice was the first to come back, Bob finds it full.
    assert rooms_of(world, "alice") == ["#lobby", "#a"]
    assert rooms_of(world, "bob") == ["#lobby"]
    assert not any("full" in line for line in alice.lines())


def test_who_was_banned_from_a_room_is_told() -> None:
    world, cut, alice, _ = closed_room()
    cut.off()
    cut.apply(e.Restrain(FAR, "ban", "#a", "alice", 0, "spam"))
    cut.on()
    assert rooms_of(world, "alice") == ["#lobby"]
    assert "* You are banned from #a: spam" in alice.lines()


def test_a_room_that_nobody_may_enter_stays_closed() -> None:
    world, cut = cut_world()
    owner, alice = world.enter("owner"), world.enter("alice")
    owner.send("REGISTER long-enough", "JOIN #a")
    alice.send("JOIN #a")
    cut.elsewhere("root")
    cut.apply(e.Register(FAR, "root", "hash", b"abc"))
    cut.apply(e.SetOperator("root", True))
    cut.apply(e.Restrain(FAR, "ban", "#a", "alice", 0, "spam", False))
    cut.off()
    owner.reset()
    world.turn()
    cut.on()
    assert rooms_of(world, "alice") == ["#lobby"]
    assert list(world.hub.rooms) == ["#lobby"]


def test_another_room_of_that_name_is_another_room() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("JOIN #a")
    cut.off()
    world.advance(5)
    cut.elsewhere("root")
    cut.apply(e.Register(FAR, "root", "hash", b"abc"))
    cut.apply(e.Join(FAR, "#a", ""))
    cut.apply(e.SetRule(FAR, "#a", "key", "word"))
    cut.on()
    assert rooms_of(world, "alice") == ["#lobby"]
    assert [user.nick for user in world.hub.rooms["#a"].members] == ["root"]


def test_all_of_a_locked_room_come_back_into_it() -> None:
    world, cut = cut_world()
    alice, bob, carol = (world.enter(nick) for nick in ("alice", "bob", "carol"))
    alice.send("REGISTER long-enough", "JOIN #a")
    for client in (bob, carol):
        client.send("JOIN #a")
    alice.send("ROOM #a lock")
    cut.off()
    world.advance(5)
    world.hub.stranded._strandings = dict(  # whose return comes first is all the same
        reversed(world.hub.stranded._strandings.items())
    )
    cut.on()
    assert {user.nick for user in world.hub.rooms["#a"].members} == {
        "alice",
        "bob",
        "carol",
    }
