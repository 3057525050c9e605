"""A node that was cut off comes back, and its people as they were."""

from __future__ import annotations

import pytest

from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import SessionId

from .stranded_support import (
    BACK,
    FAR,
    HOST,
    LOST,
    cut_world,
    late,
    open_rooms,
    rooms_of,
)
from .support import PASSWORD

# How the log behaves is said here test by test.
pytestmark = pytest.mark.at_once


def test_people_come_back_as_they_were() -> None:
    world, cut = cut_world()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("JOIN #a", "JOIN #b", "JOIN #lobby", "AWAY tea", "IGNORE bob")
    before = world.hub.snapshot()
    cut.off()
    assert not world.hub.sessions
    assert not world.hub.users
    assert list(world.hub.rooms) == ["#lobby"]
    cut.on()
    after = world.hub.snapshot()
    assert [session.id.node for session in after.sessions] == [2, 2]
    for was, now in zip(before.people, after.people, strict=True):
        same = was._replace(
            sessions=now.sessions,
            since=now.since,
            spoke=now.spoke,
            rooms=now.rooms,
            author=now.author,
        )
        assert now == same
        assert sorted(now.rooms) == sorted(was.rooms)
    assert [room.since for room in after.rooms] == [room.since for room in before.rooms]
    assert not alice.closed
    assert not bob.closed


def test_the_person_is_told_and_goes_on_where_they_were() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("JOIN #a", "JOIN #b", "JOIN #a")
    alice.lines()
    cut.off()
    assert alice.lines() == [LOST]
    cut.on()
    assert BACK in alice.lines()
    bob = world.enter("bob")
    bob.send("JOIN #a")
    bob.lines()
    alice.send("MSG still in the same room")
    assert bob.lines() == ["#a alice: still in the same room"]


def test_who_has_no_nick_is_connected_anew() -> None:
    world, cut = cut_world()
    new = world.connect()
    new.lines()
    cut.off()
    cut.on()
    assert new.lines() == [LOST, BACK]
    assert "alice" in new.ask("NICK alice")[0]
    assert rooms_of(world, "alice") == ["#lobby"]


def test_who_went_meanwhile_does_not_come_back() -> None:
    world, cut = cut_world()
    alice, bob = world.enter("alice"), world.enter("bob")
    listener = alice.connection.listener
    world.hub.monitor.add(listener, "carol")
    cut.off()
    alice.reset()
    world.turn()
    assert not world.hub.monitor.nicks(listener)
    cut.on()
    assert list(world.hub.users) == ["bob"]
    assert not bob.closed


def test_they_ignore_whom_they_did() -> None:
    world, cut = cut_world()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.send("IGNORE bob")
    cut.off()
    cut.on()
    alice.lines()
    bob.send("MSG hi")
    assert alice.lines() == []


@pytest.mark.parametrize("account", [False, True], ids=["guest", "account"])
def test_what_they_wrote_as_a_guest_is_theirs_still(account: bool) -> None:
    world, cut = cut_world()
    open_rooms(cut)
    alice = world.enter("alice")
    alice.send("MSG helo")
    if account:
        alice.send(f"REGISTER {PASSWORD}", "MSG with an account")
    cut.off()
    world.clock.advance(5)
    cut.on()
    alice.send("EDIT 1 hello", *(["EDIT 2 changed"] if account else []))
    world.advance(1)
    tail = world.room().tail.messages
    assert [m.text for m in tail] == ["hello", "changed"][: 1 + account]
    user = world.hub.users["alice"]
    assert (user.author > 0) is account


@pytest.mark.parametrize("where", ["elsewhere", "here"])
def test_they_reply_to_who_wrote_to_them(where: str) -> None:
    """Also where that one has come back after them."""
    world, cut = cut_world()
    alice = world.enter("alice")
    if where == "elsewhere":
        cut.elsewhere("carol")
        cut.apply(e.Whisper(FAR, ("alice",), "psst", "message"))
    else:
        world.enter("carol").send("PRIV alice psst")
    cut.off()
    log = late(world)
    cut.on()
    log.run()
    writer = world.hub.users["alice"].last_writer
    assert writer is world.hub.users["carol"]
    assert alice.lines()


def test_who_has_another_s_nick_now_is_not_written_to() -> None:
    world, cut = cut_world()
    world.enter("alice")
    cut.elsewhere("carol")
    cut.apply(e.Whisper(FAR, ("alice",), "psst", "message"))
    cut.off()
    cut.apply(e.Disconnect(FAR, ""))
    cut.elsewhere("carol", SessionId(9, 2))
    cut.on()
    assert world.hub.users["alice"].last_writer is None


@pytest.mark.parametrize("gone", [False, True])
def test_an_account_that_was_proven_before_nick_is(gone: bool) -> None:
    world, cut = cut_world()
    cut.elsewhere("bob")
    cut.apply(e.Register(FAR, "bob", "hash", b"net"))
    cut.apply(e.Disconnect(FAR, ""))
    client = world.connect()
    session = client.connection.session
    cut.apply(e.Prove(session.id, "bob"))
    cut.off()
    if gone:
        cut.apply(e.Unregister("bob", "00000000aa"))
    cut.on()
    assert session.account == ("" if gone else "bob")


def test_they_are_shown_what_they_missed_and_that_alone() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.elsewhere("carol")
    cut.apply(e.Say(FAR, "#lobby", "message", "before"))
    assert "carol: before" in alice.lines()
    cut.off()
    cut.apply(e.Say(FAR, "#lobby", "message", "meanwhile"))
    assert alice.lines() == [LOST]
    cut.on()
    lines = alice.lines()
    assert any("meanwhile" in line for line in lines)
    assert not any("before" in line for line in lines)


# Several connections of one person


def test_all_connections_of_a_person_are_one_person_again() -> None:
    world, cut = cut_world()
    first = world.enter("alice")
    first.send("REGISTER long-enough")
    second = world.connect()
    second.send("LOGIN alice long-enough")
    second.send("JOIN #a")
    cut.off()
    cut.on()
    assert len(world.hub.users["alice"].sessions) == 2
    assert rooms_of(world, "alice") == ["#lobby", "#a"]
    first.lines()
    second.lines()
    bob = world.enter("bob")
    bob.send("JOIN #a", "PRIV #a hi", "PRIV alice psst")
    for client in (first, second):
        lines = client.lines()
        assert any("bob: hi" in line for line in lines)
        assert sum("psst" in line for line in lines) == 1


def test_who_stayed_on_another_node_has_decided_where_they_are() -> None:
    world, cut = cut_world()
    here = world.enter("alice")
    here.send("REGISTER long-enough", "JOIN #a", "JOIN #b")
    cut.apply(e.Connect(FAR, HOST, True, True))
    cut.apply(e.LogIn(FAR, "alice", "", "0123456789"))
    cut.off()
    cut.apply(e.Part(FAR, "#a", ""))
    cut.on()
    assert rooms_of(world, "alice") == ["#lobby", "#b"]
    assert len(world.hub.users["alice"].sessions) == 2
    here.lines()
    here.send("PRIV #b hi")
    assert not any(line.startswith("ERR") for line in here.lines())
