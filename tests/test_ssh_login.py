"""Who comes in by ssh, and as whom."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.conch.ssh.common import NS
from twisted.conch.ssh.keys import Key

from twisted_chat.doors.line import LineDoor
from twisted_chat.doors.ssh.userauth import MAX_OFFERED
from twisted_chat.hub.keys import fingerprint_of
from twisted_chat.limits import Rate

from .ssh_support import SSHClient, make_key, ssh_door
from .support import PASSWORD, Client, World

BOTH = "failure publickey,keyboard-interactive"
MINE, OTHER = make_key(), make_key()
RSA = Key(rsa.generate_private_key(65537, 2048))


def public(key: Key) -> str:
    """As a ``.pub`` file has it."""
    blob = key.public().blob()
    return f"{key.sshType().decode()} {base64.b64encode(blob).decode()} me@here"


def world_with(*keys: Key, **settings: Any) -> World:
    """alice is registered and has `keys`."""
    world = World(ssh_door, **settings)
    alice = netcat(world, "alice")
    alice.send(f"REGISTER {PASSWORD}", *(f"KEY add {public(key)}" for key in keys))
    alice.send("QUIT")
    assert alice.closed
    return world


def netcat(world: World, nick: str) -> Client:
    client = world.connect(door=LineDoor(world.hub))
    if password := world.hub.settings.password:
        client.send(f"PASS {password}")
    client.send(f"NICK {nick}")
    client.lines()
    return client


def try_key(client: SSHClient, nick: str, key: Key, **how: Any) -> list[str]:
    client.auth.key(nick, key, **how)
    client.settle()
    return client.auth.said()


# Guests


def test_nobody_is_asked_for_a_nick_that_is_free() -> None:
    client = SSHClient(World(ssh_door))
    assert client.log_in("bob") == ["success"]


def test_none_is_refused_so_that_keys_are_offered() -> None:
    client = SSHClient(World(ssh_door))
    for _ in range(10):
        client.auth.ask("bob", b"none")
    client.settle()
    assert client.auth.said() == [BOTH] * 10


@pytest.mark.parametrize("taken", ["bob", "b0b", "bad nick", "", "server"])
def test_another_nick_is_asked_for(taken: str) -> None:
    world = World(ssh_door)
    netcat(world, "bob")
    client = SSHClient(world)
    [asked] = client.log_in(taken)
    assert asked.startswith("asked ")
    assert asked.endswith(". Nick: (echo)")
    client.auth.answer("robert")
    client.settle()
    assert client.auth.said() == ["success"]
    client.open()
    assert client.request(b"shell")
    assert client.user.nick == "robert"


def test_a_nick_that_is_taken_meanwhile() -> None:
    world = World(ssh_door)
    client = SSHClient(world)
    client.log_in("bob")
    netcat(world, "bob")
    client.open()
    assert client.request(b"shell")
    assert b"ERR 433 bob is taken" in client.bytes()
    client.send("NICK robert")
    assert client.user.nick == "robert"


# Passwords


def test_a_registered_nick_wants_its_password() -> None:
    client = SSHClient(world_with())
    assert client.log_in("Alice", PASSWORD) == [
        "asked The password of alice: ",
        "success",
    ]
    client.open()
    assert client.request(b"shell")
    assert client.user.account == client.user.nick == "alice"


def test_also_one_that_somebody_else_wears() -> None:
    world = world_with()
    thief = netcat(world, "alice")
    client = SSHClient(world)
    client.log_in("alice", PASSWORD)
    client.open()
    client.request(b"shell")
    assert client.user.nick == "alice"
    assert thief.user.nick.startswith("guest_")


def test_five_wrong_passwords_and_no_more() -> None:
    client = SSHClient(world_with())
    for number in range(5):
        _, *said = client.log_in("alice", "wrong-one")
        refused = [BOTH] if number < 4 else []
        assert said == ["banner Wrong password for alice", *refused]
    assert b"too many tries" in client.bytes()
    assert client.closed


def test_tries_are_counted_as_at_other_doors() -> None:
    world = world_with()
    line = netcat(world, "mallory")
    for _ in range(5):
        line.send("LOGIN alice wrong-one")
    client = SSHClient(world)
    _, said, _ = client.log_in("alice", PASSWORD)
    assert said.startswith("banner ")
    assert "wait" in said


def test_an_answer_while_the_password_is_hashed_waits() -> None:
    world = world_with()
    client = SSHClient(world)
    world.pool.busy = True
    client.auth.interview("alice")
    client.settle()
    client.auth.answer(PASSWORD)
    client.auth.interview("bob")
    client.settle()
    assert client.auth.said() == ["asked The password of alice: "]
    world.pool.work()
    client.settle()
    assert client.auth.said() == ["success"]
    client.open()
    client.request(b"shell")
    assert client.user.nick == "alice"


def test_who_begins_anew_is_asked_anew() -> None:
    client = SSHClient(world_with())
    client.log_in("alice")
    client.auth.interview("alice")
    client.auth.interview("bob")
    client.settle()
    assert client.auth.said() == ["asked The password of alice: ", "success"]
    client.open()
    client.request(b"shell")
    assert (client.user.nick, client.user.account) == ("bob", "")


def test_the_servers_password_is_asked_for() -> None:
    world = World(ssh_door, password="sesame")
    client = SSHClient(world)
    assert client.log_in("bob", "wrong")[1:] == [
        "banner Wrong password; ask who runs the server",
        BOTH,
    ]
    assert client.log_in("bob", "sesame") == [
        "asked The password of this server: ",
        "success",
    ]


# Keys


@pytest.mark.parametrize("key", [MINE, RSA], ids=["ed25519", "rsa"])
def test_a_key_that_has_signed_counts(key: Key) -> None:
    client = SSHClient(world_with(key))
    assert try_key(client, "alice", key, sign=False) == ["ok"]
    assert try_key(client, "alice", key) == ["success"]
    client.open()
    assert client.request(b"shell")
    assert client.user.account == "alice"


@pytest.mark.parametrize(
    ("nick", "key", "how"),
    [
        ("alice", OTHER, {}),
        ("alice", OTHER, {"sign": False}),
        ("bob", MINE, {}),
        ("bob", MINE, {"sign": False}),
        ("alice", MINE, {"other": "bob"}),
    ],
)
def test_a_key_that_does_not_count(nick: str, key: Key, how: dict[str, Any]) -> None:
    world = world_with(MINE)
    bob = netcat(world, "bob")
    bob.send(f"REGISTER {PASSWORD}")
    client = SSHClient(world)
    said = try_key(client, nick, key, **how)
    assert said[-1] == BOTH
    assert client.connection.session.account == ""


def test_a_signature_of_another_session_does_not_count() -> None:
    world = world_with(MINE)
    first, second = SSHClient(world), SSHClient(world)
    first.auth.key("alice", MINE)
    session, second.client.sessionID = second.client.sessionID, first.client.sessionID
    second.auth.key("alice", MINE)
    second.client.sessionID = session
    second.settle()
    assert second.auth.said()[-1] == BOTH


def test_sha1_does_not_count() -> None:
    client = SSHClient(world_with(RSA))
    about = NS(b"ssh-rsa") + NS(RSA.public().blob())
    client.auth.ask("alice", b"publickey", b"\0" + about)
    client.settle()
    assert client.auth.said() == [BOTH]


def test_keys_may_be_offered_one_after_the_other() -> None:
    client = SSHClient(world_with(MINE))
    for _ in range(6):
        assert try_key(client, "alice", make_key(), sign=False) == [BOTH]
    assert try_key(client, "alice", MINE) == ["success"]


def test_but_not_without_end() -> None:
    client = SSHClient(world_with(MINE))
    for _ in range(MAX_OFFERED):
        client.auth.key("alice", OTHER, sign=False)
    client.settle()
    assert b"too many tries" in client.bytes()
    assert client.closed


def test_a_key_does_not_stand_for_the_servers_password() -> None:
    client = SSHClient(world_with(MINE, password="sesame"))
    assert try_key(client, "alice", MINE) == ["failure keyboard-interactive partly"]
    client.auth.interview("bob")
    client.settle()
    assert client.auth.said() == ["failure keyboard-interactive"]
    assert client.log_in("alice", "sesame") == [
        "asked The password of this server: ",
        "success",
    ]
    client.open()
    client.request(b"shell")
    assert client.user.account == "alice"


def test_a_banned_account_stays_out() -> None:
    world = world_with(MINE, operators=frozenset({"root"}))
    root = netcat(world, "root")
    root.send(f"REGISTER {PASSWORD}", "BAN alice")
    assert try_key(SSHClient(world), "alice", MINE)[-1] == BOTH
    assert SSHClient(world).log_in("alice", PASSWORD)[-1] == BOTH


def test_the_key_that_the_client_has_offered() -> None:
    client = SSHClient(world_with())
    try_key(client, "alice", MINE, sign=False)
    assert client.log_in("alice", PASSWORD)[-1] == "success"
    client.open()
    client.request(b"shell")
    client.bytes()
    name = fingerprint_of(MINE.public().blob())
    client.send("KEY")
    assert client.bytes().decode().splitlines() == [
        "* Your account has no key of ssh; KEY add adds one",
        f"* Your client has offered {name}; KEY add {name} adds it",
    ]
    client.send("KEY add", "KEY list")
    assert client.bytes().decode().splitlines() == [
        f"* Key {name} is yours now: ssh needs no password with it",
        f"* Key {name}, offered by your client",
    ]


def test_of_several_that_were_offered_one_is_named() -> None:
    client = SSHClient(world_with())
    for key in (MINE, OTHER):
        try_key(client, "alice", key, sign=False)
    client.log_in("alice", PASSWORD)
    client.open()
    client.request(b"shell")
    client.bytes()
    client.send("KEY add", f"KEY add {fingerprint_of(OTHER.public().blob())}")
    refused, added = client.bytes().decode().splitlines()
    assert refused.startswith("ERR 400 Your client has offered several keys")
    assert "is yours now" in added


# The time there is


def test_sixty_seconds_to_log_in() -> None:
    world = world_with()
    client = SSHClient(world)
    client.log_in("alice")
    world.advance(55)
    assert not client.closed
    world.advance(6)
    assert b"connect again" in client.bytes()
    assert client.closed


def test_an_address_has_so_many_connections() -> None:
    world = World(ssh_door, max_per_ip=1)
    SSHClient(world, "192.0.2.7")
    second = SSHClient(world, "192.0.2.7")
    assert b"Too many connections from your address" in second.bytes()
    assert second.closed
    assert not SSHClient(world, "198.51.100.7").closed


def test_and_so_many_a_second() -> None:
    """What such a client says waits in the socket: it costs no exchange of keys."""
    world = World(ssh_door, connects=Rate(1, 1), max_per_ip=0)
    SSHClient(world, "192.0.2.7")
    second = SSHClient(world, "192.0.2.7")
    assert not second.transport.reading
    world.advance(5)
    assert second.transport.reading
