"""REGISTER, PASSWD and UNREGISTER: a nick is somebody's."""

from __future__ import annotations

import pytest
from twisted.logger import capturedLogs

from twisted_chat.hub.entries import (
    Register,
    SessionId,
    SetOperator,
    SetPassword,
    Unregister,
)
from twisted_chat.hub.session import new_token
from twisted_chat.storage.accounts import Account
from twisted_chat.storage.writes import PutAccount

from .support import PASSWORD, World, member, skip


def test_registering_claims_the_nick(world: World) -> None:
    alice = member(world, "alice")
    assert alice.user.account == "alice"
    assert not alice.user.operator
    assert world.hub.identities.account_of("ALICE") == "alice"


def test_registering_twice_is_refused(world: World) -> None:
    alice = member(world, "alice")
    assert alice.ask("REGISTER another-one")[0].startswith("ERR 462 ")


def test_a_registered_nick_cannot_be_registered(world: World) -> None:
    member(world, "alice").send("QUIT")
    bob = world.enter("alice")
    assert bob.ask("REGISTER something")[0].startswith("ERR 433 ")


@pytest.mark.parametrize("password", ["short", "x" * 301])
def test_a_bad_password_is_refused(world: World, password: str) -> None:
    assert world.enter("alice").ask(f"REGISTER {password}")[0].startswith("ERR 461 ")


def test_nick_first(world: World) -> None:
    client = world.connect()
    client.lines()
    assert client.ask("REGISTER long-enough")[0].startswith("ERR 451 ")
    assert client.ask("LOGIN long-enough")[0].startswith("ERR 461 ")


def test_an_operators_nick_is_registered_on_the_server_only() -> None:
    world = World(operators=frozenset({"root"}))
    stranger = world.enter("root", host="192.0.2.1")
    assert stranger.ask("REGISTER long-enough")[0].startswith("ERR 481 ")
    stranger.send("QUIT")
    root = member(world, "root")
    assert root.user.operator


def test_who_leaves_while_they_register_has_registered(world: World) -> None:
    """As where the log is not in this process, and the entry takes a while."""
    mark = b"abc"
    world.hub.log.propose(Register(SessionId(0, 77), "carol", "hash", mark))
    stranger = world.connect()
    assert any("is registered" in line for line in stranger.ask("NICK carol"))
    account = world.hub.accounts.find("carol")
    assert account is not None
    number = int(world.hub.at * 1000)
    carol = Account("carol", "hash", False, world.hub.at, (mark,), number=number)
    assert account == carol


# Changing and giving up


def test_another_password(world: World) -> None:
    alice = member(world, "alice")
    assert alice.ask("PASSWD wrong-one new-secret")[0].startswith("ERR 464 ")
    assert alice.ask(f"PASSWD {PASSWORD} tiny")[0].startswith("ERR 461 ")
    assert alice.ask(f"PASSWD {PASSWORD} new-secret") == ["* Your password is changed"]
    bob = world.enter("bob")
    assert bob.ask(f"LOGIN alice {PASSWORD}")[0].startswith("ERR 464 ")
    assert "* You are logged in as alice" in bob.ask("LOGIN alice new-secret")


def test_giving_a_nick_up(world: World) -> None:
    alice = member(world, "alice")
    assert alice.ask("UNREGISTER wrong-one")[0].startswith("ERR 464 ")
    assert alice.ask(f"UNREGISTER {PASSWORD}") == ["* You are logged out"]
    assert alice.user.account == ""
    assert alice.ask("UNREGISTER anything")[0].startswith("ERR 464 ")
    world.advance(60)
    assert alice.user.nick == "alice"
    assert alice.ask("REGISTER another-one") == ["* You are logged in as alice"]


def test_an_account_that_was_taken_away_is_free_again(world: World) -> None:
    alice = member(world, "alice")
    alice.send("JOIN #dev")
    other = world.enter("other")
    skip(alice)
    world.hub.log.propose(Unregister("alice", new_token()))
    assert other.ask(f"LOGIN alice {PASSWORD}")[-1].startswith("ERR 464 ")
    assert alice.lines() == [
        "* #dev has an owner less: alice (alice)",
        "* You are logged out",
    ]
    assert not world.room("#dev").rules.owners
    assert alice.ask("REGISTER another-one") == ["* You are logged in as alice"]


def test_who_becomes_an_operator_meanwhile_is_told(world: World) -> None:
    alice = member(world, "alice")
    world.hub.log.propose(SetOperator("ALICE", True))
    assert alice.lines() == ["* You are an operator now"]
    world.hub.log.propose(SetOperator("ALICE", True))
    assert alice.lines() == []
    assert alice.ask("ANNOUNCE hi") == ["* Announcement by alice: hi"]
    world.hub.log.propose(SetOperator("ALICE", False))
    assert alice.lines() == ["* You are no operator any more"]
    assert not alice.user.operator


# What is shown of passwords


def test_a_readable_line_is_warned_of_once(world: World) -> None:
    far = world.enter("far", host="192.0.2.1")
    first = far.ask("REGISTER long-enough")
    assert "not encrypted" in first[0]
    assert first[1:] == ["* You are logged in as far"]
    assert "not encrypted" not in str(far.ask("REGISTER long-enough"))
    near = world.enter("near")
    assert near.ask("REGISTER long-enough") == ["* You are logged in as near"]


def test_passwords_are_not_in_logs(world: World) -> None:
    with capturedLogs() as seen:
        alice = member(world, "alice")
        alice.send("PASSWD wrong-old new-secret", f"PASSWD {PASSWORD} new-secret")
        alice.send("UNREGISTER wrong-one", "LOGIN new-secret-2", "REGISTER x y-secret")
    assert seen
    for word in (PASSWORD, "secret", "wrong-o", "argon2"):
        assert word not in str(seen)


def test_what_shows_an_entry_shows_no_hash() -> None:
    account = Account("alice", "argon2-secret")
    shown: list[object] = [
        Register(SessionId(0, 1), "alice", "argon2-secret", b"abc"),
        SetPassword("alice", "argon2-secret"),
        PutAccount(account),
    ]
    assert "secret" not in str(shown)
    assert "alice" in str(shown)
