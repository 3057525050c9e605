"""What becomes of rooms and of a nick when an account is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from twisted.internet.defer import Deferred

from twisted_chat.hub.entries import Unregister
from twisted_chat.hub.session import new_token
from twisted_chat.storage.accounts_sqlite import remove

from .kept import Kept
from .support import PASSWORD, Client, World, ask, last_ids, member, refused, skip

T = TypeVar("T")
WORDS = "the plan is under the mat"
CLOSED = {"ROOM lock": 473, "ROOM key hush": 475}


@pytest.fixture
def store() -> Kept:
    return Kept()


@pytest.fixture
def world(store: Kept) -> World:
    return World(store=store, operators=frozenset({"root"}))


def result(outcome: Deferred[T]) -> T:
    got: list[T] = []
    outcome.addCallback(got.append)
    return got[0]


def take_away(world: World, account: str) -> None:
    """What comes of ``twisted-chat-admin account remove`` beside the server."""
    world.hub.log.propose(Unregister(account, new_token()))
    world.settle()


def unregister(world: World, client: Client) -> None:
    client.send(f"UNREGISTER {PASSWORD}")


def removed(world: World, client: Client) -> None:
    """As by ``twisted-chat-admin account remove`` beside the running server."""
    take_away(world, client.user.account)


GONE = pytest.mark.parametrize("gone", [unregister, removed])
Gone = Callable[[World, Client], None]


def restarted(old: World, store: Kept) -> World:
    """The next server with the same accounts and rules."""
    world = World(store=store, operators=frozenset({"root"}))
    world.hub.history = old.hub.history
    world.hub.load(store.stored()._replace(last_ids=last_ids(old.hub)))
    return world


# Rooms


@GONE
@pytest.mark.parametrize("rule", CLOSED)
def test_a_closed_room_stays_closed_without_its_owner(
    world: World, gone: Gone, rule: str
) -> None:
    alice = member(world, "alice", "#dev")
    bob = world.enter("bob")
    alice.send(f"MSG {WORDS}", rule)
    gone(world, alice)
    assert refused(bob, "JOIN #dev") == CLOSED[rule]
    alice.send("PART #dev")
    assert refused(bob, "JOIN #dev") == CLOSED[rule]
    assert refused(alice, "JOIN #dev") == CLOSED[rule]
    assert refused(bob, "HISTORY #dev") == 403


@GONE
def test_whoever_is_there_stays(world: World, gone: Gone) -> None:
    alice = member(world, "alice", "#dev")
    bob = world.enter("bob")
    alice.send("INVITE bob", "ROOM lock", "INVITE bob")
    bob.send("JOIN #dev")
    skip(alice, bob)
    gone(world, alice)
    assert bob.lines() == ["* #dev has an owner less: alice (alice)"]
    alice.send("MSG still here")
    assert bob.lines() == ["#dev alice: still here"]
    assert refused(alice, "ROOM unlock") == 482


@GONE
def test_who_takes_the_nick_inherits_nothing(world: World, gone: Gone) -> None:
    alice = member(world, "alice", "#dev")
    alice.send(f"MSG {WORDS}", "ROOM lock")
    root = member(world, "root", "#voiced")
    alice.send("JOIN #voiced")
    root.send("ROOM #voiced moderated on", "VOICE #voiced alice")
    alice.send(f"CERT add {'ab' * 32}")
    skip(root)
    gone(world, alice)
    assert "* #voiced has a voice less: alice (alice)" in root.lines()
    alice.send("QUIT")
    thief = member(world, "alice")
    assert thief.user.account == "alice"
    assert refused(thief, "JOIN #dev") == 473
    thief.send("JOIN #voiced")
    assert refused(thief, "MSG hi") == 404
    assert refused(thief, "OWNER #voiced bob") == 482
    assert not thief.user.operator
    assert ask(thief, "CERT list") == [
        "* Your account has no certificate; CERT add adds one"
    ]


@GONE
def test_an_operator_gives_it_away(world: World, gone: Gone) -> None:
    alice, root = member(world, "alice", "#dev"), member(world, "root")
    alice.send(f"MSG {WORDS}", "ROOM lock")
    member(world, "carol")
    skip(root)
    gone(world, alice)
    assert root.lines() == [
        "* #dev has no owner any more, and stays closed; OWNER gives it away"
    ]
    alice.send("PART #dev")
    assert any(WORDS in line for line in ask(root, "JOIN #dev"))
    assert not world.room("#dev").rules.owners
    root.send("OWNER carol", "PART #dev")
    assert list(world.hub.room_registry._records["#dev"].owners) == ["carol"]


@GONE
def test_it_stays_closed_over_a_restart(world: World, store: Kept, gone: Gone) -> None:
    alice = member(world, "alice", "#dev")
    alice.send(f"MSG {WORDS}", "ROOM lock")
    gone(world, alice)
    alice.send("QUIT")
    world = restarted(world, store)
    alice, bob = member(world, "alice"), member(world, "bob")
    assert refused(alice, "JOIN #dev") == refused(bob, "JOIN #dev") == 473


def test_an_account_removed_while_no_server_runs(world: World, store: Kept) -> None:
    alice = member(world, "alice", "#dev", "#open")
    bob = member(world, "bob", "#bobs")
    bob.send("VOICE bob", "OWNER alice", "VOICE alice")
    alice.send("ROOM #dev lock", "QUIT")
    remove(store.connection, "alice")
    world = restarted(world, store)
    kept = {record.name: record for record in store.rooms()}
    assert list(kept) == ["#bobs", "#dev"]
    assert (kept["#bobs"].owners, kept["#bobs"].voices) == (("bob",), ("bob",))
    assert (kept["#dev"].owners, kept["#dev"].locked) == ((), True)
    assert refused(member(world, "alice"), "JOIN #dev") == 473


def test_an_open_room_is_anybodys_again(world: World, store: Kept) -> None:
    alice = member(world, "alice", "#dev")
    unregister(world, alice)
    alice.send("PART #dev")
    assert store.rooms() == []
    member(world, "bob", "#dev")
    assert list(world.room("#dev").rules.owners) == ["bob"]


def test_a_closed_room_where_nothing_was_said_is_forgotten(
    world: World, store: Kept
) -> None:
    alice = member(world, "alice", "#dev")
    alice.send("ROOM lock")
    unregister(world, alice)
    alice.send("PART #dev")
    assert store.rooms() == []


def test_giving_the_last_ownership_up_opens_nothing(world: World) -> None:
    alice = member(world, "alice", "#dev")
    alice.send(f"MSG {WORDS}", "ROOM lock", "OWNER -alice", "PART #dev")
    assert refused(world.enter("bob"), "JOIN #dev") == 473


def test_a_guest_who_made_it_owns_it_all_along(world: World) -> None:
    bob, root = world.enter("bob"), member(world, "root")
    bob.send("JOIN #dev")
    carol = member(world, "carol")
    root.send("OWNER #dev carol", "ROOM #dev lock")
    unregister(world, carol)
    assert not world.room("#dev").rules.owners
    bob.send(f"REGISTER {PASSWORD}")
    assert list(world.room("#dev").rules.owners) == ["bob"]


def test_a_visitor_of_an_owned_room_does_not_take_it_over(world: World) -> None:
    alice = member(world, "alice", "#dev")
    alice.send("PART #dev")
    bob = member(world, "bob", "#dev")
    assert refused(bob, "ROOM lock") == 482
    assert list(world.room("#dev").rules.owners) == ["alice"]
    bob.send("PART #dev")
    alice.send("JOIN #dev")
    skip(alice)
    assert ask(alice, "ROOM lock") == [
        "* #dev is locked: only who is invited gets in (alice)"
    ]


def test_nor_does_a_guest_who_registers_there(world: World) -> None:
    member(world, "alice", "#dev").send("PART #dev")
    bob = world.enter("bob")
    bob.send("JOIN #dev", f"REGISTER {PASSWORD}")
    assert list(world.room("#dev").rules.owners) == ["alice"]


# Nicks


def test_who_proved_the_account_and_has_no_nick_yet_is_a_guest(world: World) -> None:
    member(world, "alice", "#dev").send("QUIT")
    early = world.connect()
    session = early.connection.session
    proof = world.hub.authentication.identify(session, "alice", PASSWORD)
    world.settle()
    result(proof)
    take_away(world, "alice")
    early.send("NICK alice")
    assert (early.user.nick, early.user.account) == ("alice", "")


def test_a_password_that_was_right_is_not_when_the_account_is_gone(
    world: World,
) -> None:
    member(world, "alice").send("QUIT")
    late = world.enter("late")
    world.pool.busy = True
    late.send(f"LOGIN alice {PASSWORD}")
    take_away(world, "alice")
    world.pool.work()
    assert late.lines()[-1].startswith("ERR 464 ")
    assert (late.user.nick, late.user.account) == ("late", "")


@GONE
def test_a_ban_of_the_account_is_no_ban_of_the_next(world: World, gone: Gone) -> None:
    alice, root = member(world, "alice"), member(world, "root", "#dev", "#quiet")
    alice.send("NICK other")
    root.send("BAN #dev other", "MUTE #quiet other")
    gone(world, alice)
    # Whom it was meant for it still means, while they are here.
    assert refused(alice, "JOIN #dev") == 474
    alice.send("QUIT")
    assert not world.hub.bans.accounts()
    thief = member(world, "alice", "#dev", "#quiet")
    assert ask(thief, "MSG hi") == []
    assert thief.user in world.room("#dev").members


def test_nor_after_a_restart(world: World, store: Kept) -> None:
    alice, root = member(world, "alice"), member(world, "root", "#dev")
    alice.send("NICK other")
    root.send("BAN #dev other")
    alice.send("QUIT")
    remove(store.connection, "alice")
    bans = store.bans()
    assert bans[0].accounts == ("alice",)
    world = restarted(world, store)
    assert refused(member(world, "other"), "JOIN #dev") == 474
    assert "* alice joined #dev" in ask(member(world, "alice"), "JOIN #dev")


def test_a_nick_that_is_registered_again_is_not_removed_again(world: World) -> None:
    alice = member(world, "alice")
    unregister(world, alice)
    alice.send(f"REGISTER {PASSWORD}", "JOIN #dev")
    assert alice.user.account == "alice"
    assert list(world.room("#dev").rules.owners) == ["alice"]


def test_wrong_tries_of_the_one_before_count_for_nobody(world: World) -> None:
    alice, bob = member(world, "alice"), world.enter("bob")
    for _ in range(6):
        bob.send("LOGIN alice wrong-one")
    assert "Too many tries" in bob.lines()[-1]
    removed(world, alice)
    alice.send(f"REGISTER {PASSWORD}", "QUIT")
    assert "* You are logged in as alice" in ask(bob, f"LOGIN alice {PASSWORD}")
