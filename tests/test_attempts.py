"""Backoff at passwords: strangers' don't lock the owner out, and busy is none."""

from __future__ import annotations

import pytest

from twisted_chat.doors.irc import IRCDoor
from twisted_chat.events import ChatError
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import SessionId
from twisted_chat.limits import Backoff, Rate
from twisted_chat.storage.accounts import Account, mark
from twisted_chat.storage.passwords import AT_ONCE, MAX_WAITING

from .irc_support import sasl
from .support import Client, World
from .test_certificates import show
from .test_irc_door import codes

PASSWORD = "open-sesame"
HOME = "198.51.100.7"


@pytest.fixture
def world() -> World:
    return World(connects=Rate(1e6, 1e6), max_per_ip=0)


def registered(world: World, nick: str = "alice", host: str = HOME) -> None:
    client = show(world.connect(host))
    client.send(f"NICK {nick}", f"REGISTER {PASSWORD}", "CERT add", "QUIT")
    assert world.hub.identities.account_of(nick) == nick


def stranger(world: World, n: int = 0) -> Client:
    client = world.connect(f"203.0.{n // 250}.{n % 250 + 1}")
    client.lines()
    return client


def attack(world: World, line: str = "LOGIN alice wrong-one", most: int = 400) -> None:
    """Try passwords from changing addresses, until that is held up and after."""
    for n in range(most):
        thief = stranger(world, n)
        thief.send(line)
        thief.send("QUIT")
    assert "Too many tries" in stranger(world, most).ask(line)[-1]


# Who is not held up


def test_the_owner_gets_in_from_where_they_were_before(world: World) -> None:
    registered(world)
    attack(world)
    assert "Too many" in stranger(world, 999).ask(f"LOGIN alice {PASSWORD}")[-1]
    owner = world.connect(HOME)
    assert "* You are logged in as alice" in owner.ask(f"LOGIN alice {PASSWORD}")


def test_others_at_the_owners_address_do_not_hold_them_up(world: World) -> None:
    registered(world)
    registered(world, "bob")
    thief = world.connect(HOME)
    for nick in ("nobody", "carol", "dora", "eve", "fay", "gus"):
        thief.send(f"LOGIN {nick} wrong-one")
    for _ in range(6):
        thief.send("LOGIN bob wrong-one")
    owner = world.connect(HOME)
    assert "* You are logged in as alice" in owner.ask(f"LOGIN alice {PASSWORD}")


def test_guesses_from_a_known_address_get_slower_too(world: World) -> None:
    registered(world)
    thief = world.connect(HOME)
    for _ in range(5):
        assert "Wrong password" in thief.ask("LOGIN alice wrong-one")[-1]
    assert "wait 1 s" in thief.ask("LOGIN alice wrong-one")[-1]


def test_five_networks_are_known(world: World) -> None:
    registered(world)
    hosts = [f"192.0.2.{n}" for n in range(6)]
    for host in hosts:
        owner = world.connect(host)
        owner.send(f"LOGIN alice {PASSWORD}", "QUIT")
    attack(world)
    for host in (HOME, hosts[0]):
        assert "Too many" in world.connect(host).ask(f"LOGIN alice {PASSWORD}")[-1]
    for host in hosts[1:]:
        owner = world.connect(host)
        assert "* You are logged in as alice" in owner.ask(f"LOGIN alice {PASSWORD}")


def test_a_wrong_password_makes_no_network_known(world: World) -> None:
    registered(world)
    world.connect("192.0.2.1").send("LOGIN alice wrong-one")
    attack(world)
    far = world.connect("192.0.2.1")
    assert "Too many" in far.ask(f"LOGIN alice {PASSWORD}")[-1]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (f"PASSWD {PASSWORD} another-one", "* Your password is changed"),
        (f"UNREGISTER {PASSWORD}", "* You are logged out"),
        ("CERT", "* Certificate "),
    ],
)
def test_who_is_logged_in_is_not_held_up(world: World, line: str, answer: str) -> None:
    registered(world)
    owner = world.connect("192.0.2.77")
    owner.send(f"LOGIN alice {PASSWORD}")
    owner.lines()
    for n in range(5):  # so many others that the owner's is no known network
        other = world.connect(f"192.0.2.{n}")
        other.send(f"LOGIN alice {PASSWORD}", "QUIT")
    owner.lines()
    attack(world)
    assert owner.ask(line)[-1].startswith(answer)


