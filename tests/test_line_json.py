"""FORMAT json: what a program sees."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.events import Failed, Notice, Replayed, Said, SpeechKind, Whispered
from twisted_chat.grammar import json as json_format
from twisted_chat.grammar import text as text_format
from twisted_chat.grammar.commands import line_for, parse
from twisted_chat.names import clean

from .support import START, Client, World, skip, sliced

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def pair() -> tuple[Client, Client]:
    """A program and a person."""
    world = World()
    bot, alice = world.connect(), world.enter("alice")
    bot.send("FORMAT json", "NICK bot")
    skip(bot, alice)
    return bot, alice


def only(events: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """The only event, whose fields are these besides `at`."""
    assert len(events) == 1, events
    event = events[0]
    assert STAMP.fullmatch(event.pop("at"))
    assert event == fields
    return event


def test_every_line_is_an_object_with_event_and_at(pair: tuple[Client, Client]) -> None:
    bot, alice = pair
    bot.send("JOIN #x", "ROOMS", "WHO", "WHOIS alice", "TOPIC", "TOPIC t", "PING")
    bot.send("AWAY x", "AWAY", "IGNORE", "HELP", "BAD", "ME x", "MSG x", "PART")
    bot.send("PRIV alice x", "NICK bot2", "ECHO on", "FORMAT json")
    alice.send("PRIV bot2 hi", "MSG hi", "ME hi", "NICK anna", "QUIT")
    events = bot.events()
    assert len(events) > 25
    for event in events:
        assert isinstance(event["event"], str)
        assert STAMP.fullmatch(event["at"])


def test_at_is_utc_with_milliseconds(pair: tuple[Client, Client]) -> None:
    bot, alice = pair
    bot.world.advance(0.25)
    alice.send("MSG now")
    assert bot.events()[0]["at"] == "2023-11-14T22:13:20.250Z"
    assert START == 1_700_000_000


def test_messages(pair: tuple[Client, Client]) -> None:
    bot, alice = pair
    alice.send('MSG say "hi" \\ 😀')
    only(
        bot.events(),
        event="message",
        room="#lobby",
        nick="alice",
        text='say "hi" \\ 😀',
        id=1,
    )
    alice.send("ME waves")
    only(bot.events(), event="action", room="#lobby", nick="alice", text="waves", id=2)
    alice.send("PRIV bot psst")
    private = bot.events()
    assert private[0]["nick"] == "alice"
    assert private[0]["to"] == ["bot"]
    assert private[0]["event"] == "private"


def test_echo_is_on_in_json_and_off_in_text(pair: tuple[Client, Client]) -> None:
    bot, alice = pair
    bot.send("MSG one")
    assert only(
        bot.events(), event="message", room="#lobby", nick="bot", text="one", id=1
    )
    bot.send("FORMAT text", "MSG two")
    assert bot.lines() == ["* The format is text"]
    bot.send("ECHO on", "FORMAT json", "FORMAT text", "MSG three")
    assert bot.lines()[-1] == "bot: three"
    assert [line.split()[-1] for line in alice.lines()] == ["one", "two", "three"]


def test_ids_grow_within_a_room_and_are_the_same_for_all(
    pair: tuple[Client, Client],
) -> None:
    bot, alice = pair
    alice.send("FORMAT json")
    for person in pair:
        person.send("JOIN #a")
    skip(*pair)
    for number in range(10):
        pair[number % 2].send(f"MSG {number}", f"PRIV #lobby {number}")
    heard = bot.events(), alice.events()
    for room in ("#a", "#lobby"):
        for events in heard:
            messages = [event for event in events if event.get("room") == room]
            assert [event["id"] for event in messages] == list(range(1, 11))
            assert [event["text"] for event in messages] == list("0123456789")


def test_coming_and_going(pair: tuple[Client, Client]) -> None:
    bot, alice = pair
    carol = bot.world.enter("carol")
    only(bot.events(), event="join", room="#lobby", nick="carol", arrived=True)
    bot.send("JOIN #x")
    assert bot.events()[0]["event"] == "join"
    carol.send("JOIN #x")
    only(bot.events(), event="join", room="#x", nick="carol")
    carol.send("PART #x tea")
    only(bot.events(), event="leave", room="#x", nick="carol", reason="tea")
    carol.send("NICK caro")
    only(bot.events(), event="nick", old="carol", nick="caro")
    carol.send("QUIT night")
    only(bot.events(), event="leave", nick="caro", reason="night")
    alice.send("TOPIC tea")
    only(bot.events(), event="topic", room="#lobby", topic="tea", nick="alice", id=1)
    bot.send("NICK bot2")
    only(bot.events(), event="nick", old="bot", nick="bot2", you=True)


def test_errors_and_notices(pair: tuple[Client, Client]) -> None:
    bot, _ = pair
    bot.send("NICK alice")
    event = bot.events()[0]
    assert event["event"] == "error"
    assert event["code"] == 433
    assert event["text"].startswith("alice is taken; try ")
    bot.send("PING token 1")
    only(bot.events(), event="pong", token="token 1")
    bot.send("HELP")
    assert {event["event"] for event in bot.events()} == {"notice"}


def test_notices_are_data(pair: tuple[Client, Client]) -> None:
    bot, _ = pair
    for line, code, value in (
        ("FORMAT json", "format", "json"),
        ("ECHO on", "echo", "on"),
        ("REPLAY off", "replay", "off"),
        ("JOIN #lobby", "speaking-in", "#lobby"),
        ("AWAY at tea", "away", "at tea"),
        ("AWAY", "back", None),
        ("IGNORE alice", "ignored", "alice"),
        ("IGNORE", "ignores", "alice"),
        ("UNIGNORE alice", "unignored", "alice"),
        ("HELP msg", "help", "MSG"),
    ):
        bot.send(line)
        [event] = bot.events()
        assert (event["event"], event["code"]) == ("notice", code)
        assert event.get("value") == value


def test_replies_are_data(pair: tuple[Client, Client]) -> None:
    bot, alice = pair
    alice.send("AWAY lunch", "JOIN #tea", "TOPIC of tea")
    bot.events()
    bot.send("WHO")
    event = bot.events()[0]
    assert event["event"] == "who"
    assert event["room"] == "#lobby"
    people = [(person["nick"], person["away"]) for person in event["people"]]
    assert people == [("alice", "lunch"), ("bot", "")]
    assert event["more"] == 0
    bot.send("ROOMS")
    event = bot.events()[0]
    assert event["event"] == "rooms"
    assert event["rooms"] == [
        {"room": "#lobby", "people": 2, "topic": ""},
        {"room": "#tea", "people": 1, "topic": "of tea"},
    ]
    bot.send("WHOIS alice")
    event = bot.events()[0]
    assert event["event"] == "whois"
    assert event["nick"] == "alice"
    assert event["away"] == "lunch"
    assert event["rooms"] == ["#lobby"]


def test_a_reply_always_fits_the_send_queue() -> None:
    """Whatever people write about themselves and their rooms."""
    world = World()
    for number in range(300):
        client = world.enter(f"n{number}")
        client.send(f"AWAY {'😀' * 200}", f"JOIN #r{number}", f"TOPIC {'😀' * 300}")
    bot = world.connect()
    bot.send("FORMAT json", "NICK bot")
    bot.bytes()
    for command in ("WHO", "ROOMS"):
        bot.send(command)
        reply = bot.bytes()
        assert len(reply) < 64 * 1024
        event = json.loads(reply)
        listed = event.get("people") or event.get("rooms")
        assert len(listed) + event["more"] == 301


# The grammar, both ways

TEXTS = st.text(max_size=60).map(clean)
WORDS = st.from_regex(r"[A-Za-z_]{1,8}", fullmatch=True)


@given(WORDS, TEXTS, st.integers(1, 10**9))
def test_what_is_written_in_json_is_read_back_equal(
    nick: str, text: str, id: int
) -> None:
    for kind, event in (
        ("message", Said("#r", nick, text, START, id)),
        ("action", Said("#r", nick, text, START, id, "action")),
    ):
        line = json_format.encode(event)
        assert line.endswith(b"\n")
        assert len(line.decode().splitlines()) == 1
        read = json.loads(line)
        read.pop("at")
        assert read == {
            "event": kind,
            "room": "#r",
            "nick": nick,
            "text": text,
            "id": id,
        }
    private = json.loads(json_format.encode(Whispered(nick, (nick,), text, START)))
    assert (private["nick"], private["to"], private["text"]) == (nick, [nick], text)
    failed = json.loads(json_format.encode(Failed(401, text, START)))
    assert (failed["code"], failed["text"]) == (401, text)


@pytest.mark.parametrize(
    ("kind", "name", "more"),
    [
        ("message", "message", ""),
        ("action", "action", ""),
        ("notice", "message", ',"kind":"notice"'),
    ],
)
def test_speech_in_json_byte_for_byte(kind: SpeechKind, name: str, more: str) -> None:
    said = Said("#r", "bob", 'say "é"', START, 7, kind)
    line = (
        f'{{"event":"{name}","at":"2023-11-14T22:13:20.000Z","room":"#r",'
        f'"nick":"bob","text":"say \\"é\\"","id":7{more}}}\n'
    )
    assert json_format.encode(said).decode() == line
    again = json_format.encode(Replayed("#r", (said,), False, START)).decode()
    assert again == line.replace("}\n", ',"replay":true}\n')


@given(TEXTS)
def test_what_is_written_in_text_is_one_line(text: str) -> None:
    for event in (Said("#r", "n", text, START, 1), Notice(text, START, "help")):
        line = text_format.encode(event).decode()
        assert line.endswith("\n")
        assert len(line.splitlines()) == 1
        assert line[:-1].endswith(text)


@given(st.text())
def test_parsing_never_raises(line: str) -> None:
    verb, rest = parse(line)
    assert " " not in verb
    assert isinstance(rest, str)


@given(
    st.from_regex(r"[A-Z]{1,10}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=50),
)
def test_a_written_line_is_read_back_equal(verb: str, rest: str) -> None:
    assert parse(line_for(verb, rest)) == (verb, rest)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=6))
def test_whatever_bytes_arrive_the_connection_stands(
    data: bytes, cuts: list[int]
) -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    for piece in sliced(data, cuts):
        alice.send_bytes(piece)
    alice.send_bytes(b"\n")
    for line in bob.bytes().decode().split("\n"):
        assert line.isprintable()
    assert bob.ask("PING ok") == ["PONG ok"]


@pytest.mark.parametrize(
    "char",
    [
        *map(chr, (0x00, 0x07, 0x1B, 0x7F, 0x80, 0x9B, 0x9F)),  # controls
        *"\u061c\u200e\u200f\u202a\u202e\u2066\u2069",  # directions
        *"\ufff9\ufffa\ufffb",  # annotations: what is between them may be hidden
        "\ud800",
    ],
)
def test_what_acts_unseen_goes(char: str) -> None:
    assert clean(f"a{char}b") == "ab"


@given(st.text(max_size=200))
def test_clean_text_acts_on_no_terminal(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.splitlines()) <= 1
    assert clean(cleaned) == cleaned
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", cleaned)
    cleaned.encode()
