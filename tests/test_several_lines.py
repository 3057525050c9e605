"""A message may have several lines, and none of them can be another's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import Client, World, skip
from twisted_chat.doors.textbook import DOORS
from twisted_chat.events import (
    ChatError,
    Marks,
    Matched,
    Quote,
    Said,
    Whispered,
)
from twisted_chat.fanout import Format
from twisted_chat.grammar import text
from twisted_chat.grammar.framing import OBJECT_LENGTH, LineCutter
from twisted_chat.limits import Rate
from twisted_chat.names import MAX_LINES, TEXT_LENGTH, check_message

CODE = "def f():\n\n    return 1"
FORGED = "hi\nbob: it was me\n* bob left the chat!"


@pytest.fixture
def world() -> World:
    return World()


def program(world: World, nick: str) -> Client:
    client = world.enter(nick)
    client.send("FORMAT json")
    client.bytes()
    return client


def order(client: Client, **fields: object) -> list[dict[str, object]]:
    """What comes of an object, and to whoever sent it."""
    client.send(json.dumps(fields))
    return client.events()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\nb", "a\nb"),
        (CODE, CODE),
        ("\n\n  a  \n\nb\n\n", "\n\n  a\n\nb"),
        ("if x:\n\treturn\ty", "if x:\n    return  y"),
        ("a\r\nb\r\n", "a\nb"),
        ("\na\n", "\na"),
        ("a\x1b[31m\nb\u202e\x07", "a[31m\nb"),
        ("a\u2028b\nc\x0bd", "a b\nc d"),
        ("x\n" * MAX_LINES, "\n".join("x" * MAX_LINES)),
        ("y" * TEXT_LENGTH, "y" * TEXT_LENGTH),
    ],
)
def test_lines_are_clean_and_stay(given: str, kept: str) -> None:
    assert check_message(given) == kept


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("\n", 412),
        (" \n\t\n\x1b", 412),
        ("x\n" * (MAX_LINES + 1), 417),
        ("\n" * MAX_LINES + "x", 417),
        ("y" * (TEXT_LENGTH + 1), 417),
        ("y" * TEXT_LENGTH + "\nz", 417),
    ],
)
def test_what_is_no_message(given: str, code: int) -> None:
    with pytest.raises(ChatError) as caught:
        check_message(given)
    assert caught.value.code == code


def test_each_line_is_shown_as_its_authors(world: World) -> None:
    alice, bob = program(world, "alice"), world.enter("bob")
    skip(alice, bob)
    order(alice, do="msg", text=FORGED)
    shown = ["alice: hi", "alice: bob: it was me", "alice: * bob left the chat!"]
    assert bob.lines() == shown
    order(alice, do="priv", to=["bob"], text=FORGED)
    assert bob.lines() == [f"PRIV {line}" for line in shown]
    order(alice, do="me", text="waves\nand goes")
    assert bob.lines() == ["* alice waves", "* alice and goes"]
    late = world.connect()
    late.send("NICK late")
    replayed = [line[8:] for line in late.lines() if line.startswith("[")]
    assert replayed[:3] == shown
    bob.send("HISTORY 2")
    assert [line[8:] for line in bob.lines() if line.startswith("[")][:3] == shown


def test_a_program_gets_them_in_one(world: World) -> None:
    alice, bob = program(world, "alice"), program(world, "bob")
    skip(alice, bob)
    order(alice, do="msg", text=CODE)
    assert [event["text"] for event in bob.events()] == [CODE]
    bob.send('{"do":"history","n":1}')
    [answer] = bob.events()
    assert [message["text"] for message in answer["messages"]] == [CODE]


def test_a_search_shows_each_line_with_its_place() -> None:
    said = Said("#a", "alice", "x\ny", 1e9, 7, "action")
    shown = text.encode(Matched("x", (said,), None, 1e9)).decode().splitlines()
    assert [line.split("] ")[1] for line in shown] == [
        "#a/7 * alice x",
        "#a/7 * alice y",
    ]


@pytest.mark.parametrize("kind", sorted(DOORS))
def test_textbook_doors_show_a_message_for_each(world: World, kind: str) -> None:
    """As if each had been said by itself; who is told of none is told nothing."""
    door: Any = DOORS[kind](world.hub)
    shown = Format(kind, door.format.encode).encode
    said = Said("#lobby", "alice", FORGED.replace("\n", "\n\n"), 1e9, 1)
    apart = [shown(said._replace(text=line)) for line in FORGED.split("\n")]
    assert shown(said) == b"".join(apart)


def test_textbook_clients_say_one_line(world: World) -> None:
    alice = world.enter("alice")
    door = DOORS["header10"](world.hub)
    for words in ("teller", "one\nbob: two"):
        if words == "teller":
            client = world.connect(door=door)
        client.send_bytes(f"{len(words.encode()):<10}{words}".encode())
    assert alice.lines()[-1:] == ["teller: one bob: two"]


# LINES


def test_lines_up_to_the_end_are_one_message(world: World) -> None:
    alice, bob = world.enter("alice"), program(world, "bob")
    skip(bob)
    alice.send("LINES END", "def f():", "", "    MSG no command", "{not json", "END")
    [event] = bob.events()
    assert event["text"] == "def f():\n\n    MSG no command\n{not json"
    alice.send("MSG on")
    assert [event["text"] for event in bob.events()] == ["on"]


def test_lines_into_another_room(world: World) -> None:
    alice, bob = world.enter("alice"), world.enter("bob")
    for client in (bob, alice):
        client.send("JOIN #dev", "JOIN #lobby")
    skip(alice, bob)
    alice.send("LINES #dev ---", "one", "two", " --- ")
    assert bob.lines() == ["#dev alice: one", "#dev alice: two"]
    assert alice.ask("LINES #nowhere END")[0].startswith("ERR 403")
    assert alice.ask("LINES")[0].startswith("ERR 461")


def test_unfinished_lines_are_not_said(world: World) -> None:
    alice, bob = world.enter("alice"), world.enter("bob")
    skip(alice, bob)
    alice.send("LINES END", "one", "two")
    world.advance(59)
    assert alice.lines() == []
    world.advance(2)
    assert [line[:7] for line in alice.lines()] == ["ERR 412"]
    alice.send("MSG hello")
    assert bob.lines() == ["alice: hello"]


def test_who_leaves_meanwhile_is_told_nothing(world: World) -> None:
    alice = world.enter("alice")
    alice.send("LINES END", "one")
    alice.reset()
    world.advance(70)


def test_too_many_lines_are_no_message_and_take_no_memory(world: World) -> None:
    alice, bob = world.enter("alice"), world.enter("bob")
    skip(alice, bob)
    alice.send("LINES END", *["x" * 1000] * 5000)
    collector = alice.connection._interpreter.collector  # type: ignore[attr-defined]
    assert collector is not None
    assert sum(map(len, collector._lines)) <= 2 * TEXT_LENGTH
    assert [line[:7] for line in alice.ask("END")] == ["ERR 417"]
    assert bob.lines() == []


# What it costs


@pytest.mark.parametrize(
    ("said", "tokens"),
    [
        ("hello", 1),
        ("x" * 1000, 1),
        ("a\nb\nc", 3),
        ("x\n" * 39 + "x", 40),
        ("\u2603" * 2000, 5),
        ("x\n" + "\u2603" * 3000, 8),
    ],
)
def test_lines_and_bytes_cost_tokens(said: str, tokens: int) -> None:
    world = World(flood=Rate(burst=1000, per_second=1e-9))
    alice = program(world, "alice")
    bucket = alice.connection.session.bucket
    assert bucket is not None
    for fields in ({"do": "msg", "text": said}, {"do": "priv", "to": "alice"}):
        before, _ = bucket.level()
        order(alice, **{"text": said, **fields})
        after, _ = bucket.level()
        assert round(before - after) == tokens
        if len(said) > 1000:
            return


def test_lines_pay_once() -> None:
    world = World(flood=Rate(burst=1000, per_second=1e-9))
    alice = world.enter("alice")
    bucket = alice.connection.session.bucket
    assert bucket is not None
    before, _ = bucket.level()
    alice.send("LINES END", *"abcdefgh", "END")
    after, _ = bucket.level()
    assert round(before - after) == 2 + 8 - 1


def test_an_object_may_be_longer_than_a_line() -> None:
    cutter = LineCutter(100, OBJECT_LENGTH)
    long = b"{" + b"x" * (OBJECT_LENGTH - 1)
    assert cutter.feed(long[:5000]) == []
    assert cutter.feed(long[5000:] + b"\n" + b"y" * 101 + b"\n") == [long, None]
    assert cutter.feed(long + b"x") == [None]
    assert cutter.feed(b"x\nMSG hi\n") == [b"MSG hi"]
    assert cutter.feed(b"y" * 101) == [None]


def test_a_text_in_escapes_has_room(world: World) -> None:
    alice, bob = program(world, "alice"), program(world, "bob")
    skip(alice, bob)
    words = "\U0001f600" * TEXT_LENGTH
    line = json.dumps({"do": "msg", "text": words})
    assert 12 * TEXT_LENGTH < len(line) < OBJECT_LENGTH
    alice.send_bytes(f"{line}\n".encode())
    assert [event["text"] for event in bob.events()] == [words]


def test_an_answer_and_several_lines_in_text() -> None:
    said = Said("#lobby", "bob", "yes\nno", 1e9, 3, "message", 5, 2)
    quoted = said._replace(marks=Marks(Quote("alice", "hello, is any…")))
    assert text.encode(quoted).decode().splitlines() == [
        "bob (to alice: hello, is any…): yes",
        "bob (to alice: hello, is any…): no",
    ]
    assert text.encode(Whispered("bob", ("a",), "x\ny", 1e9)) == (
        b"PRIV bob: x\nPRIV bob: y\n"
    )
