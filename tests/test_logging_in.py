"""LOGIN: who somebody is, and what waits until that is known."""

from __future__ import annotations

from argon2 import PasswordHasher

from twisted_chat.hub.entries import SetPassword
from twisted_chat.storage.passwords import AT_ONCE, MAX_WAITING

from .support import CHEAP, PASSWORD, World, member, skip


def test_login_before_nick_comes_in(world: World) -> None:
    member(world, "alice").send("QUIT")
    alice = world.connect()
    alice.lines()
    assert alice.ask(f"LOGIN Alice {PASSWORD}") == [
        "* You are now known as alice",
        "* You are logged in as alice",
        "* In #lobby: alice",
    ]
    assert alice.user.account == "alice"


def test_login_proves_the_nick_worn(world: World) -> None:
    member(world, "alice").send("QUIT")
    alice = world.enter("alice")
    assert alice.ask(f"LOGIN {PASSWORD}") == ["* You are logged in as alice"]


def test_a_wrong_password_is_refused(world: World) -> None:
    member(world, "alice")
    bob = world.enter("bob")
    assert bob.ask("LOGIN alice wrong-one")[0].startswith("ERR 464 ")
    assert bob.ask("LOGIN nobody wrong-one")[0].startswith("ERR 464 ")
    assert bob.user.account == ""


def test_login_takes_the_nick_back(world: World) -> None:
    member(world, "alice").send("QUIT")
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
    member(world, "alice").send("QUIT")
    guest, bob = world.enter("guest"), world.enter("bob")
    skip(guest)
    assert guest.ask(f"LOGIN alice {PASSWORD}") == [
        "* You are now known as alice",
        "* You are logged in as alice",
    ]
    assert bob.lines() == ["* guest is now known as alice"]


def test_logging_in_twice_is_refused(world: World) -> None:
    member(world, "bob").send("QUIT")
    alice = member(world, "alice")
    assert alice.ask(f"LOGIN bob {PASSWORD}")[0].startswith("ERR 462 ")


def test_the_servers_password_comes_first() -> None:
    world = World(password="friend")
    client = world.connect()
    client.lines()
    assert client.ask("LOGIN alice long-enough")[0].startswith("ERR 464 ")


def test_json_shows_accounts(world: World) -> None:
    member(world, "alice").send("QUIT")
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
    member(world, "alice")
    bob = world.enter("bob")
    assert "logged in as alice" in bob.ask("WHOIS alice")[0]
    assert "logged in" not in bob.ask("WHOIS bob")[0]


def test_proving_before_nick(world: World) -> None:
    """As SASL does: identify, then choose a nick."""
    member(world, "alice").send("QUIT")
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


def test_an_old_hash_is_made_anew(world: World) -> None:
    member(world, "alice").send("QUIT")
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    world.hub.log.propose(SetPassword("alice", old.hash(PASSWORD)))
    alice = world.enter("alice")
    assert alice.ask(f"LOGIN {PASSWORD}") == ["* You are logged in as alice"]
    account = world.hub.accounts.find("alice")
    assert account is not None
    kept = account.hash
    assert not CHEAP.check_needs_rehash(kept)
    assert CHEAP.verify(kept, PASSWORD)


# Backoff


def test_tries_get_slower_for_a_nick(world: World) -> None:
    member(world, "alice")
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
        member(world, nick)
    thief = world.enter("thief", host="192.0.2.1")
    for nick in ("alice", "bob", "carol", "alice", "bob"):
        assert "Wrong password" in thief.ask(f"LOGIN {nick} wrong-one")[-1]
    assert "Too many tries" in thief.ask("LOGIN carol wrong-one")[0]
    honest = world.connect(host="192.0.2.2")
    assert "* You are logged in as carol" in honest.ask(f"LOGIN carol {PASSWORD}")


def test_tries_at_once_count_before_they_fail(world: World) -> None:
    member(world, "alice")
    world.pool.busy = True
    thieves = [world.enter(f"thief{n}") for n in range(7)]
    for thief in thieves:
        thief.send("LOGIN alice wrong-one")
    world.pool.work()
    answers = [thief.lines()[-1] for thief in thieves]
    assert sum("Too many tries" in answer for answer in answers) == 2


# Order


def test_later_lines_wait_for_the_outcome(world: World) -> None:
    member(world, "alice").send("QUIT")
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
    member(world, "alice").send("QUIT")
    bob, alice = world.enter("bob"), world.connect()
    world.pool.busy = True
    alice.send(f"LOGIN alice {PASSWORD}", "MSG hello")
    alice.reset()
    world.pool.work()
    assert bob.lines() == []
    assert world.hub.identities.user_of("alice") is None


def test_one_who_sends_all_and_half_closes_is_served(world: World) -> None:
    member(world, "alice").send("QUIT")
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
