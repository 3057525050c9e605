"""KICK, MUTE and what undoes it; who may; what is kept of it."""

from __future__ import annotations

import pytest
from twisted.logger import capturedLogs

from twisted_chat.hub import Stored
from twisted_chat.names import TEXT_LENGTH

from .kept import Kept
from .support import PASSWORD, START, World, ask, member, refused, skip

FAR = "192.0.2.7"


@pytest.fixture
def store() -> Kept:
    return Kept()


@pytest.fixture
def world(store: Kept) -> World:
    return World(store=store, operators=frozenset({"root", "adam"}))


# Who may


@pytest.mark.parametrize(
    "line",
    [
        "KICK root",
        "MUTE root",
        "BAN root",
        "UNBAN root",
        "UNMUTE root",
        "BANS",
        "KICK #lobby root",
    ],
)
def test_a_mere_member_moderates_nothing(world: World, line: str) -> None:
    member(world, "root")
    assert refused(member(world, "bob"), line) == 482


def test_announcing_is_for_operators(world: World) -> None:
    root, bob = member(world, "root"), member(world, "bob")
    assert refused(bob, "ANNOUNCE hi") == 481
    assert refused(root, "ANNOUNCE") == 412
    assert refused(root, f"ANNOUNCE {'x' * (TEXT_LENGTH + 1)}") == 417
    skip(bob)
    root.send("ANNOUNCE tea\x1b[2J is ready")
    assert bob.lines() == ["* Announcement by root: tea[2J is ready"]


def test_an_operator_logged_out_is_none(world: World) -> None:
    root = member(world, "root")
    root.send(f"UNREGISTER {PASSWORD}")
    assert refused(root, "ANNOUNCE hi") == 481


@pytest.mark.parametrize("line", ["KICK root", "MUTE root", "BAN root"])
def test_an_owner_does_nothing_to_an_operator(world: World, line: str) -> None:
    alice = member(world, "alice", "#dev")
    member(world, "root", "#dev")
    assert refused(alice, line) == 481


# Kicking


def test_an_operator_kicks_out_of_the_chat(world: World) -> None:
    root, bob, carol = member(world, "root"), world.enter("bob"), world.enter("carol")
    skip(bob, carol)
    root.send("KICK bob enough")
    assert bob.lines() == ["* bob was kicked out of the chat by root (enough)"]
    assert bob.closed
    assert carol.lines() == ["* bob left the chat! (kicked by root: enough)"]
    assert ask(world.enter("bob"), "MSG back") == []


def test_all_sessions_are_kicked(world: World) -> None:
    root, bob = member(world, "root"), member(world, "bob")
    again = world.connect()
    again.send(f"LOGIN bob {PASSWORD}")
    root.send("KICK bob")
    assert bob.closed
    assert again.closed
    assert "bob" not in world.hub.users


def test_an_owner_kicks_out_of_the_room(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), world.enter("bob")
    bob.send("JOIN #dev")
    skip(bob)
    assert ask(alice, "KICK bob off topic") == [
        "* bob was kicked out of #dev by alice (off topic)"
    ]
    assert bob.lines() == ["* bob was kicked out of #dev by alice (off topic)"]
    assert bob.connection.session.room is world.room("#lobby")
    assert refused(alice, "KICK bob") == 441
    assert refused(alice, "KICK nobody") == 401
    assert refused(alice, "KICK") == 461
    bob.send("JOIN #dev", "FORMAT json")
    skip(bob)
    alice.send("KICK #dev bob")
    [event] = bob.events()
    del event["at"]
    assert event == {
        "event": "kick",
        "room": "#dev",
        "nick": "bob",
        "by": "alice",
        "reason": "",
    }


def test_the_kicked_says_nothing_more(world: World) -> None:
    root, bob, carol = member(world, "root"), world.enter("bob"), world.enter("carol")
    root.send("KICK bob")
    skip(carol)
    bob.send("MSG wait", "PRIV carol wait")
    assert carol.lines() == []


# Muting