def test_who_has_the_certificate_is_not_held_up(world: World) -> None:
    registered(world)
    attack(world)
    owner = show(world.connect("192.0.2.77"))
    assert "* You are logged in as alice" in owner.ask(f"LOGIN alice {PASSWORD}")


def test_sasl_is_not_held_up(world: World) -> None:
    registered(world)
    attack(world)
    irc = IRCDoor(world.hub)
    for host, mechanism, certified in (
        (HOME, sasl("alice", PASSWORD), False),
        ("192.0.2.77", "AUTHENTICATE +", True),
    ):
        client = world.connect(host, irc)
        client = show(client) if certified else client
        client.send("CAP REQ sasl")
        how = "EXTERNAL" if certified else "PLAIN"
        answers = codes(client.ask(f"AUTHENTICATE {how}", mechanism))
        assert answers[-1] == "903"


def test_strangers_by_sasl_hold_nobody_up(world: World) -> None:
    registered(world)
    irc = IRCDoor(world.hub)
    for n in range(20):
        thief = world.connect(f"203.0.113.{n}", irc)
        thief.send("CAP REQ sasl", "AUTHENTICATE PLAIN", sasl("alice", "wrong-one"))
    owner = world.connect(HOME)
    assert "* You are logged in as alice" in owner.ask(f"LOGIN alice {PASSWORD}")


# What is no try


def fill(world: World) -> list[Client]:
    """So many at work that there is no room for a stranger."""
    world.pool.busy = True
    crowd = []
    for n in range(AT_ONCE + MAX_WAITING):
        client = world.connect(f"192.0.{n}.1")
        client.send(f"NICK user{n}", f"REGISTER {PASSWORD}")
        crowd.append(client)
    return crowd


def test_busy_is_no_try(world: World) -> None:
    registered(world)
    crowd = fill(world)
    far = world.connect("192.0.2.99")
    for _ in range(20):
        assert far.ask(f"LOGIN alice {PASSWORD}")[-1].startswith("ERR 263 ")
    world.pool.work()
    world.pool.busy = False
    assert "* You are logged in as alice" in far.ask(f"LOGIN alice {PASSWORD}")
    assert all(client.user.account for client in crowd)


def test_busy_is_no_account_too_many(world: World) -> None:
    fill(world)
    far = world.connect("192.0.2.99")
    far.send("NICK alice")
    for _ in range(20):
        answer = far.ask(f"REGISTER {PASSWORD}")[-1]
        assert answer == "ERR 263 The server is busy; try again in some seconds"
    world.pool.work()
    world.pool.busy = False
    assert far.ask(f"REGISTER {PASSWORD}") == ["* You are logged in as alice"]


def test_who_left_has_tried_nothing_and_costs_nothing(world: World) -> None:
    registered(world)
    fill(world)
    begun = len(world.pool._jobs)
    for _ in range(20):
        gone = world.connect("192.0.2.99")
        gone.send("LOGIN alice wrong-one")
        gone.reset()
    world.pool.work()
    assert begun == AT_ONCE
    for _ in range(6):
        gone = world.connect("192.0.2.99")
        world.pool.busy = True
        gone.send("LOGIN alice wrong-one")
        gone.reset()
        world.pool.work()
    world.pool.busy = False
    late = world.connect("192.0.2.99")
    assert "* You are logged in as alice" in late.ask(f"LOGIN alice {PASSWORD}")


# Whose turn it is


def logged_in(world: World, client: Client, steps: int) -> bool:
    """Whether `client` is in after `steps` passwords were looked at."""
    for _ in range(steps):
        world.pool.step()
    return client.connection.session.account == "alice"


def test_a_flooding_address_does_not_delay_another(world: World) -> None:
    registered(world)
    world.pool.busy = True
    for n in range(200):
        thief = world.connect("203.0.113.9")
        thief.send(f"NICK thief{n}", f"REGISTER {PASSWORD}")
    world.hub.accounts.load(Account(nick, "x") for nick in ("bob", "carol"))
    far = world.connect("192.0.2.99")
    far.send(f"LOGIN alice {PASSWORD}")
    assert logged_in(world, far, AT_ONCE + 2)


def test_an_account_that_all_try_does_not_delay_another(world: World) -> None:
    registered(world)
    registered(world, "bob", "192.0.2.1")
    world.pool.busy = True
    for n in range(1000):
        thief = stranger(world, n)
        thief.send("LOGIN bob wrong-one")
    far = world.connect("192.0.2.99")
    far.send(f"LOGIN alice {PASSWORD}")
    assert logged_in(world, far, AT_ONCE + 2)


