"""REGISTER, LOGIN, PASSWD, UNREGISTER, and several sessions of one person."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from twisted.logger import capturedLogs

from twisted_chat.hub import Stored
from twisted_chat.hub.entries import (
    Register,
    SessionId,
    SetOperator,
    SetPassword,
    Unregister,
)
from twisted_chat.hub.session import new_token
from twisted_chat.names import skeleton
from twisted_chat.storage.accounts import Account
from twisted_chat.storage.passwords import AT_ONCE, MAX_WAITING
from twisted_chat.storage.writes import PutAccount

from .kept import Kept
from .support import CHEAP, Client, World, ask, refused, skip

PASSWORD = "open sesame".replace(" ", "-")


@pytest.fixture
def world() -> World:
    return World()


def registered(world: World, nick: str = "alice") -> Client:
    client = world.enter(nick)
    assert client.ask(f"REGISTER {PASSWORD}") == [f"* You are logged in as {nick}"]
    return client


# Registering


def test_registering_claims_the_nick(world: World) -> None:
    alice = registered(world)
    assert alice.user.account == "alice"
    assert not alice.user.operator
    assert world.hub.identities.account_of("ALICE") == "alice"


def test_registering_twice_is_refused(world: World) -> None:
    alice = registered(world)
    assert alice.ask("REGISTER another-one")[0].startswith("ERR 462 ")


def test_a_registered_nick_cannot_be_registered(world: World) -> None:
    registered(world).send("QUIT")
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
    root = registered(world, "root")
    assert root.user.operator


# Logging in


def test_login_before_nick_comes_in(world: World) -> None:
    registered(world).send("QUIT")
    alice = world.connect()
    alice.lines()
    assert alice.ask(f"LOGIN Alice {PASSWORD}") == [
        "* You are now known as alice",
        "* You are logged in as alice",
        "* In #lobby: alice",
    ]
    assert alice.user.account == "alice"


def test_login_proves_the_nick_worn(world: World) -> None:
    registered(world).send("QUIT")
    alice = world.enter("alice")
    assert alice.ask(f"LOGIN {PASSWORD}") == ["* You are logged in as alice"]


def test_a_wrong_password_is_refused(world: World) -> None:
    registered(world)
    bob = world.enter("bob")
    assert bob.ask("LOGIN alice wrong-one")[0].startswith("ERR 464 ")
    assert bob.ask("LOGIN nobody wrong-one")[0].startswith("ERR 464 ")
    assert bob.user.account == ""


def test_login_takes_the_nick_back(world: World) -> None:
    registered(world).send("QUIT")
    stranger = world.enter("Alice")
    bob = world.enter("bob")
    skip(stranger)
    alice = world.connect()
    alice.lines()
    alice.send(f"LOGIN alice {PASSWORD}")
    assert alice.user.nick == "alice"
    guest = stranger.user.nick
    assert guest.startswith("guest_")
    assert stranger.lines()[:2] == [
        "* alice logged in, and the nick is theirs",
        f"* You are now known as {guest}",
    ]
    assert bob.lines() == [
        f"* Alice is now known as {guest}",
        "* alice joined the chat!",
    ]


def test_a_guest_who_logs_in_changes_nick(world: World) -> None:
    registered(world).send("QUIT")
    guest, bob = world.enter("guest"), world.enter("bob")
    skip(guest)
    assert guest.ask(f"LOGIN alice {PASSWORD}") == [
        "* You are now known as alice",
        "* You are logged in as alice",
    ]
    assert bob.lines() == ["* guest is now known as alice"]


def test_logging_in_twice_is_refused(world: World) -> None:
    registered(world, "bob").send("QUIT")
    alice = registered(world)
    assert alice.ask(f"LOGIN bob {PASSWORD}")[0].startswith("ERR 462 ")


def test_the_servers_password_comes_first() -> None:
    world = World(password="friend")
    client = world.connect()
    client.lines()
    assert client.ask("LOGIN alice long-enough")[0].startswith("ERR 464 ")


def test_json_shows_accounts(world: World) -> None:
    registered(world).send("QUIT")
    bob, alice = world.enter("bob"), world.enter("alice")
    bob.send("FORMAT json")
    alice.send("FORMAT json")
    skip(alice, bob)
    alice.send(f"LOGIN {PASSWORD}")
    [own], [others] = alice.events(), bob.events()
    at = own.pop("at")
    assert own == {
        "event": "account",
        "nick": "alice",
        "account": "alice",
        "you": True,
    }
    assert others == {
        "event": "account",
        "at": at,
        "nick": "alice",
        "account": "alice",
    }
    alice.send(f"UNREGISTER {PASSWORD}")
    assert alice.events()[-1]["account"] is None
    assert bob.events()[-1]["account"] is None


def test_whois_shows_the_account(world: World) -> None:
    registered(world)
    bob = world.enter("bob")
    assert "logged in as alice" in bob.ask("WHOIS alice")[0]
    assert "logged in" not in bob.ask("WHOIS bob")[0]


# Who wears a nick that isn't theirs


def test_a_registered_nick_is_taken_away_after_30_s(world: World) -> None:
    registered(world).send("QUIT")
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
    registered(world).send("QUIT")
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
    registered(world).send("QUIT")
    alice = world.enter("alice")
    assert world.hub.lobby.restricted
    alice.send(f"LOGIN {PASSWORD}")
    skip(alice)
    assert ask(alice, "MSG LOGIN secret-1") == []
    assert not world.hub.lobby.restricted


def test_the_nick_that_is_lost_leaves_nothing_restricted(world: World) -> None:
    registered(world).send("QUIT")
    world.enter("alice")
    assert world.hub.lobby.restricted
    world.advance(31)
    assert not world.hub.lobby.restricted


def test_login_in_time_keeps_the_nick(world: World) -> None:
    registered(world).send("QUIT")
    alice = world.enter("alice")
    alice.send(f"LOGIN {PASSWORD}")
    world.advance(60)
    assert alice.user.nick == "alice"


def test_another_nick_in_time_is_kept(world: World) -> None:
    registered(world).send("QUIT")
    stranger = world.enter("alice")
    stranger.send("NICK stranger")
    world.advance(60)
    assert stranger.user.nick == "stranger"


def test_a_strangers_time_does_not_begin_again(world: World) -> None:
    registered(world).send("QUIT")
    stranger = world.enter("alice")
    stranger.send("NICK other")
    skip(stranger)
    assert stranger.ask("NICK alice") == [
        "ERR 433 alice is registered; use /login alice password"
    ]
    assert "* You are logged in as alice" in stranger.ask(f"LOGIN alice {PASSWORD}")


def test_nothing_is_left_of_one_who_left(world: World) -> None:
    registered(world).send("QUIT")
    world.enter("alice").send("QUIT")
    world.advance(60)
    assert not world.clock.getDelayedCalls()
    assert world.hub.identities.user_of("alice") is None


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
    alice = registered(world)
    assert alice.ask("NICK a1ice") == ["* You are now known as a1ice"]
    assert alice.ask("NICK aIice") == ["* You are now known as aIice"]
    world.advance(60)
    assert alice.user.nick == "aIice"


# Backoff


def test_tries_get_slower_for_a_nick(world: World) -> None:
    registered(world)
    thief = world.enter("thief")
    for _ in range(5):
        assert "Wrong password" in thief.ask("LOGIN alice wrong-one")[0]
    assert thief.ask(f"LOGIN alice {PASSWORD}") == ["ERR 464 Too many tries; wait 1 s"]
    world.advance(1)
    assert "Wrong password" in thief.ask("LOGIN alice wrong-one")[0]
    assert "wait 2 s" in thief.ask("LOGIN alice wrong-one")[0]
    world.advance(2)
    assert "logged in as alice" in thief.ask(f"LOGIN alice {PASSWORD}")[1]


def test_tries_get_slower_for_an_address(world: World) -> None:
    for nick in ("alice", "bob", "carol"):
        registered(world, nick)
    thief = world.enter("thief", host="192.0.2.1")
    for nick in ("alice", "bob", "carol", "alice", "bob"):
        assert "Wrong password" in thief.ask(f"LOGIN {nick} wrong-one")[-1]
    assert "Too many tries" in thief.ask("LOGIN carol wrong-one")[0]
    honest = world.connect(host="192.0.2.2")
    assert "* You are logged in as carol" in honest.ask(f"LOGIN carol {PASSWORD}")


def test_tries_at_once_count_before_they_fail(world: World) -> None:
    registered(world)
    world.pool.busy = True
    thieves = [world.enter(f"thief{n}") for n in range(7)]
    for thief in thieves:
        thief.send("LOGIN alice wrong-one")
    world.pool.work()
    answers = [thief.lines()[-1] for thief in thieves]
    assert sum("Too many tries" in answer for answer in answers) == 2


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
        alice = registered(world)
        alice.send("PASSWD wrong-old new-secret", f"PASSWD {PASSWORD} new-secret")
        alice.send("UNREGISTER wrong-one", "LOGIN new-secret-2", "REGISTER x y-secret")
    assert seen
    for word in (PASSWORD, "secret", "wrong-o", "argon2"):
        assert word not in str(seen)


# Changing and giving up


def test_another_password(world: World) -> None:
    alice = registered(world)
    assert alice.ask("PASSWD wrong-one new-secret")[0].startswith("ERR 464 ")
    assert alice.ask(f"PASSWD {PASSWORD} tiny")[0].startswith("ERR 461 ")
    assert alice.ask(f"PASSWD {PASSWORD} new-secret") == ["* Your password is changed"]
    bob = world.enter("bob")
    assert bob.ask(f"LOGIN alice {PASSWORD}")[0].startswith("ERR 464 ")
    assert "* You are logged in as alice" in bob.ask("LOGIN alice new-secret")


def test_giving_a_nick_up(world: World) -> None:
    alice = registered(world)
    assert alice.ask("UNREGISTER wrong-one")[0].startswith("ERR 464 ")
    assert alice.ask(f"UNREGISTER {PASSWORD}") == ["* You are logged out"]
    assert alice.user.account == ""
    assert alice.ask("UNREGISTER anything")[0].startswith("ERR 464 ")
    world.advance(60)
    assert alice.user.nick == "alice"
    assert alice.ask("REGISTER another-one") == ["* You are logged in as alice"]


# Order


def test_later_lines_wait_for_the_outcome(world: World) -> None:
    registered(world).send("QUIT")
    bob = world.enter("bob")
    alice = world.connect()
    alice.lines()
    world.pool.busy = True
    alice.send_bytes(f"LOGIN alice {PASSWORD}\nMSG hello\nJOIN #dev\n".encode())
    assert alice.lines() == []
    assert not alice.transport.reading
    alice.send("MSG there")
    world.pool.work()
    assert bob.lines() == ["* alice joined the chat!", "alice: hello"]
    assert alice.transport.reading
    assert alice.connection.session.room is world.room("#dev")


def test_one_who_hangs_up_meanwhile_is_gone(world: World) -> None:
    registered(world).send("QUIT")
    bob, alice = world.enter("bob"), world.connect()
    world.pool.busy = True
    alice.send(f"LOGIN alice {PASSWORD}", "MSG hello")
    alice.reset()
    world.pool.work()
    assert bob.lines() == []
    assert world.hub.identities.user_of("alice") is None


def test_one_who_sends_all_and_half_closes_is_served(world: World) -> None:
    registered(world).send("QUIT")
    bob, alice = world.enter("bob"), world.connect()
    world.pool.busy = True
    alice.send_bytes(f"LOGIN alice {PASSWORD}\nMSG hello\n".encode())
    alice.half_close()
    world.pool.work()
    assert bob.lines()[:2] == ["* alice joined the chat!", "alice: hello"]
    assert alice.closed


def test_too_many_at_once_are_refused(world: World) -> None:
    world.pool.busy = True
    most = AT_ONCE + MAX_WAITING
    clients = [world.enter(f"user{n:02}") for n in range(most + 1)]
    for client in clients:
        client.send("REGISTER long-enough")
    assert clients[-1].lines()[0].startswith("ERR 263 ")
    world.pool.work()
    assert clients[0].user.account == "user00"


# Several sessions


def second(world: World, nick: str = "alice") -> Client:
    """One more session of somebody registered, who has read its greeting."""
    client = world.connect()
    client.lines()
    client.send(f"LOGIN {nick} {PASSWORD}")
    return client


def test_a_second_session_joins_the_first(world: World) -> None:
    alice, bob = registered(world), world.enter("bob")
    alice.send("JOIN #dev")
    skip(alice, bob)
    again = second(world)
    assert again.user is alice.user
    assert again.lines() == [
        "* You are now known as alice",
        "* You are logged in as alice",
        "* In #lobby: alice, bob",
        "* alice joined #dev",
        "* In #dev: alice",
    ]
    assert bob.lines() == alice.lines() == []


def test_both_sessions_hear_the_same(world: World) -> None:
    alice, bob = registered(world), world.enter("bob")
    again = second(world)
    skip(alice, bob, again)
    bob.send("MSG hi", "PRIV alice psst")
    assert alice.lines() == again.lines() == ["bob: hi", "PRIV bob: psst"]
    again.send("MSG hello", "PRIV bob yes")
    assert alice.lines() == ["alice: hello", "PRIV alice: yes"]
    assert again.lines() == []
    assert bob.lines() == ["alice: hello", "PRIV alice: yes"]


def test_joining_is_for_all_sessions(world: World) -> None:
    alice, bob = registered(world), world.enter("bob")
    bob.send("JOIN #dev")
    again = second(world)
    skip(alice, again, bob)
    again.send("JOIN #dev")
    assert alice.lines() == again.lines()
    assert bob.lines() == ["* alice joined #dev"]
    alice.send("MSG in the lobby")
    again.send("MSG in dev")
    assert bob.lines() == ["alice: in the lobby", "#dev alice: in dev"]
    skip(alice, again)
    alice.send("PART #dev")
    assert again.connection.session.room is world.room("#lobby")
    assert bob.lines() == ["* alice left #dev"]
    assert "* alice left #dev" in again.lines()


def test_one_leave_when_the_last_session_goes(world: World) -> None:
    alice, bob = registered(world), world.enter("bob")
    again = second(world)
    skip(bob)
    alice.send("QUIT")
    assert bob.lines() == []
    bob.send("MSG still there?")
    assert "bob: still there?" in again.lines()
    again.reset()
    assert bob.lines() == ["* alice left the chat! (connection lost)"]


def test_a_guest_with_a_present_account_joins_it(world: World) -> None:
    alice, bob = registered(world), world.enter("bob")
    guest = world.enter("guest")
    guest.send("JOIN #dev")
    skip(bob)
    guest.send(f"LOGIN alice {PASSWORD}")
    assert guest.user is alice.user
    assert bob.lines() == ["* guest left the chat! (is alice)"]
    assert "#dev" not in world.hub.rooms
    skip(guest)
    bob.send("MSG hi")
    assert guest.lines() == ["bob: hi"]


def test_ignoring_is_for_all_sessions(world: World) -> None:
    alice, bob = registered(world), world.enter("bob")
    alice.send("IGNORE bob")
    bob.send("IGNORE alice")
    again = second(world)
    skip(alice, bob, again)
    bob.send("MSG one")
    assert again.lines() == []
    again.send("MSG two")
    assert bob.lines() == []


def test_renaming_is_for_all_sessions(world: World) -> None:
    alice, bob = registered(world), world.enter("bob")
    again = second(world)
    skip(alice, again, bob)
    again.send("NICK alicia")
    assert alice.lines() == again.lines() == ["* You are now known as alicia"]
    assert bob.lines() == ["* alice is now known as alicia"]
    third = second(world)
    assert third.user.nick == "alicia"


def test_sessions_are_limited(world: World) -> None:
    registered(world)
    sessions = [second(world) for _ in range(20)]
    assert sessions[-1].lines()[0].startswith("ERR 463 ")
    assert sessions[-2].user.account == "alice"


def test_proving_before_nick(world: World) -> None:
    """As SASL does: identify, then choose a nick."""
    registered(world).send("QUIT")
    client = world.connect()
    session = client.connection.session
    outcome: list[str] = []
    identify = world.hub.authentication.identify
    identify(session, "ALICE", PASSWORD).addCallback(outcome.append)
    world.settle()
    assert outcome == ["alice"]
    assert session.user is None
    session.set_nick("bob")
    world.settle()
    assert (client.user.nick, client.user.account) == ("bob", "alice")
    other = world.connect().connection.session
    identify(other, "alice", PASSWORD)
    world.settle()  # as a door waits for it
    other.set_nick("carol")
    world.settle()
    assert other.user is client.user


def test_who_becomes_an_operator_meanwhile_is_told(world: World) -> None:
    alice = registered(world)
    world.hub.log.propose(SetOperator("ALICE", True))
    assert alice.lines() == ["* You are an operator now"]
    world.hub.log.propose(SetOperator("ALICE", True))
    assert alice.lines() == []
    assert alice.ask("ANNOUNCE hi") == ["* Announcement by alice: hi"]
    world.hub.log.propose(SetOperator("ALICE", False))
    assert alice.lines() == ["* You are no operator any more"]
    assert not alice.user.operator


def test_an_account_that_was_taken_away_is_free_again(world: World) -> None:
    alice = registered(world)
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


def test_an_old_hash_is_made_anew(world: World) -> None:
    registered(world).send("QUIT")
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    world.hub.log.propose(SetPassword("alice", old.hash(PASSWORD)))
    alice = world.enter("alice")
    assert alice.ask(f"LOGIN {PASSWORD}") == ["* You are logged in as alice"]
    account = world.hub.accounts.find("alice")
    assert account is not None
    kept = account.hash
    assert not CHEAP.check_needs_rehash(kept)
    assert CHEAP.verify(kept, PASSWORD)


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


def test_who_is_told_of_an_account_has_it_after_a_restart() -> None:
    store = Kept()
    world = World(store=store)
    alice = registered(world)
    alice.send(f"CERT add {'0a' * 32}", f"PASSWD {PASSWORD} another-secret")
    [account] = store.accounts()
    assert account == world.hub.accounts.find("alice")
    assert account.certificates == ("0a" * 32,)
    again = World(store=store)
    again.hub.load(store.stored())
    bob = again.enter("bob")
    assert "* You are logged in as alice" in bob.ask("LOGIN alice another-secret")
    bob.send("UNREGISTER another-secret")
    assert store.accounts() == []


@pytest.mark.parametrize(
    "line",
    [
        f"PASSWD {PASSWORD} another-secret",
        f"UNREGISTER {PASSWORD}",
        f"CERT add {'0a' * 32}",
        f"CERT remove {'0b' * 32}",
    ],
)
def test_what_could_not_be_kept_is_refused(line: str) -> None:
    store = Kept()
    world = World(store=store)
    alice, bob = registered(world), world.enter("bob")
    alice.ask(f"CERT add {'0b' * 32}")
    before = store.accounts()
    store.fill()
    why = "ERR 263 The server's disk has a problem; try again later"
    assert alice.ask(line) == [why]
    assert bob.ask(f"REGISTER {PASSWORD}") == [why]
    store.empty()
    assert store.accounts() == before
    assert not alice.ask(line)[-1].startswith("ERR")
    assert bob.ask(f"REGISTER {PASSWORD}") == ["* You are logged in as bob"]


def test_a_disk_that_fails_meanwhile_is_a_refusal_too() -> None:
    store = Kept()
    world = World(store=store)
    bob = world.enter("bob")
    world.pool.busy = True
    bob.send(f"REGISTER {PASSWORD}")
    store.fill()
    world.pool.work()
    assert bob.lines()[-1].startswith("ERR 263 ")
    assert world.hub.accounts.find("bob") is None


def test_a_disk_that_fails_keeps_nobody_out() -> None:
    store = Kept()
    world = World(store=store)
    registered(world).send("QUIT")
    store.fill()
    alice = world.enter("alice", "192.0.2.7")
    assert alice.ask(f"LOGIN {PASSWORD}")[-1] == "* You are logged in as alice"
    store.empty()
    assert len(store.accounts()[0].networks) == 2


def test_what_shows_an_entry_shows_no_hash() -> None:
    account = Account("alice", "argon2-secret")
    shown: list[object] = [
        Register(SessionId(0, 1), "alice", "argon2-secret", b"abc"),
        SetPassword("alice", "argon2-secret"),
        PutAccount(account),
    ]
    assert "secret" not in str(shown)
    assert "alice" in str(shown)


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