def test_a_muted_person_is_silent_everywhere(world: World) -> None:
    root, bob, carol = member(world, "root"), world.enter("bob"), world.enter("carol")
    bob.send("JOIN #dev")
    assert ask(root, "MUTE bob 1h spam") == [
        "* bob is muted until 2023-11-14 23:14 UTC: spam"
    ]
    for line in ("MSG hi", "ME waves", "PRIV carol hi", "TOPIC hi", "INVITE carol"):
        assert refused(bob, line) == 404
    bob.send("NICK robert")
    assert refused(bob, "MSG hi") == 404
    assert ask(bob, "PRIV root why?") == []
    world.advance(3601, step=600)
    assert ask(bob, "MSG hi") == ["* You are no longer muted"]
    assert not world.room("#dev").restricted
    skip(carol)


def test_unmuting(world: World) -> None:
    root, bob = member(world, "root"), world.enter("bob")
    root.send("MUTE bob")
    assert refused(bob, "MSG hi") == 404
    bob.send("NICK robert")
    assert ask(root, "UNMUTE robert") == ["* bob is no longer muted"]
    assert ask(bob, "MSG hi") == []
    assert refused(root, "UNMUTE robert") == 440
    assert not world.room("#lobby").restricted


def test_a_mute_outlives_a_connection(world: World) -> None:
    root, bob = member(world, "root"), world.enter("bob", host=FAR)
    root.send("MUTE bob", f"MUTE {FAR}/24")
    bob.send("QUIT")
    assert refused(world.enter("bob", host="198.51.100.1"), "MSG hi") == 404
    assert refused(world.enter("other", host="192.0.2.99"), "MSG hi") == 404


def test_a_muted_ones_last_words_are_not_shown(world: World) -> None:
    root, bob, carol = member(world, "root"), world.enter("bob"), world.enter("carol")
    root.send("MUTE bob")
    skip(carol)
    bob.send("QUIT this is censorship")
    assert carol.lines() == ["* bob left the chat!"]


def test_an_owner_mutes_in_the_room(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), world.enter("bob")
    bob.send("JOIN #dev")
    skip(alice)
    assert ask(alice, "MUTE bob 10m") == ["* #dev has a mute: bob (alice)"]
    assert refused(bob, "MSG hi") == 404
    bob.send("JOIN #lobby")
    assert ask(bob, "MSG hi") == []
    bob.send("JOIN #dev")
    alice.send("UNMUTE bob")
    assert ask(bob, "MSG hi") == []


def test_operators_are_never_muted(world: World) -> None:
    root, adam = member(world, "root"), member(world, "adam")
    root.send("MUTE 127.0.0.1")
    assert ask(adam, "MSG hi") == []
    assert refused(world.enter("bob"), "MSG hi") == 404


# What is kept


def test_what_is_decided_is_kept(world: World, store: Kept) -> None:
    root, alice = member(world, "root"), member(world, "alice", "#dev")
    alice.send("MUTE bob")
    root.send(f"BAN {FAR} 1d spam", "BAN carol", "UNBAN carol")
    again = World(store=store)
    again.hub.load(store.stored())
    assert again.connect(host=FAR).closed
    bob = again.enter("bob")
    bob.send("JOIN #dev")
    assert refused(bob, "MSG hi") == 404
    later = World(store=store)
    later.wall_offset += 86_401
    later.hub.load(Stored(bans=store.bans()))
    assert not later.connect(host=FAR).closed
    assert [ban.kind for ban in store.bans()] == ["mute"]


def test_changes_are_in_the_audit(world: World, store: Kept) -> None:
    root, alice = member(world, "root"), member(world, "alice", "#dev")
    world.enter("bob")
    with capturedLogs() as logs:
        root.send("KICK bob rude", "BAN bob 1h", "ANNOUNCE hi")
        alice.send("ROOM key hush", "OWNER root")
    entries = store.audit_entries(10)
    assert [entry[1:] for entry in entries] == [
        ("root", "KICK", "", "bob", "rude"),
        ("root", "BAN", "", "bob", "until 2023-11-14 23:14 UTC"),
        ("root", "ANNOUNCE", "", "", "hi"),
        ("alice", "ROOM", "#dev", "key", "on"),
        ("alice", "ROOM", "#dev", "owner", "+root"),
    ]
    assert entries[0].at == START
    assert sum("audit" in entry.get("log_format", "") for entry in logs) == 5
    assert "hush" not in str(logs)


def test_refusals_are_not(world: World, store: Kept) -> None:
    root = member(world, "root")
    for line in ("KICK nobody", "BAN 0.0.0.0/0", "UNBAN bob"):
        root.send(line)
    assert store.audit_entries(10) == []