def test_a_thousand_addresses_do_not_delay_who_is_known(world: World) -> None:
    registered(world)
    world.pool.busy = True
    for n in range(1000):
        thief = stranger(world, n)
        thief.send(f"NICK thief{n}", f"REGISTER {PASSWORD}")
    owner = world.connect(HOME)
    owner.send(f"LOGIN alice {PASSWORD}")
    assert logged_in(world, owner, AT_ONCE + 2)


# Several servers that are one chat


def far(world: World, number: int, host: str) -> SessionId:
    """A stranger on another node."""
    who = SessionId(9, number)
    world.hub.apply(e.Connect(who, host, True, True), world.hub.now())
    return who


def try_there(world: World, nick: str = "alice", most: int = 5) -> None:
    """Try passwords on another node, from changing addresses."""
    for number in range(most):
        who = far(world, number, f"203.0.113.{number}")
        world.hub.apply(e.Attempt(who, nick, ""), world.hub.now())


def test_tries_are_counted_over_all_nodes(world: World) -> None:
    registered(world)
    try_there(world)
    assert "wait 1 s" in stranger(world).ask(f"LOGIN alice {PASSWORD}")[-1]
    owner = world.connect(HOME)
    assert "* You are logged in as alice" in owner.ask(f"LOGIN alice {PASSWORD}")


def test_a_try_on_another_node_is_judged_where_it_is_applied(world: World) -> None:
    registered(world)
    try_there(world)
    who = far(world, 99, "203.0.113.99")
    before = world.hub.snapshot()
    with pytest.raises(ChatError, match="Too many tries; wait 1 s") as caught:
        world.hub.apply(e.Attempt(who, "alice", ""), before.at)
    assert caught.value.code == 464
    assert world.hub.snapshot() == before
    home = far(world, 100, HOME)
    world.hub.apply(e.Attempt(home, "alice", ""), before.at)


def test_what_is_refused_at_once_is_not_proposed(world: World) -> None:
    registered(world)
    attack(world)
    client = stranger(world, 999)
    world.advance(0.25)
    before = world.hub.at
    assert "Too many tries" in client.ask(f"LOGIN alice {PASSWORD}")[-1]
    assert world.hub.at == before, "nothing was applied"


def test_what_succeeds_is_taken_back_on_all_nodes(world: World) -> None:
    registered(world)
    nothing = world.hub.attempts.levels()
    for host in (HOME, "192.0.2.1"):
        client = world.connect(host)
        client.send(f"LOGIN alice {PASSWORD}")
        assert world.hub.attempts.levels() == nothing == ((), (), (), ())
        client.send("QUIT")
    stranger(world).send("LOGIN alice wrong-one")
    [(nick, count, at)], [(network, _, _)], known, _ = world.hub.attempts.levels()
    assert (nick, count, at, network, known) == (
        "alice",
        1,
        world.hub.at,
        "203.0.0.1",
        (),
    )


def test_who_comes_up_knows_what_was_tried() -> None:
    world, other = World(), World()
    registered(world)
    try_there(world)
    other.hub.restore(world.hub.snapshot())
    assert "wait 1 s" in stranger(other).ask(f"LOGIN alice {PASSWORD}")[-1]


def test_an_account_that_is_gone_leaves_no_tries(world: World) -> None:
    registered(world)
    try_there(world)
    world.connect(HOME).send("LOGIN alice wrong-one")
    world.hub.apply(e.Unregister("alice", "0123456789"), world.hub.now())
    nicks, networks, known, _ = world.hub.attempts.levels()
    assert (nicks, len(networks), known) == ((), 5, ())


# What is kept


def test_a_mark_tells_no_address() -> None:
    assert len(mark("alice", HOME)) == 3
    assert mark("Alice", HOME) == mark("aLICE", HOME)
    assert mark("alice", HOME) != mark("bob", HOME)
    assert mark("alice", HOME) != mark("alice", "198.51.100.8")


def test_taking_back_is_as_if_it_had_not_been() -> None:
    tries = Backoff(2, 60.0)
    for at in (0.0, 1.0, 2.0):
        tries.count("a", at)
    assert tries.wait("a", 3.0) == 1.0
    tries.forgive(tries.count("a", 10.0))
    assert tries.wait("a", 3.0) == 1.0
    early, late = tries.count("a", 20.0), tries.count("a", 21.0)
    tries.forgive(early)
    assert tries.wait("a", 21.0) == 4.0
    tries.forgive(late)
    for _ in range(9):
        tries.forgive(tries.count("b", 1.0))
    assert tries.wait("b", 1.0) == 0.0
