"""Answering, editing, deleting and reacting in the full-screen interface."""

from __future__ import annotations

import json

import pytest

from .seats import Seat
from .support import Client, World

BACK, ON, ESCAPE = "\x1b[1;2A", "\x1b[1;2B", "\x1b"


@pytest.fixture
def world() -> World:
    return World()


def talking(world: World) -> tuple[Client, Seat]:
    bob = world.enter("bob")
    alice = Seat(world)
    bob.send("MSG one", "MSG two", "MSG three")
    alice.keys("mine\r")
    bob.lines()
    return bob, alice


def escape(alice: Seat) -> None:
    alice.keys(ESCAPE)
    alice.clock.advance(1)


def shown(alice: Seat) -> str:
    return "\n".join(alice.messages)


@pytest.mark.parametrize("way", ["/edit\r", "\x1be", f"{BACK}|e"])
def test_ones_last_message_is_edited_in_the_line(world: World, way: str) -> None:
    bob, alice = talking(world)
    alice.keys(*way.split("|"))
    assert "[#lobby, edit] mine" in alice.screen
    alice.keys("!\r")
    assert bob.lines()[-1] == '* alice changed "mine": mine!'
    assert "mine! (edited)" in shown(alice)
    assert "mine\n" not in f"{shown(alice)}\n"
    assert alice.line == ""
    assert alice.terminal.rows()[-1] == "[#lobby]"


def test_a_text_of_several_lines_is_edited(world: World) -> None:
    bob, alice = talking(world)
    alice.paste("one\n  /quit")
    alice.keys("\r", "\x1be", "!\r")
    assert bob.lines()[-1] == '* alice changed "one /quit":   /quit!'
    assert alice.left is None


def test_to_edit_is_given_up_with_escape(world: World) -> None:
    bob, alice = talking(world)
    alice.keys("\x1be", "!")
    escape(alice)
    assert (alice.line, "edit" in alice.terminal.rows()[-1]) == ("", False)
    alice.keys("new\r")
    assert bob.lines()[-1] == "alice: new"


def test_without_a_connection_an_edit_stays_in_the_line(world: World) -> None:
    _, alice = talking(world)
    alice.keys("\x1be", "!")
    alice.cut()
    alice.keys("\r")
    assert "There is no connection" in alice.screen
    assert "[#lobby, edit] mine!" in alice.screen


def test_a_message_is_chosen_and_answered(world: World) -> None:
    bob, alice = talking(world)
    alice.keys(BACK, BACK, BACK)
    marked = [row for row in alice.messages if "▸" in row]
    assert [row.split()[-1] for row in marked] == ["two"]
    alice.keys(ON)
    assert [r.split()[-1] for r in alice.messages if "▸" in r] == ["three"]
    alice.keys("r", "yes\r")
    assert bob.lines()[-1] == "alice (to bob: three): yes"
    assert [row.strip() for row in alice.messages[-2:]] == [
        *(row for row in [alice.messages[-2].strip()] if row.endswith("↳ bob: three")),
        "yes",
    ]
    assert "▸" not in alice.screen
    alice.keys("next\r")
    assert bob.lines()[-1] == "alice: next"


def test_to_answer_is_given_up_with_escape_and_the_text_stays(world: World) -> None:
    bob, alice = talking(world)
    alice.keys("/reply\r", "yes")
    assert "[#lobby, to bob] yes" in alice.screen
    escape(alice)
    alice.keys("\r")
    assert bob.lines()[-1] == "alice: yes"


def test_the_last_of_somebody_else_is_answered(world: World) -> None:
    bob, alice = talking(world)
    alice.keys("/reply fine\r")
    assert bob.lines()[-1] == "alice (to bob: three): fine"


def test_what_is_answered_and_not_loaded_is_asked_for(world: World) -> None:
    bob = world.enter("bob")
    bob.send("FORMAT json", "MSG the question")
    for number in range(60):
        bob.send(f"MSG message {number}")
    answer = {"do": "msg", "room": "#lobby", "text": "yes", "reply_to": 1}
    bob.send(json.dumps(answer))
    alice = Seat(world)
    assert "↳ bob: the question" in alice.screen
    assert sum('"history"' in line for line in alice.sent) == 1
    alice.keys(BACK, "g")
    assert "▸" in next(row for row in alice.messages if "the question" in row)


def test_what_is_answered_may_be_gone(world: World) -> None:
    bob, alice = talking(world)
    alice.keys("/reply fine\r")
    assert "↳ bob: three" in alice.screen
    bob.send("DELETE 3")
    assert "three" not in alice.screen
    assert "↳ what is gone" in alice.screen
    assert "deleted by bob" in alice.screen


def test_a_message_is_deleted_after_a_question(world: World) -> None:
    bob, alice = talking(world)
    alice.keys(BACK, "d")
    assert "Delete “mine”? (y/n)" in alice.screen
    alice.keys("n")
    assert not bob.lines()
    alice.keys("/delete a mistake\r", "y")
    assert bob.lines()[-1] == "* a message of alice was deleted (a mistake)"
    assert "deleted by alice" in alice.screen
    assert "mine" not in shown(alice)
    alice.keys("/edit\r")
    assert "There is no message of yours" in alice.screen


def test_reactions_come_and_go(world: World) -> None:
    _, alice = talking(world)
    alice.keys("/react :tada:\r", f"{BACK}", "+", "👍\r")
    assert "🎉 alice" in alice.screen
    assert "👍 alice" in alice.screen
    for nick in ("carol", "dave", "erin"):
        world.enter(nick).send("REACT 3 🎉")
    assert "🎉 4" in alice.screen
    alice.keys("/unreact 🎉\r")
    assert "🎉 carol, dave, erin" in alice.screen
    alice.keys("/react nonsense\r")
    assert "React with one emoji" in alice.screen


def test_history_shows_messages_as_they_are(world: World) -> None:
    bob, _ = talking(world)
    bob.send("EDIT 1 first", "DELETE 2", "REACT 3 👍")
    late = Seat(world, "carol", columns=60, rows=15)
    assert "first (edited)" in late.screen
    assert "deleted by bob" in late.screen
    assert "👍 bob" in late.screen


def test_what_was_changed_during_a_break_is_known_afterwards(world: World) -> None:
    bob, alice = talking(world)
    alice.cut()
    bob.send("EDIT 1 first", "DELETE 2")
    alice.connect("alice")
    assert "first (edited)" in alice.screen
    assert "two" not in shown(alice)


@pytest.mark.parametrize("size", [(100, 30), (60, 15)])
def test_no_line_pretends_to_be_anothers(size: tuple[int, int]) -> None:
    alice = Seat(columns=size[0], rows=size[1])
    alice.hear(event="nick", old=None, nick="alice", you=True)
    fake = "hello\n22:13          bob I am bob\n\x1b[31m\u202ebob fake\r22:13 bob x"
    alice.hear(event="message", room="#lobby", nick="eve", text=fake, id=1)
    rows = alice.messages
    start = rows[1].index("hello")
    assert rows[1][:start].split() == ["22:13", "eve"]
    assert all(row[:start].isspace() for row in rows[2:])
    alice.hear(event="message", room="#lobby", nick="eve", text="yes", id=2, reply_to=1)
    assert "↳ eve: hello 22:13" in alice.screen


def test_other_text_goes_on_in_the_line(world: World) -> None:
    bob, alice = talking(world)
    alice.keys(BACK, "hello\r")
    assert bob.lines()[-1] == "alice: hello"
    alice.keys(BACK, ESCAPE)
    alice.clock.advance(1)
    alice.keys("red\r")
    assert bob.lines()[-1] == "alice: red"
