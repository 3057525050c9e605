"""KEY: keys of ssh that prove an account."""

from __future__ import annotations

import base64

import pytest

from twisted_chat.hub.keys import fingerprint_of

from .irc_support import Network
from .support import PASSWORD, Client, World, ask, member

KEY = (
    "ssh-ed25519 "
    "AAAAC3NzaC1lZDI1NTE5AAAAIKbzOdaMwT4ZlaFCMnWKzCA3IZTSqjUmpKgLO6HPbMxY alice@home"
)
# As ``ssh-keygen -lf`` shows it.
PRINT = "SHA256:" + fingerprint_of(base64.b64decode(KEY.split()[1]))[7:]
OTHER = "SHA256:" + "A" * 43


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def rsa(bits: int) -> bytes:
    modulus = (1 << (bits - 1)).to_bytes(bits // 8 + 1, "big")
    return string(b"ssh-rsa") + string(b"\1\0\1") + string(modulus)


def test_added_shown_removed() -> None:
    alice = member(World(), "alice")
    assert alice.ask("KEY") == ["* Your account has no key of ssh; KEY add adds one"]
    mine = f"* Key {PRINT} is yours now: ssh needs no password with it"
    assert alice.ask(f"KEY add {KEY}", f"KEY add {KEY}") == [mine, mine]
    assert alice.ask(f"KEY add {OTHER}")[0].startswith(f"* Key {OTHER} is yours")
    assert alice.ask("KEY list") == [f"* Key {OTHER}", f"* Key {PRINT}"]
    assert alice.ask(f"KEY remove {KEY}") == [f"* Key {PRINT} is yours no more"]
    assert alice.ask(f"KEY remove {PRINT}") == ["ERR 400 Your account has no such key"]


def blob(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("add", 400),
        ("remove", 400),
        ("add SHA256:short", 461),
        (f"add {OTHER} more", 461),
        ("add ssh-ed25519", 461),
        ("add ssh-ed25519 AAAA", 461),
        ("add ssh-ed25519 é", 461),
        (f"add ssh-rsa {KEY.split()[1]}", 461),
        (f"add ssh-ed25519 {KEY.split()[1][:-4]}", 461),
        (f"add ssh-rsa {blob(rsa(1024))}", 461),
        (f"add ssh-dss {blob(string(b'ssh-dss'))}", 461),
        ("list all", 461),
        ("forge", 461),
    ],
)
def test_what_cannot_be(words: str, code: int) -> None:
    alice = member(World(), "alice")
    assert alice.ask(f"KEY {words}")[0].startswith(f"ERR {code} ")


@pytest.mark.parametrize(("bits", "good"), [(1024, False), (2048, True), (4096, True)])
def test_rsa_has_a_length(bits: int, good: bool) -> None:
    assert bool(fingerprint_of(rsa(bits))) is good


def test_ten_at_most() -> None:
    alice = member(World(), "alice")
    for number in range(10):
        assert "yours now" in alice.ask(f"KEY add SHA256:{number:043}")[0]
    assert alice.ask(f"KEY add {KEY}") == ["ERR 400 An account has at most 10 keys"]


def test_two_accounts_may_have_the_same() -> None:
    world = World()
    alice, bob = member(world, "alice"), member(world, "bob")
    for person in (alice, bob):
        assert "yours now" in ask(person, f"KEY add {KEY}")[0]
    alice.ask(f"KEY remove {KEY}")
    assert bob.ask("KEY") == [f"* Key {PRINT}"]


def test_only_who_is_logged_in_has_keys() -> None:
    world = World()
    for line in ("KEY", f"KEY add {KEY}", f"KEY remove {KEY}"):
        assert world.connect().ask(line)[-1].startswith("ERR 451 ")
        guest = world.enter("guest")
        assert guest.ask(line)[0].startswith("ERR 464 ")
        guest.send("QUIT")


@pytest.mark.parametrize(("more", "left"), [("", 1), (" alone", 0), (" ALONE", 0)])
def test_passwd_ends_them_if_asked(more: str, left: int) -> None:
    world = World()
    alice = member(world, "alice")
    alice.ask(f"KEY add {KEY}", f"CERT add {'0a' * 32}")
    alice.ask(f"PASSWD {PASSWORD} another-secret{more}")
    account = world.hub.accounts.find("alice")
    assert account is not None
    assert (len(account.keys), len(account.certificates)) == (left, left)
    assert alice.ask("PASSWD a-secret b-secret only")[0].startswith("ERR 461 ")


def test_over_irc() -> None:
    alice: Client = Network().irc("alice")
    alice.ask(f"REGISTER {PASSWORD}")
    [line] = alice.ask(f"KEY add {KEY}")
    assert line.endswith(f"Key {PRINT} is yours now: ssh needs no password with it")
