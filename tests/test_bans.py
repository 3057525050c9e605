"""BAN and UNBAN, from the chat and from a room."""

from __future__ import annotations

import pytest

from .kept import Kept
from .support import PASSWORD, World, ask, member, refused, skip

FAR = "192.0.2.7"


@pytest.fixture
def world() -> World:
    return World(store=Kept(), operators=frozenset({"root", "adam"}))


def test_a_banned_address_is_told_and_sent_away(world: World) -> None:
    root = member(world, "root")
    assert ask(root, f"BAN {FAR} 1d spam") == [
        f"* {FAR} is banned until 2023-11-15 22:14 UTC: spam"
    ]
    far = world.connect(host=FAR)
    assert far.lines() == ["ERR 465 You are banned until 2023-11-15 22:14 UTC: spam"]
    assert far.closed
    assert not world.connect(host="192.0.2.8").closed
    world.advance(86_401, step=3600)
    assert not world.connect(host=FAR).closed


def test_a_ban_throws_out_who_is_there(world: World) -> None:
    root, carol = member(world, "root"), world.enter("carol")
    bob, silent = world.enter("bob", host=FAR), world.connect(host=FAR)
    skip(bob, silent, carol)
    root.send("BAN 192.0.2.0/24")
    assert bob.lines() == silent.lines() == ["ERR 465 You are banned"]
    assert bob.closed
    assert silent.closed
    assert carol.lines() == ["* bob left the chat! (banned by root)"]


def test_a_banned_nick(world: World) -> None:
    root, bob = member(world, "root"), world.enter("Bob", host=FAR)
    assert ask(root, "BAN bob") == [
        "* bob is banned",
        f"* The ban holds for the nick Bob, and for new guests from {FAR}",
        "* Bob left the chat! (banned by root)",
    ]
    assert bob.closed
    other = world.enter("other")
    assert refused(other, "NICK BOB") == 465
    fresh = world.connect()
    fresh.lines()
    assert refused(fresh, "NICK bob") == 465
    assert ask(root, "UNBAN Bob") == ["* bob is no longer banned"]
    assert refused(root, "UNBAN bob") == 440
    assert "* You are now known as bob" in fresh.ask("NICK bob")


def test_a_banned_account_does_not_log_in(world: World) -> None:
    root, bob = member(world, "root"), member(world, "bob")
    bob.send("NICK robert")
    root.send("BAN bob")
    assert bob.closed
    again = world.connect()
    again.lines()
    assert refused(again, f"LOGIN bob {PASSWORD}") == 465


@pytest.mark.parametrize(
    "mask",
    [
        "0.0.0.0/0",
        "::/0",
        "128.0.0.0/1",
        "::ffff:0.0.0.0/96",
        "127.0.0.1",
        "127.0.0.0/8",
        "::1",
        "root",
        "ROOT",
        "adam",
    ],
)
def test_nobody_locks_everyone_out(world: World, mask: str) -> None:
    root = member(world, "root")
    assert refused(root, f"BAN {mask}") == 481
    assert not root.closed
    assert not world.connect(host=FAR).closed


def test_nobody_bans_an_operators_address(world: World) -> None:
    root, adam = member(world, "root"), member(world, "adam")
    far = world.connect(host=FAR)
    far.send(f"LOGIN adam {PASSWORD}")
    assert refused(root, f"BAN {FAR}/16") == 481
    assert not adam.closed


@pytest.mark.parametrize("mask", ["*", "b?b", "1.2.3", "a/8", "#dev", "192.0.2.0/33"])
def test_a_bad_mask(world: World, mask: str) -> None:
    root = member(world, "root")
    assert refused(root, f"BAN {mask}") in (476, 403, 461)


# From a room


def test_an_owner_bans_from_the_room(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), world.enter("bob", host=FAR)
    bob.send("JOIN #dev")
    assert ask(alice, "BAN b* 1h spam") == [
        "* #dev has a ban: b* (alice)",
        "* bob was kicked out of #dev by alice (spam)",
    ]
    assert refused(bob, "JOIN #dev") == 474
    assert "* bert joined #dev" not in ask(world.enter("bert"), "JOIN #dev")
    assert ask(bob, "MSG still here") == []
    alice.send("UNBAN b*", f"BAN {FAR}")
    assert refused(bob, "JOIN #dev") == 474
    alice.send(f"UNBAN {FAR}")
    assert "* bob joined #dev" in ask(bob, "JOIN #dev")


def test_a_rooms_bans_outlive_it(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), world.enter("bob")
    alice.send("BAN bob", "PART #dev")
    assert "#dev" not in world.hub.rooms
    assert refused(bob, "JOIN #dev") == 474


def test_one_banned_from_the_lobby_is_in_the_chat(world: World) -> None:
    root = member(world, "root")
    root.send("BAN #lobby bob")
    bob = world.connect()
    bob.lines()
    assert bob.ask("NICK bob") == [
        "* You are now known as bob",
        "* You are banned from #lobby",
    ]
    assert bob.connection.session.room is None
    assert "* bob joined #dev" in ask(bob, "JOIN #dev")
    assert refused(bob, "JOIN #lobby") == 474


def test_bans_are_listed(world: World) -> None:
    root = member(world, "root")
    assert ask(root, "BANS") == ["* Nobody is banned or muted in the chat"]
    root.send("BAN bob 1h spam", f"MUTE {FAR}")
    assert ask(root, "BANS") == [
        "* Banned or muted in the chat:",
        "* ban bob until 2023-11-14 23:14 UTC by root (spam)",
        f"* mute {FAR} by root",
    ]
    root.send("FORMAT json")
    skip(root)
    root.send("BANS")
    [event] = root.events()
    assert event["room"] is None
    assert event["bans"][0] == {
        "kind": "ban",
        "mask": "bob",
        "by": "root",
        "reason": "spam",
        "since": "2023-11-14T22:13:20.000Z",
        "until": "2023-11-14T23:13:20.000Z",
        "accounts": [],
        "hosts": [],
    }
    world.advance(3600, step=600)
    root.send("BANS")
    assert [ban["kind"] for ban in root.events()[0]["bans"]] == ["mute"]


def test_a_room_has_at_most_200_bans(world: World) -> None:
    root = member(world, "root", "#dev")
    root.send(*(f"BAN #dev user{number}" for number in range(200)))
    assert refused(root, "BAN #dev onemore") == 478
    assert ask(root, "BAN #dev user7 again") == ["* #dev has a ban: user7 (root)"]
