"""KICK, MUTE, BAN and what undoes them; who may; what is kept of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.logger import capturedLogs

from twisted_chat.durations import (
    is_duration,
    parse_duration,
    show_time,
    split_duration,
)
from twisted_chat.events import Ban
from twisted_chat.hub import Stored
from twisted_chat.hub.bans import Bans
from twisted_chat.hub.masks import parse_mask
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


# Banning from the chat


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


# Banning from a room


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


# Durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("1d2h30m", 95_400),
        ("2w", 1_209_600),
        ("1H", 3600),
        ("10min", 600),
        ("10 minutes", 600),
        ("1 day", 86_400),
        ("3 Days", 259_200),
        ("2 weeks", 1_209_600),
        ("1 hour 30 mins", 5400),
        ("2hrs", 7200),
        ("45 secs", 45),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert is_duration(text)
    assert parse_duration(text) == seconds
    assert split_duration(f"{text} 3 times spam") == (text, "3 times spam")


@pytest.mark.parametrize(
    "text",
    ["", "1", "d", "1x", "-1d", "١d", "10mins5x", "1 month", "1y", "1.5h", "5 strikes"],
)
def test_no_durations(text: str) -> None:
    assert not is_duration(text)
    with pytest.raises(ValueError, match="span of time; write 90s, 10min"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["", "spam", "-1d", "for 3 days"])
def test_a_reason_without_a_duration(text: str) -> None:
    assert split_duration(text) == ("", text)


def test_for_ever_lets_a_reason_begin_with_a_digit() -> None:
    assert split_duration("0 3 times spam") == ("0", "3 times spam")
    assert split_duration("0") == ("0", "")


@pytest.mark.parametrize(
    "words", ["10x", "3 times spam", "1 month", "1.5h", "10", "007", "0s", "99999w"]
)
@pytest.mark.parametrize("verb", ["MUTE", "BAN", "MUTE #lobby", "BAN #lobby"])
def test_a_bad_duration_is_told_how_to_be_written(
    world: World, verb: str, words: str
) -> None:
    root = member(world, "root")
    [told] = ask(root, f"{verb} bob {words}")
    assert told.startswith("ERR 461 ")
    assert "10min" in told
    assert "bob" not in str(ask(root, "BANS") + ask(root, "BANS #lobby"))


@pytest.mark.parametrize(
    ("words", "until", "reason"),
    [
        ("10min", "2023-11-14 22:24 UTC", ""),
        ("1 day spam", "2023-11-15 22:14 UTC", "spam"),
        ("10 minutes 5 strikes", "2023-11-14 22:24 UTC", "5 strikes"),
        ("0 3 times spam", "", "3 times spam"),
        ("spam 1d", "", "spam 1d"),
    ],
)
def test_how_long_and_why(world: World, words: str, until: str, reason: str) -> None:
    root = member(world, "root")
    root.send(f"MUTE bob {words}")
    [_, line] = ask(root, "BANS")
    shown = f" until {until}" if until else ""
    why = f" ({reason})" if reason else ""
    assert line == f"* mute bob{shown} by root{why}"


def test_a_time_is_rounded_up() -> None:
    assert show_time(1_700_000_000) == "2023-11-14 22:14 UTC"


# Masks

nicks = st.from_regex(r"[ab_1]{1,4}", fullmatch=True)
patterns = st.from_regex(r"[ab_1*?]{1,5}", fullmatch=True)
fours = st.integers(0, 2**8 - 1).map(lambda n: f"192.0.2.{n}")
sixes = st.integers(0, 2**8 - 1).map(lambda n: f"2001:db8::{n:x}")
prefixes = st.tuples(fours, st.integers(24, 32)).map(lambda p: f"{p[0]}/{p[1]}")
longer = st.tuples(sixes, st.integers(120, 128)).map(lambda p: f"{p[0]}/{p[1]}")
masks = st.one_of(nicks, patterns, fours, sixes, prefixes, longer).map(parse_mask)


def fits(mask: str, nick: str, host: str) -> bool:
    """The plain meaning of a mask, for comparison."""
    from fnmatch import fnmatchcase
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(mask)
    except ValueError:
        return fnmatchcase(nick.lower(), mask.lower())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(masks, st.sampled_from([0.0, 5.0, 15.0])), max_size=8),
    st.lists(masks, max_size=3),
    nicks,
    st.one_of(fours, sixes),
)
def test_masks_match_as_a_list_would(
    entries: list[tuple[str, float]], gone: list[str], nick: str, host: str
) -> None:
    bans, model = Bans(), {}
    for mask, until in entries:
        bans.add(Ban("ban", "", mask, "", "", 0, until))
        model[mask.lower()] = until
    for mask in gone:
        assert (bans.remove(mask) is None) is (model.pop(mask.lower(), None) is None)
    holding = {mask for mask, until in model.items() if not until or until > 10}
    found = bans.match([nick], [host], 10)
    expected = {mask for mask in holding if fits(mask, nick, host)}
    assert (found.mask.lower() in expected) if found else not expected
    assert len(bans) == len(model)
    assert {b.mask.lower() for b in bans.expired(10)} == set(model) - holding


def test_many_stars_cost_little() -> None:
    bans = Bans()
    bans.add(Ban("ban", "", "*a" * 15 + "*b", "", "", 0, 0))
    assert bans.match_nick("a" * 32, 1) is None
