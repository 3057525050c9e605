"""What others took and decided while a node was cut off is so."""

from __future__ import annotations

import pytest

from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import SessionId

from .stranded_support import FAR, HOST, NEAR, cut_world

# How the log behaves is said here test by test.
pytestmark = pytest.mark.at_once


def test_a_nick_that_others_took_is_theirs() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.off()
    cut.elsewhere("alice")
    alice.lines()
    cut.on()
    lines = alice.lines()
    assert "* alice is taken: alice came while this server was cut off" in lines
    (guest,) = (nick for nick in world.hub.users if nick.startswith("guest_"))
    assert any(guest in line for line in lines)
    assert world.hub.users["alice"].sessions[0].id == FAR


def test_a_nick_that_others_registered_is_theirs() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.off()
    cut.apply(e.Register(SessionId(9, 99), "Alice", "hash", b"abc"))
    cut.on()
    assert "* alice is taken: Alice is registered" in alice.lines()
    assert next(iter(world.hub.users)).startswith("guest_")


def test_who_wears_the_nick_of_an_account_gives_it_back() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("REGISTER long-enough")
    cut.off()
    cut.elsewhere("alice")
    cut.on()
    assert world.hub.users["alice"].account == "alice"
    (other,) = (nick for nick in world.hub.users if nick.startswith("guest_"))
    assert [state.id for state in world.hub.users[other].sessions] == [FAR]


def test_an_account_that_was_removed_is_one_no_more() -> None:
    world, cut = cut_world(operators=frozenset({"alice"}))
    alice = world.enter("alice")
    alice.send("REGISTER long-enough")
    alice.lines()
    cut.off()
    cut.apply(e.Unregister("alice", "0123456789"))
    cut.apply(e.Register(FAR, "alice", "hash", b"abc"))  # by somebody else
    cut.on()
    assert "* You are logged out" in alice.lines()
    (user,) = world.hub.users.values()
    assert (user.account, user.operator) == ("", False)
    assert user.nick.startswith("guest_")


def test_who_is_an_operator_no_more_comes_back_as_none() -> None:
    world, cut = cut_world()
    alice, bob = world.enter("alice"), world.enter("bob")
    for client in (alice, bob):
        client.send("REGISTER long-enough")
    cut.apply(e.SetOperator("alice", True))
    cut.apply(e.SetOperator("bob", True))
    cut.off()
    cut.apply(e.SetOperator("alice", False))
    cut.on()
    assert not world.hub.users["alice"].operator
    assert world.hub.users["bob"].operator


@pytest.mark.parametrize("mask", ["alice", NEAR])
def test_who_was_banned_meanwhile_stays_out(mask: str) -> None:
    world, cut = cut_world(operators=frozenset({"root"}))
    cut.elsewhere("root")
    cut.apply(e.Register(FAR, "root", "hash", b"abc"))
    alice = world.connect(host=NEAR)
    alice.send("NICK alice")
    cut.off()
    cut.apply(e.Restrain(FAR, "ban", "", mask, 0, "spam"))
    cut.on()
    assert alice.closed
    assert list(world.hub.users) == ["root"]
    assert [id.node for id in world.hub.sessions] == [9]


def test_limits_keep_nobody_out() -> None:
    world, cut = cut_world(max_clients=2, max_per_ip=1)
    alice = world.connect(host=HOST)
    alice.send("NICK alice")
    cut.off()
    for number in (1, 2):
        cut.apply(e.Connect(SessionId(9, number), f"192.0.2.{number}", True, True))
    cut.apply(e.Disconnect(SessionId(9, 2), ""))
    cut.apply(e.Connect(SessionId(9, 3), HOST, True, True))
    cut.on()
    assert not alice.closed
    assert "alice" in world.hub.users
