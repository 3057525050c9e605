"""Rooms of guests on two servers that are one chat: the same for the people of both."""

from __future__ import annotations

import pytest

from twisted_chat.hub import snapshot

from .irc_support import Network
from .support import PASSWORD, ask, refused, skip
from .test_two_nodes import Nodes

# How the log behaves is said there.
pytestmark = pytest.mark.at_once


def test_a_guest_of_one_node_owns_a_room_on_the_other() -> None:
    nodes = Nodes()
    alice, bob = nodes.east.irc("alice"), nodes.west.irc("bob")
    carol = nodes.west.netcat("carol")
    alice.send("JOIN #dev")
    assert ":irc.Test 353 bob = #dev :@alice bob" in ask(bob, "JOIN #dev")
    assert nodes.west.room("#dev").rules.topic_locked, "as an IRC client opens it"
    alice.send("MODE #dev +o bob", "NICK anna", "QUIT")
    assert "MODE #dev +i" in ask(bob, "ROOM #dev lock")[-1]
    assert refused(carol, "JOIN #dev") == 473
    bob.send("MODE #dev +I carol", "MODE #dev +e dave", "MODE #dev +C")
    assert ask(carol, "JOIN #dev")[0] == "* carol joined #dev"
    assert nodes.agree()
    bob.send("QUIT")
    carol.send("QUIT")
    assert "#dev" not in nodes.east.hub.rooms
    assert nodes.agree()


def test_what_was_said_goes_on_both() -> None:
    nodes = Nodes()
    alice, bob = nodes.east.netcat("alice"), nodes.west.netcat("bob")
    alice.send("JOIN #dev", "MSG open", "ROOM secret on", "MSG hush")
    bob.send("JOIN #dev", "MSG hush, too")
    assert str(ask(bob, "HISTORY #dev")).count("hush") == 2
    alice.send("PART #dev")
    bob.send("PART #dev")
    for node in (nodes.east, nodes.west):
        told = str(ask(node.netcat(f"eve{node.wall():.0f}"), "JOIN #dev"))
        assert ("open" in told, "hush" in told) == (True, False)
    assert nodes.agree()


def test_a_node_that_comes_up_knows_whose_a_room_is() -> None:
    nodes = Nodes()
    alice = nodes.east.irc("alice")
    alice.send("JOIN #dev", "MODE #dev +i", "PRIVMSG #dev :hush", "MODE #dev +b bob")
    alice.send("MODE #dev +I carol", "USER x 0 * :x")
    third = Network()
    snapshot.restore(third.hub, nodes.east.hub.snapshot())
    room = third.room("#dev")
    assert [user.nick for user in room.rules.guest_owners] == ["alice"]
    assert room.rules.locked
    assert 1 in room.unkept
    assert room.unkept.active
    assert [ban.temporary for ban in room.rules.bans] == [True]
    assert third.hub.users["alice"].username == "alice"
    assert third.hub.checksum() == nodes.east.hub.checksum()


def test_who_registers_on_one_node_owns_for_good_on_the_other() -> None:
    nodes = Nodes()
    alice, bob = nodes.east.netcat("alice"), nodes.west.netcat("bob")
    alice.send("JOIN #dev", "ROOM lock", "MSG hush", f"REGISTER {PASSWORD}")
    alice.send("PART #dev")
    assert refused(bob, "JOIN #dev") == 473
    skip(alice)
    alice.send("JOIN #dev", "INVITE bob")
    assert "hush" in str(ask(bob, "JOIN #dev"))
    assert nodes.agree()


def test_irc_clients_of_both_are_in_no_room_unasked() -> None:
    nodes = Nodes()
    for node in (nodes.east, nodes.west):
        node.door.lobby = False  # type: ignore[attr-defined]
    nodes.east.irc("alice")
    nodes.west.irc("bob")
    assert not nodes.east.room().members
    assert not nodes.west.room().members
    assert nodes.agree()
