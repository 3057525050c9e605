"""Who wears a nick that is another's, looks like another's, or is nobody's."""

from __future__ import annotations

import pytest

from twisted_chat.hub import Stored
from twisted_chat.names import skeleton
from twisted_chat.storage.accounts import Account

from .support import CHEAP, PASSWORD, World, ask, member, refused, skip


def test_a_registered_nick_is_taken_away_after_30_s(world: World) -> None:
    member(world, "alice").send("QUIT")
    stranger = world.connect()
    stranger.lines()
    warning = stranger.ask("NICK alice")[1]
    assert warning == (
        "* alice is registered; /login password within 30 s, or you get another nick"
    )
    world.advance(29.5)
    assert stranger.user.nick == "alice"
    world.advance(1)
    assert stranger.user.nick.startswith("guest_")


@pytest.mark.parametrize(
    "text", ["LOGIN secret-1", "login alice secret-1", "Identify secret-1", "//LOGIN x"]
)
def test_no_password_is_said_by_who_is_asked_for_one(world: World, text: str) -> None:
    member(world, "alice").send("QUIT")
    bob, alice = world.enter("bob"), world.enter("alice")
    alice.send("JOIN #dev")
    bob.send("JOIN #dev")
    skip(bob, alice)
    for line in (f"MSG {text}", f"ME {text}", f"PRIV #dev {text}"):
        assert refused(alice, line) == 404
    assert bob.lines() == []
    assert ask(alice, "MSG login problems are no fun") == []
    assert bob.lines() == ["#dev alice: login problems are no fun"]
    assert ask(bob, f"MSG {text}") == []


def test_who_has_logged_in_may_say_anything(world: World) -> None:
    member(world, "alice").send("QUIT")
    alice = world.enter("alice")
    assert world.hub.lobby.restricted
    alice.send(f"LOGIN {PASSWORD}")
    skip(alice)
    assert ask(alice, "MSG LOGIN secret-1") == []
    assert not world.hub.lobby.restricted


def test_the_nick_that_is_lost_leaves_nothing_restricted(world: World) -> None:
    member(world, "alice").send("QUIT")
    world.enter("alice")
    assert world.hub.lobby.restricted
    world.advance(31)
    assert not world.hub.lobby.restricted


def test_login_in_time_keeps_the_nick(world: World) -> None:
    member(world, "alice").send("QUIT")
    alice = world.enter("alice")
    alice.send(f"LOGIN {PASSWORD}")
    world.advance(60)
    assert alice.user.nick == "alice"


def test_another_nick_in_time_is_kept(world: World) -> None:
    member(world, "alice").send("QUIT")
    stranger = world.enter("alice")
    stranger.send("NICK stranger")
    world.advance(60)
    assert stranger.user.nick == "stranger"


def test_a_strangers_time_does_not_begin_again(world: World) -> None:
    member(world, "alice").send("QUIT")
    stranger = world.enter("alice")
    stranger.send("NICK other")
    skip(stranger)
    assert stranger.ask("NICK alice") == [
        "ERR 433 alice is registered; use /login alice password"
    ]
    assert "* You are logged in as alice" in stranger.ask(f"LOGIN alice {PASSWORD}")


def test_nothing_is_left_of_one_who_left(world: World) -> None:
    member(world, "alice").send("QUIT")
    world.enter("alice").send("QUIT")
    world.advance(60)
    assert not world.clock.getDelayedCalls()
    assert world.hub.identities.user_of("alice") is None


# Nicks that look alike


@pytest.mark.parametrize(
    ("nick", "like"),
    [("alice", "aIice"), ("alice", "a1ice"), ("bob", "b0b"), ("a_b", "A-B")],
)
def test_a_nick_that_looks_like_another_is_refused(
    world: World, nick: str, like: str
) -> None:
    assert skeleton(nick) == skeleton(like)
    here = world.enter(nick)
    other = world.enter("other")
    assert other.ask(f"NICK {like}")[0].startswith("ERR 433 ")
    here.send(f"REGISTER {PASSWORD}", "QUIT")
    answer = other.ask(f"NICK {like}")[-1]
    assert answer.startswith("ERR 433 ")
    suggested = answer.rpartition(" ")[2]
    assert f"* You are now known as {suggested}" in other.ask(f"NICK {suggested}")


def test_ones_own_likeness_is_ones_own(world: World) -> None:
    alice = member(world, "alice")
    assert alice.ask("NICK a1ice") == ["* You are now known as a1ice"]
    assert alice.ask("NICK aIice") == ["* You are now known as aIice"]
    world.advance(60)
    assert alice.user.nick == "aIice"


# Nicks that are nobody's


@pytest.mark.parametrize(
    "nick", ["server", "Server", "System", "OPERATOR", "0perator", "adm1n", "NickServ"]
)
def test_a_nick_under_which_the_server_would_speak(world: World, nick: str) -> None:
    client = world.connect()
    client.lines()
    assert client.ask(f"NICK {nick}")[0].startswith("ERR 432 ")
    alice = world.enter("alice")
    assert alice.ask(f"NICK {nick}")[0].startswith("ERR 432 ")
    alice.send(f"REGISTER {PASSWORD}")
    assert ask(alice, f"NICK {nick}")[0].startswith("ERR 432 ")


def older(world: World, nick: str) -> None:
    """An account of that nick comes out of an older file."""
    world.hub.load(Stored([Account(nick, CHEAP.hash(PASSWORD))]))


def test_an_older_account_keeps_its_nick(world: World) -> None:
    older(world, "System")
    stranger = world.enter("stranger")
    assert stranger.ask("NICK system") == [
        "ERR 433 System is registered; use /login System password"
    ]
    assert stranger.ask("NICK Syst3m") == ["* You are now known as Syst3m"]
    assert world.connect().ask("NICK SySTem")[-1].startswith("ERR 433 ")
    assert "* You are now known as System" in ask(stranger, f"LOGIN system {PASSWORD}")
    owner = world.connect()
    owner.send(f"LOGIN system {PASSWORD}")
    assert owner.user.nick == "System"


def test_who_gives_such_an_account_up_does_not_keep_the_nick(world: World) -> None:
    older(world, "admin")
    owner = world.connect()
    owner.send(f"LOGIN admin {PASSWORD}")
    owner.send(f"UNREGISTER {PASSWORD}")
    assert owner.user.nick.startswith("guest_")
    assert ask(owner, "NICK admin")[0].startswith("ERR 432 ")
