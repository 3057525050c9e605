"""Whom a ban or a mute means: the person, their account, their address."""

from __future__ import annotations

import pytest

from twisted_chat.doors.textbook import DOORS
from twisted_chat.events import Ban
from twisted_chat.hub.bans import MAX_MEANT, Bans

from .kept import Kept
from .support import PASSWORD, Client, World, ask, member, refused, skip

FAR = "192.0.2.7"
SIX = "2001:db8::7"


@pytest.fixture
def store() -> Kept:
    return Kept()


@pytest.fixture
def world(store: Kept) -> World:
    return World(store=store, operators=frozenset({"root"}))


def guest(world: World, nick: str, *rooms: str, host: str = FAR) -> Client:
    client = world.enter(nick, host=host)
    client.send(*(f"JOIN {room}" for room in rooms))
    skip(client)
    return client


def kept(store: Kept) -> list[Ban]:
    return store.bans()


def restarted(store: Kept) -> World:
    world = World(store=store, operators=frozenset({"root"}))
    world.hub.load(store.stored())
    return world


# In a room


def test_another_nick_does_not_help_against_a_mute_in_a_room(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    alice.send("MUTE bob")
    bob.send("NICK robert")
    assert refused(bob, "MSG hi") == 404
    bob.send("PART", "NICK rob", "JOIN #dev")
    assert refused(bob, "PRIV #dev hi") == 404
    alice.send("UNMUTE rob")
    assert ask(bob, "PRIV #dev hi") == []


def test_another_nick_does_not_help_against_a_ban_from_a_room(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    alice.send("BAN bob")
    bob.send("NICK robert")
    assert refused(bob, "JOIN #dev") == 474
    assert refused(alice, "UNBAN #dev nobody") == 440
    alice.send("UNBAN #dev robert")
    assert "* robert joined #dev" in ask(bob, "JOIN #dev")


def test_nor_does_it_against_a_pattern(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    alice.send("MUTE b*")
    late = guest(world, "bert", "#dev", host="192.0.2.8")
    for client, nick in ((bob, "robert"), (late, "ernie")):
        client.send(f"NICK {nick}")
        assert refused(client, "MSG hi") == 404
    [told] = ask(alice, "UNMUTE robert")
    assert told == "ERR 440 robert is not muted but by b*; BANS lists who is"
    alice.send("UNMUTE b*")
    assert ask(bob, "MSG hi") == ask(late, "MSG hi") == []


def test_a_refused_guest_is_known_under_the_next_nick(world: World) -> None:
    alice = member(world, "alice", "#dev")
    alice.send("BAN b*")
    bob = guest(world, "bob")
    assert refused(bob, "JOIN #dev") == 474
    bob.send("NICK robert")
    assert refused(bob, "JOIN #dev") == 474


def test_an_account_is_held_under_any_nick(world: World, store: Kept) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    bob.send("NICK robert")
    told = "* The mute holds for the account bob"
    assert told in ask(alice, "MUTE robert")
    bob.send("QUIT")
    assert [ban.accounts for ban in kept(store)] == [("bob",)]
    world = restarted(store)
    again = world.connect()
    again.send("NICK other")
    again.user.account = "bob"
    again.send("JOIN #dev")
    assert refused(again, "MSG hi") == 404


def test_logging_in_elsewhere_takes_the_mute_along(world: World) -> None:
    alice, other = member(world, "alice", "#dev"), member(world, "other", "#dev")
    bob = guest(world, "bob", "#dev")
    alice.send("MUTE bob")
    bob.send(f"LOGIN other {PASSWORD}")
    for client in (bob, other):
        assert refused(client, "PRIV #dev hi") == 404
    bob.send("QUIT")
    assert refused(other, "PRIV #dev hi") == 404
    other.send(f"UNREGISTER {PASSWORD}", "NICK fresh")
    assert refused(other, "PRIV #dev hi") == 404
    other.send(f"REGISTER {PASSWORD}")
    assert refused(other, "PRIV #dev hi") == 404
    alice.send("UNMUTE bob")
    assert ask(other, "PRIV #dev hi") == []


@pytest.mark.parametrize("room", ["", "#dev "])
def test_giving_the_account_up_sheds_nothing(world: World, room: str) -> None:
    root, bob = member(world, "root", "#dev"), member(world, "bob", "#dev")
    again = world.connect()
    again.send(f"LOGIN bob {PASSWORD}")
    root.send(f"MUTE {room}bob")
    bob.send(f"UNREGISTER {PASSWORD}", "NICK fresh")
    for client in (bob, again):
        assert refused(client, "PRIV #dev hi") == 404
    again.send("QUIT")
    assert refused(bob, "PRIV #dev hi") == 404


def test_who_was_banned_while_away_is_so_without_the_account(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob")
    bob.send("NICK robert")
    alice.send("BAN robert")
    bob.send("QUIT")
    again = world.connect()
    again.send(f"LOGIN bob {PASSWORD}", f"UNREGISTER {PASSWORD}", "NICK fresh")
    assert refused(again, "JOIN #dev") == 474


# Addresses


def test_a_reconnect_as_guest_does_not_end_a_mute(world: World) -> None:
    root, bob = member(world, "root"), guest(world, "bob", host=SIX)
    assert ask(root, "MUTE bob") == [
        "* bob is muted",
        "* The mute holds for bob while they are here, under any nick, "
        "and for new guests from 2001:db8::/64",
    ]
    bob.send("QUIT")
    again = guest(world, "fresh", host="2001:db8::8")
    assert refused(again, "MSG hi") == 404
    again.send(f"REGISTER {PASSWORD}")
    assert refused(again, "MSG hi") == 404
    again.send("QUIT")
    later = world.connect(host=FAR)
    later.send(f"LOGIN fresh {PASSWORD}")
    assert refused(later, "MSG hi") == 404
    assert ask(guest(world, "other"), "MSG hi") == []
    root.send("UNMUTE bob")
    assert ask(later, "MSG hi") == []
    assert ask(guest(world, "third", host=SIX), "MSG hi") == []


def test_a_new_account_does_not_end_a_mute_in_a_room(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    alice.send("MUTE bob")
    bob.send("QUIT")
    again = guest(world, "fresh")
    again.send(f"REGISTER {PASSWORD}", "JOIN #dev")
    assert refused(again, "MSG hi") == 404


def test_a_class_at_one_address_is_not_silenced_for_one(
    world: World, store: Kept
) -> None:
    root, alice = member(world, "root"), member(world, "alice", "#dev")
    guest(world, "bob", "#dev")
    carol = guest(world, "carol", "#dev")
    shared = "* The mute holds for bob while they are here, under any nick; "
    assert ask(root, "MUTE bob")[1] == (
        f"{shared}others are here from {FAR}, so not for new guests from there"
    )
    assert ask(alice, "MUTE bob")[1] == (
        f"{shared}others are here from their address, so not for new guests from there"
    )
    for client in (carol, guest(world, "dave", "#dev")):
        assert ask(client, "MSG hi") == []
    assert [ban.hosts for ban in kept(store)] == [(), ()]


def test_who_logs_in_is_not_held_for_the_address(world: World) -> None:
    root, bob = member(world, "root"), guest(world, "bob")
    member(world, "carol").send("QUIT")
    root.send("MUTE bob")
    carol = guest(world, "pupil")
    assert refused(carol, "MSG hi") == 404
    assert "* You are no longer muted" in ask(carol, f"LOGIN carol {PASSWORD}")
    assert ask(carol, "MSG hi") == []
    assert refused(bob, "MSG hi") == 404


@pytest.mark.parametrize("room", ["", "#lobby "])
def test_a_guest_held_for_the_address_is_let_off(world: World, room: str) -> None:
    root, bob = member(world, "root"), guest(world, "bob")
    root.send(f"MUTE {room}bob")
    carol, dave = guest(world, "carol"), guest(world, "dave")
    assert refused(carol, "MSG hi") == 404
    assert ask(root, f"UNMUTE {room}carol") == [
        "* The mute of bob holds for no guests by address any more"
    ]
    assert ask(carol, "MSG hi") == ask(dave, "MSG hi") == []
    assert refused(bob, "MSG hi") == 404


def test_a_banned_guest_comes_back_only_with_an_account(world: World) -> None:
    root, bob = member(world, "root"), guest(world, "bob")
    member(world, "carol").send("QUIT")
    root.send("BAN bob 1h")
    assert bob.closed
    again = world.connect(host=FAR)
    skip(again)
    assert refused(again, "NICK fresh") == 465
    assert "* You are now known as carol" in again.ask(f"LOGIN carol {PASSWORD}")
    root.send("UNBAN bob")
    guest(world, "fresh")
    assert "fresh" in world.hub.users


def test_a_banned_account_comes_back_by_no_nick(world: World, store: Kept) -> None:
    root, bob = member(world, "root"), member(world, "bob")
    bob.send("NICK robert")
    root.send("BAN robert")
    assert bob.closed
    again = world.connect()
    skip(again)
    assert refused(again, f"LOGIN bob {PASSWORD}") == 465
    root.send("UNBAN bob")
    assert kept(store) == []
    assert "* You are now known as bob" in again.ask(f"LOGIN bob {PASSWORD}")


def test_this_machine_is_no_address_to_ban(world: World, store: Kept) -> None:
    root = member(world, "root")
    guest(world, "bob", host="127.0.0.1")
    assert ask(root, "MUTE bob") == ["* bob is muted"]
    assert [ban.hosts for ban in kept(store)] == [()]
    assert ask(guest(world, "carol", host="127.0.0.1"), "MSG hi") == []


def test_addresses_are_shown_to_operators_only(world: World) -> None:
    root, alice = member(world, "root"), member(world, "alice", "#dev")
    guest(world, "bob", "#dev")
    assert FAR not in str(ask(alice, "MUTE bob"))
    line = "* mute bob by alice; guests from: "
    assert ask(alice, "BANS")[-1] == f"{line}hidden"
    assert ask(root, "BANS #dev")[-1] == f"{line}{FAR}"


def test_what_a_restart_keeps(world: World, store: Kept) -> None:
    root = member(world, "root")
    guest(world, "bob")
    root.send("MUTE bob", "MUTE #lobby bob")
    world = restarted(store)
    assert refused(guest(world, "fresh"), "MSG hi") == 404
    assert ask(guest(world, "other", host="192.0.2.8"), "MSG hi") == []


def test_a_second_ban_of_a_nick_means_the_first_wearer_too(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    alice.send("MUTE bob 1h")
    bob.send("NICK robert")
    other = guest(world, "bob", "#dev", host="192.0.2.8")
    alice.send("MUTE bob 2h")
    world.advance(3601, step=900)
    assert refused(bob, "MSG hi") == refused(other, "MSG hi") == 404
    alice.send("UNMUTE bob")
    assert ask(bob, "MSG hi") == ask(other, "MSG hi") == []


def test_what_is_taken_back_leaves_nothing_behind(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), member(world, "bob", "#dev")
    alice.send("MUTE bob", "BAN bob", "UNMUTE bob", "UNBAN bob")
    assert not bob.user.held
    assert not world.room("#dev").rules.mutes
    alice.send("MUTE bob")
    [hold] = bob.user.held
    bob.send("QUIT")
    assert not hold.people


# Words of the muted


@pytest.mark.parametrize("room", ["", "#dev "])
def test_last_words_are_withheld(world: World, room: str) -> None:
    root, bob = member(world, "root", "#dev"), guest(world, "bob", "#dev")
    root.send(f"MUTE {room}bob")
    skip(root)
    bob.send("QUIT rude words")
    assert root.lines() == ["* bob left the chat!"]


@pytest.mark.parametrize("room", ["", "#dev "])
def test_away_text_is_withheld(world: World, room: str) -> None:
    root, bob = member(world, "root", "#dev"), guest(world, "bob", "#dev")
    bob.send("AWAY rude before")
    assert "rude before" in str(ask(root, "WHOIS bob"))
    root.send(f"MUTE {room}bob", "FORMAT json")
    skip(root)
    bob.send("AWAY rude words")
    [event] = root.events()
    assert (event["event"], event["text"]) == ("away", "away")
    root.send("WHOIS bob", "WHO #dev", "PRIV bob hi")
    assert "rude" not in root.bytes().decode()
    root.send(f"UNMUTE {room}bob")
    skip(root)
    root.send("WHOIS bob")
    assert "rude words" in root.bytes().decode()


def test_a_muted_owner_does_not_moderate(world: World) -> None:
    """A reason, a mask and a key are words as well."""
    root, alice = member(world, "root"), member(world, "alice", "#dev")
    guest(world, "bob", "#dev")
    root.send("MUTE alice")
    for line in ("KICK bob rude", "BAN rude-words", "ROOM limit 5", "VOICE bob"):
        assert refused(alice, line) == 404


def test_one_muted_in_a_room_invites_nobody_into_it(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    alice.send("MUTE bob")
    assert refused(bob, "INVITE alice #dev") == 404


# The muted are told


def test_the_muted_are_told_at_once(world: World) -> None:
    root, bob = member(world, "root", "#dev"), guest(world, "bob", "#dev")
    bob.send("FORMAT json")
    skip(bob)
    root.send("MUTE bob 1h spam", "UNMUTE bob", "MUTE #dev bob 1h spam")
    root.send("UNMUTE #dev bob")
    until = " until 2023-11-14 23:14 UTC: spam"
    assert [e["text"] for e in bob.events() if e["event"] == "notice"] == [
        f"You are muted by root{until}",
        "You are no longer muted",
        f"You are muted in #dev by root{until}",
        "You are no longer muted in #dev",
    ]


def test_who_comes_muted_is_told(world: World) -> None:
    root = member(world, "root", "#dev")
    root.send("MUTE bob spam", "MUTE #dev bob")
    bob = world.connect()
    assert "* You are muted by root: spam" in bob.ask("NICK bob")
    assert "* You are muted in #dev by root" in bob.ask("JOIN #dev")


def test_who_takes_a_muted_nick_is_told_and_silent_at_once(world: World) -> None:
    root, bob = member(world, "root"), guest(world, "bob", "#dev")
    root.send("MUTE bad*")
    assert ask(bob, "NICK badbob") == [
        "* You are now known as badbob",
        "* You are muted by root",
    ]
    assert refused(bob, "MSG #dev hi") == 404
    assert ask(bob, "PRIV root please") == [], "operators hear"
    assert refused(bob, "TOPIC x") == 404


def test_a_further_session_of_a_muted_account_is_told(world: World) -> None:
    root, bob = member(world, "root"), member(world, "bob")
    root.send("MUTE bob")
    skip(bob)
    again = world.connect()
    assert "* You are muted by root" in again.ask(f"LOGIN bob {PASSWORD}")
    assert bob.lines() == []


def test_nobody_is_told_of_a_mute_in_a_room_they_are_not_in(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob")
    skip(bob)
    alice.send("MUTE bob rude words")
    assert bob.lines() == []


@pytest.mark.parametrize("kind", DOORS)
def test_a_mute_holds_at_every_door(world: World, kind: str) -> None:
    """The same person on another door: a guest from the address."""
    root = member(world, "root")
    guest(world, "bob").send("QUIT")
    guest(world, "bob")
    root.send("MUTE bob")
    door = DOORS[kind](world.hub)
    other = world.connect(FAR, door)
    session = other.connection.session
    if session.user is None:
        session.set_nick("fresh")
        world.settle()
    assert session.me.muted is not None


# No more audit entries than there is room for


def test_what_is_so_already_is_no_change(world: World, store: Kept) -> None:
    alice, bob = member(world, "alice", "#dev"), guest(world, "bob", "#dev")
    twice = ("ROOM lock", "ROOM limit 5", "ROOM key hush", "OWNER alice", "VOICE bob")
    for line in twice:
        alice.send(line)
    skip(bob)
    for line in twice:
        [told] = ask(alice, line)
        assert told.startswith("* Nothing changed: #dev has ")
    assert bob.lines() == []
    assert len(audit_entries(store)) == 4


def audit_entries(store: Kept) -> list[object]:
    return list(store.audit_entries(10_000))


@pytest.mark.parametrize(
    "pair",
    [
        ("ROOM lock", "ROOM unlock"),
        ("OWNER bob", "OWNER -bob"),
        ("VOICE bob", "VOICE -bob"),
        ("BAN carol", "UNBAN carol"),
        ("MUTE carol", "UNMUTE carol"),
    ],
)
def test_an_account_has_a_budget_of_changes(
    world: World, store: Kept, pair: tuple[str, str]
) -> None:
    alice = member(world, "alice", "#dev")
    member(world, "bob", "#dev")
    for _ in range(50):
        alice.send(*pair)
    assert len(audit_entries(store)) == 100
    for line in pair:
        alice.send(line)
    assert len(audit_entries(store)) == 100
    assert refused(alice, pair[0]) == 263
    dave = member(world, "dave", "#own")
    dave.send("ROOM lock")
    assert len(audit_entries(store)) == 101
    world.advance(11)
    alice.send(pair[0])
    assert len(audit_entries(store)) == 102


def test_operators_have_more(world: World, store: Kept) -> None:
    root = member(world, "root")
    root.send(*["ANNOUNCE hi"] * 700)
    assert len(audit_entries(store)) == 600


@pytest.mark.parametrize(("host", "named"), [(FAR, FAR), (SIX, "2001:db8::9")])
@pytest.mark.parametrize("room", ["", "#lobby "])
def test_guests_from_an_address_are_let_off_by_it(
    world: World, room: str, host: str, named: str
) -> None:
    root, bob = member(world, "root"), guest(world, "bob", host=host)
    root.send(f"MUTE {room}bob")
    carol = guest(world, "carol", host=host)
    assert refused(carol, "MSG hi") == 404
    assert ask(root, f"UNMUTE {room}{named}") == [
        "* The mute of bob holds for no guests by address any more"
    ]
    assert ask(carol, "MSG hi") == []
    assert refused(bob, "MSG hi") == 404
    assert refused(root, f"UNMUTE {room}{named}") == 440


def test_nobody_finds_an_address_by_lifting_it(world: World) -> None:
    alice = member(world, "alice", "#dev")
    guest(world, "bob", "#dev")
    alice.send("MUTE #dev bob")
    skip(alice)
    assert refused(alice, f"UNMUTE #dev {FAR}") == 440


def test_a_wider_prefix_lifts_no_address(world: World) -> None:
    root = member(world, "root")
    guest(world, "bob", host="2001:db8::7")
    root.send("MUTE bob")
    skip(root)
    assert refused(root, "UNMUTE 2001:db8::/32") == 440


def test_what_a_ban_means_is_bounded() -> None:
    bans = Bans()
    hold = bans.add(Ban("ban", "", "bob", "alice", "", 0.0, 0.0))
    accounts = [f"account{number}" for number in range(MAX_MEANT)]
    hosts = [f"192.0.2.{number}" for number in range(MAX_MEANT)]
    assert bans.extend(hold, accounts, hosts)
    assert not bans.extend(hold, ["one-more"], [FAR, "198.51.100.7"])
    assert hold.ban.accounts == tuple(accounts)
    assert hold.ban.hosts == tuple(hosts)
