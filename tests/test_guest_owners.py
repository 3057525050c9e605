"""Who opens a room owns it, registered or not; and what is left of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.irc_support import Network
from tests.kept import Kept
from tests.support import PASSWORD, Client, World, ask, member, refused, skip
from twisted_chat.hub.unkept import MAX_RUNS, Unkept

WORDS = "the plan is under the mat"
CLOSING = ("ROOM lock", "ROOM key hush", "ROOM secret on")


@pytest.fixture
def world() -> Network:
    return Network(operators=frozenset({"root"}))


def line(world: Network, nick: str) -> Client:
    return world.netcat(nick)


def json(world: Network, nick: str) -> Client:
    client = world.netcat(nick)
    client.ask("FORMAT json")
    return client


def irc(world: Network, nick: str) -> Client:
    return world.irc(nick)


def owner(world: Network, nick: str, *rooms: str) -> Client:
    """Somebody with an account and netcat."""
    client = world.netcat(nick)
    client.send(f"REGISTER {PASSWORD}", *(f"JOIN {room}" for room in rooms))
    skip(client)
    return client


DOORS = pytest.mark.parametrize("door", [line, json, irc])
Door = Callable[[Network, str], Client]


# Who owns it


@DOORS
def test_who_opens_it_owns_it_until_they_leave(world: Network, door: Door) -> None:
    alice, bob, carol = door(world, "alice"), world.netcat("bob"), world.irc("carol")
    alice.send("JOIN #dev", "ROOM #dev topic unlock")
    bob.send("JOIN #dev")
    assert refused(bob, "ROOM moderated on") == 482
    assert ":irc.Test 353 carol = #dev :@alice bob carol" in carol.ask("JOIN #dev")
    alice.send("NICK anna")
    assert ask(bob, "ROOM #dev") == ["* #dev: owners: anna"]
    alice.send("ROOM #dev moderated on")
    assert refused(bob, "MSG hi") == 404
    alice.send("PART #dev", "JOIN #dev")
    assert ask(bob, "ROOM #dev") == ["* #dev: moderated; owners: none"]
    assert "482" in "".join(ask(alice, "ROOM #dev moderated off"))


def test_leaving_the_chat_is_leaving(world: Network) -> None:
    alice, bob = world.netcat("alice"), world.netcat("bob")
    alice.send("JOIN #dev")
    bob.send("JOIN #dev")
    alice.send("QUIT")
    assert ask(bob, "ROOM #dev") == ["* #dev: owners: none"]
    world.netcat("alice").send("JOIN #dev")
    assert ask(bob, "ROOM #dev") == ["* #dev: owners: none"]


@pytest.mark.parametrize("how", ["OWNER #dev bob", "MODE #dev +o bob"])
def test_it_is_shared_with_guests_who_are_there(world: Network, how: str) -> None:
    alice, bob = world.irc("alice"), world.netcat("bob")
    alice.send("JOIN #dev")
    assert "441" in "".join(ask(alice, how))
    bob.send("JOIN #dev")
    skip(alice, bob)
    assert any("MODE #dev +o bob" in each for each in alice.ask(how))
    assert bob.lines() == ["* #dev has a new owner: bob (alice)"]
    alice.send("QUIT")
    assert "is locked" in ask(bob, "ROOM lock")[-1]
    carol = world.netcat("carol")
    assert refused(bob, "OWNER -carol") == 441
    assert ask(bob, "OWNER -bob")[0] == "* #dev has an owner less: bob (bob)"
    assert refused(bob, "ROOM unlock") == 482
    assert refused(carol, "JOIN #dev") == 473


def test_nobody_owns_it_by_a_nick_that_isnt_theirs(world: Network) -> None:
    alice = world.netcat("alice")
    alice.send(f"REGISTER {PASSWORD}", "JOIN #dev")
    bob = world.netcat("bob")
    bob.send(f"REGISTER {PASSWORD}", "QUIT")
    world.netcat("bob").send("JOIN #dev")
    assert refused(alice, "OWNER bob") == 484


def test_registering_makes_it_theirs_for_good(world: Network) -> None:
    alice, bob = world.netcat("alice"), world.netcat("bob")
    alice.send("JOIN #dev", "ROOM lock", "BAN #dev dave", f"MSG {WORDS}")
    alice.send(f"REGISTER {PASSWORD}", "PART #dev")
    assert refused(bob, "JOIN #dev") == 473
    assert any(WORDS in each for each in ask(alice, "JOIN #dev"))
    assert "* ban dave by alice" in ask(alice, "BANS #dev")


def test_who_joins_their_own_account_keeps_it(world: Network) -> None:
    desk = owner(world, "alice")
    phone = world.irc("phone")
    phone.send("JOIN #dev")
    desk.send("JOIN #dev")
    phone.send(f"LOGIN alice {PASSWORD}")
    assert list(world.room("#dev").rules.owners) == ["alice"]


def test_the_lobby_and_kept_rooms_have_no_guest_owner(world: Network) -> None:
    alice = world.netcat("alice")
    alice.send("PART #lobby", "JOIN #lobby")
    assert refused(alice, "ROOM #lobby moderated on") == 482
    owner(world, "bob", "#own").send("PART #own")
    alice.send("JOIN #own")
    assert refused(alice, "ROOM #own lock") == 482


# What is left of it


@pytest.mark.parametrize("rule", CLOSING)
def test_a_closed_room_is_gone_when_it_empties(world: Network, rule: str) -> None:
    alice, bob = world.netcat("alice"), world.netcat("bob")
    alice.send("JOIN #dev", "MSG in the open", rule, f"MSG {WORDS}", "TOPIC #dev mats")
    assert any(WORDS in each for each in ask(alice, "HISTORY #dev"))
    assert any(WORDS in each for each in ask(alice, "SEARCH mat"))
    alice.send("PART #dev")
    told = [*ask(bob, "JOIN #dev"), *ask(bob, "HISTORY #dev"), *ask(bob, "SEARCH mat")]
    assert WORDS not in str(told)
    assert "mats" not in str(told)
    assert "in the open" in str(told)
    assert ask(bob, "ROOM #dev") == ["* #dev: owners: bob"]


def test_what_is_said_after_it_was_opened_again_stays(world: Network) -> None:
    alice, bob = world.netcat("alice"), world.netcat("bob")
    alice.send("JOIN #dev", "MSG one", "ROOM lock", "MSG two", "ROOM unlock")
    alice.send("MSG three", "ROOM lock", "MSG four", "ROOM unlock")
    assert str(ask(alice, "HISTORY #dev")).count("alice: ") == 4
    alice.send("PART #dev")
    told = [each for each in ask(bob, "JOIN #dev") if "alice: " in each]
    assert [each.rpartition(" ")[2] for each in told] == ["one", "three"]
    bob.send("MSG five")
    assert world.room("#dev").last_id == 5


def test_the_last_owner_gone_it_is_written_no_more(world: Network) -> None:
    """But what was said while there was one stays hidden until an operator comes."""
    alice, bob = owner(world, "alice", "#dev"), world.netcat("bob")
    alice.send("MSG before", "ROOM lock", f"UNREGISTER {PASSWORD}", "MSG after")
    alice.send("PART #dev")
    assert refused(bob, "JOIN #dev") == 473
    root = owner(world, "root")
    told = str(ask(root, "JOIN #dev"))
    assert ("before" in told, "after" in told) == (True, False)


@pytest.mark.parametrize("what", ["BAN #dev *", "MUTE #dev *", "ROOM limit 1"])
def test_nobody_spoils_a_name_for_others(world: Network, what: str) -> None:
    alice, bob = world.netcat("alice"), world.netcat("bob")
    alice.send("JOIN #dev", what, "PART #dev")
    assert "* bob joined #dev" in ask(bob, "JOIN #dev")
    bob.send("JOIN #dev", "MSG hello")
    assert not refused_at_all(bob)


def refused_at_all(client: Client) -> bool:
    return any(each.startswith("ERR ") for each in client.lines())


def test_operators_bans_stay(world: Network) -> None:
    root, alice = owner(world, "root"), world.netcat("alice")
    alice.send("JOIN #dev")
    root.send("BAN #dev bob")
    alice.send("BAN #dev bob", "PART #dev")
    assert refused(world.netcat("bob"), "JOIN #dev") == 474


def test_nothing_of_guests_is_kept() -> None:
    store = Kept()
    world = World(store=store)
    alice = world.enter("alice")
    alice.send("JOIN #dev", "ROOM lock", "BAN #dev dave", "OWNER alice", "KICK alice")
    stored = store.stored()
    assert (stored.rooms, stored.bans, store.audit_entries()) == ([], [], [])


def test_after_a_restart_it_is_the_accounts_and_no_guests() -> None:
    store = Kept()
    old = World(store=store)
    member(old, "alice", "#own").send("ROOM lock", "OWNER bob")
    old.enter("carol").send("JOIN #dev", "ROOM lock")
    world = World(store=store)
    world.hub.load(store.stored())
    bob = world.enter("bob")
    assert refused(bob, "JOIN #own") == 473
    assert "* bob joined #dev" in ask(bob, "JOIN #dev")
    alice = world.enter("alice")
    alice.send(f"LOGIN {PASSWORD}", "JOIN #own")
    assert ask(alice, "ROOM #own") == ["* #own: locked; owners: alice"]


def test_unkept_is_bounded() -> None:
    unkept = Unkept()
    for start in range(1, 10 * MAX_RUNS, 4):
        unkept.begin(start)
        unkept.end(start + 1)
    assert len(unkept.runs()) <= MAX_RUNS
    assert all(start in unkept for start in range(1, 10 * MAX_RUNS, 4))
    assert 3 not in unkept
    unkept.begin(5000)
    copy = Unkept()
    copy.load(unkept.runs())
    assert copy.runs() == unkept.runs()
    assert 5001 in copy
    unkept.end(4999)
    assert 5000 not in unkept
    assert Path("x") not in unkept
