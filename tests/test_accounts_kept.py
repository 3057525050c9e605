"""An account is in the store before its owner is told of it."""

from __future__ import annotations

import pytest

from .kept import Kept
from .support import PASSWORD, World, member


def test_who_is_told_of_an_account_has_it_after_a_restart() -> None:
    store = Kept()
    world = World(store=store)
    alice = member(world, "alice")
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
    alice, bob = member(world, "alice"), world.enter("bob")
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
    member(world, "alice").send("QUIT")
    store.fill()
    alice = world.enter("alice", "192.0.2.7")
    assert alice.ask(f"LOGIN {PASSWORD}")[-1] == "* You are logged in as alice"
    store.empty()
    assert len(store.accounts()[0].networks) == 2
