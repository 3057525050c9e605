"""Private conversations, and what is read, in the full-screen interface."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .seats import Seat
from .support import PASSWORD, Client, World, member


@pytest.fixture
def world() -> World:
    return World()


def come(world: World, columns: int = 100, rows: int = 30) -> Seat:
    """Alice comes, with her account."""
    alice = Seat(world, "visitor", columns=columns, rows=rows)
    alice.keys(f"/login alice {PASSWORD}\r")
    for _ in range(5):
        alice.settle()
    return alice


def told(alice: Seat, do: str) -> list[dict[str, Any]]:
    commands = [json.loads(line) for line in alice.sent]
    return [command for command in commands if command["do"] == do]


def gone(world: World) -> Client:
    """Alice has an account, has spoken with bob, and left; it is bob who is here."""
    alice, bob = member(world, "alice"), member(world, "bob")
    bob.send("PRIV alice before one")
    alice.send("PRIV bob before two", "READ @bob", "READ #lobby", "QUIT")
    world.turn()
    return bob


def test_a_private_conversation_shows_what_was_said_before(world: World) -> None:
    gone(world)
    alice = come(world)
    alice.keys("/query bob\r")
    shown = "\n".join(alice.messages)
    assert "before one" in shown
    assert "before two" in shown
    alice.keys("now\r")
    assert alice.messages[-1].endswith("now")
    assert sum("before one" in row for row in alice.messages) == 1


def test_one_is_called_by_the_account_too(world: World) -> None:
    """And where another nick is worn."""
    bob = gone(world)
    alice = come(world)
    alice.keys("/nick wonder\r", "/join dev\r")
    bob.send(*(f"MSG {word}: look" for word in ("wonder", "Alice", "ali", "visitor")))
    alice.settle()
    assert "1:#lobby(4,2!)" in alice.bar


def test_with_whom_nothing_is_kept_there_is_no_complaint(world: World) -> None:
    gone(world)
    world.enter("guest")
    alice = come(world)
    alice.keys("/query guest\r")
    assert "ERR" not in alice.screen
    alice.keys("\x1b[5~", "hi\r")
    assert alice.messages[-1].endswith("hi")


@pytest.mark.parametrize("size", [(100, 30), (60, 15)])
def test_what_is_unread_comes_back(world: World, size: tuple[int, int]) -> None:
    bob = gone(world)
    bob.send("PRIV alice while away", "PRIV alice and more", "MSG alice: look")
    alice = come(world, *size)
    assert "2:bob(2)" in alice.bar
    alice.keys("\x1b2")
    rows = alice.messages
    new = next(n for n, row in enumerate(rows) if "── new" in row)
    assert rows[new + 1].endswith("while away")
    assert any("before two" in row for row in rows[:new])
    assert sum("while away" in row for row in rows) == 1


def test_what_is_looked_at_is_read(world: World) -> None:
    bob = gone(world)
    alice = come(world)
    alice.clock.advance(100)
    alice.sent.clear()
    bob.send("MSG one", "MSG two")
    alice.settle()
    alice.clock.advance(30)
    assert told(alice, "read") == [], "nobody is there"
    alice.keys("x")
    alice.clock.advance(1)
    assert [(c["room"], c["id"]) for c in told(alice, "read")] == [("#lobby", 2)]
    for number in range(3, 8):
        bob.send(f"MSG {number}")
        alice.settle()
    assert len(told(alice, "read")) == 1, "at most once in five seconds"
    alice.clock.advance(5)
    assert [c["id"] for c in told(alice, "read")] == [2, 7]


def test_a_guest_tells_nothing_of_it(world: World) -> None:
    bob = world.enter("bob")
    alice = Seat(world)
    bob.send("MSG one")
    alice.keys("x")
    alice.clock.advance(10)
    assert {json.loads(line)["do"] for line in alice.sent} <= {"ping"}


def test_another_device_has_read_it(world: World) -> None:
    bob = gone(world)
    bob.send("PRIV alice while away")
    alice = come(world)
    assert "2:bob(1)" in alice.bar
    phone = world.connect()
    phone.send(f"LOGIN alice {PASSWORD}", "READ @bob")
    alice.settle()
    assert "2:bob " in f"{alice.bar} "
    assert "bob(" not in alice.bar


def test_mentions_are_listed_and_gone_to(world: World) -> None:
    bob = gone(world)
    bob.send("JOIN #dev", "MSG nothing")
    alice = come(world)
    alice.keys("/join dev\r", "\x1b2")
    alice.clock.advance(6)
    alice.keys("\x1b1")
    bob.send("MSG alice: look", "MSG nothing")
    alice.keys("/mentions\r")
    assert "Mentions" in alice.screen
    alice.keys("\r")
    assert "[#dev]" in alice.screen
    assert "▸" in next(row for row in alice.messages if "look" in row)


def test_several_have_one_conversation(world: World) -> None:
    gone(world)
    member(world, "carol")
    alice = come(world)
    alice.keys("/msg bob,carol hello\r")
    assert "2:bob,carol" in alice.bar
    assert alice.messages[-1].endswith("alice hello")
    alice.hear(event="private", nick="carol", to=["bob", "alice"], text="yes", id=2)
    assert alice.messages[-1].endswith("carol yes")
    alice.hear(event="nick", old="carol", nick="caro")
    assert "2:bob,caro" in alice.bar


def test_private_words_are_answered_edited_and_reacted_to(world: World) -> None:
    bob = gone(world)
    alice = come(world)
    bob.lines()
    alice.keys("/query bob\r", "/reply yes\r")
    assert bob.lines()[-1] == "PRIV alice (to bob: before one): yes"
    assert "↳ bob: before one" in alice.screen
    alice.keys("/edit no\r", "/react :tada:\r")
    assert "no (edited)" in alice.screen
    assert "🎉 alice" in alice.screen
