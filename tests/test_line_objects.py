"""In FORMAT json a line that begins with { is a command as an object."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from twisted_chat.events import Said
from twisted_chat.limits import Rate
from twisted_chat.names import check_message
from twisted_chat.verbs import COMMANDS

from .support import PASSWORD, Client, World, member, skip


def program(world: World, nick: str = "bot") -> Client:
    """Somebody in FORMAT json, who has read all that came until now."""
    client = world.connect()
    client.send("FORMAT json", f"NICK {nick}")
    skip(client)
    return client


def order(client: Client, **fields: object) -> list[dict[str, Any]]:
    """What comes of one object."""
    client.events()
    client.send(json.dumps(fields))
    return client.events()


def refusal(events: list[dict[str, Any]]) -> tuple[int, str]:
    [event] = events
    assert event["event"] == "error", event
    return event["code"], event["text"]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def bot(world: World) -> Client:
    return program(world)


def test_a_message_names_its_room_or_goes_to_the_current_one(
    world: World, bot: Client
) -> None:
    alice = world.enter("alice")
    bot.send("JOIN #dev")
    alice.send("JOIN #dev", "JOIN #lobby")
    skip(alice, bot)
    order(bot, do="msg", text="here")
    order(bot, do="msg", room="#lobby", text="there")
    order(bot, do="me", room="lobby", text="waves")
    assert alice.lines() == ["#dev bot: here", "bot: there", "* bot waves"]


def test_it_is_refused_as_the_line_is(world: World, bot: Client) -> None:
    assert refusal(order(bot, do="msg", room="#no", text="x"))[0] == 403
    world.enter("alice").send("JOIN #dev")
    assert refusal(order(bot, do="msg", room="#dev", text="x"))[0] == 442
    assert refusal(order(bot, do="msg", text=" "))[0] == 412
    assert refusal(order(bot, do="msg", text="x" * 4001))[0] == 417
    assert refusal(order(bot, do="priv", to="nobody", text="x"))[0] == 401
    bot.send("PART")
    assert refusal(order(bot, do="msg", text="x"))[0] == 404
    early = world.connect()
    early.send("FORMAT json")
    skip(early)
    assert refusal(order(early, do="msg", text="x"))[0] == 451


@given(st.text(max_size=80))
def test_a_text_stays_in_one_piece(text: str) -> None:
    world = World()
    alice = program(world, "alice")
    bot = program(world)
    for fields in (
        {"do": "msg", "text": text},
        {"do": "msg", "room": "#lobby", "text": text},
        {"do": "priv", "to": "alice", "text": text},
    ):
        [event] = order(bot, **fields)
        heard = [e for e in alice.events() if e["event"] in ("message", "private")]
        if event["event"] == "error":
            assert event["code"] == 412
            assert heard == []
        else:
            assert [e["text"] for e in heard] == [check_message(text)]


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"do": "nonsense"}, 421, "NONSENSE"),
        ({"do": 1}, 461, "What to do?"),
        ({}, 461, "What to do?"),
        ({"do": "msg"}, 461, "MSG needs text: a text"),
        ({"do": "msg", "text": 1}, 461, "text must be a text"),
        ({"do": "msg", "text": None}, 461, "text must be a text"),
        ({"do": "msg", "text": "x", "nick": "y"}, 461, "it takes room, text"),
        ({"do": "rooms", "x": 1}, 461, "it takes nothing"),
        ({"do": "whois", "nick": "a b"}, 461, "nick must be one word"),
        ({"do": "whois", "nick": ""}, 461, "WHOIS needs nick: one word"),
        ({"do": "login", "nick": "bob", "password": "a b"}, 461, "password must be"),
        (
            {"do": "priv", "to": ["a", "b c"], "text": "x"},
            461,
            "to must be one word or",
        ),
        ({"do": "priv", "to": ["a,b"], "text": "x"}, 461, "to must be"),
        ({"do": "priv", "to": [1], "text": "x"}, 461, "to must be"),
        ({"do": "join", "room": "#a b"}, 461, "room must be"),
        ({"do": "history", "n": "5"}, 461, "n must be a number"),
        ({"do": "history", "n": True}, 461, "n must be a number"),
        ({"do": "history", "n": -1}, 461, "n must be a number"),
        ({"do": "history", "n": 10**40}, 461, "n must be a number"),
        ({"do": "history", "n": 1.5}, 461, "n must be a number"),
        ({"do": "history", "before": 1, "after": 2}, 461, "Use HISTORY"),
        ({"do": "msg", "text": "\ud800"}, 461, "no JSON object"),
        ({"do": "msg", "text": "x", "label": 1}, 461, "label must be"),
        ({"do": "msg", "text": "x", "label": "x" * 65}, 461, "label must be"),
    ],
)
def test_what_is_wrong_with_an_object_is_told(
    bot: Client, fields: dict[str, object], code: int, said: str
) -> None:
    got, text = refusal(order(bot, **fields))
    assert (got, said in text) == (code, True), (got, text)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "{}x",
        '{"do":',
        '{"a":' * 800,
        '{"a":' + "[" * 4000,
        '{"do":"msg","text":"x","n":' + "9" * 4000 + "}",
        '{"do":"msg","text":NaN}',
    ],
)
def test_what_is_no_object_is_refused_and_costs_little(bot: Client, line: str) -> None:
    bot.send(line)
    assert refusal(bot.events())[0] == 461
    bot.send("PING ok")
    assert bot.events()[0]["token"] == "ok"


def test_a_key_that_is_there_twice_counts_once(world: World, bot: Client) -> None:
    alice = world.enter("alice")
    bot.send('{"do":"msg","text":"one","text":"two"}')
    assert alice.lines() == ["bot: two"]


def test_in_format_text_a_brace_is_no_object(world: World) -> None:
    alice, bob = world.enter("alice"), world.enter("bob")
    skip(alice)
    assert alice.ask('{"do":"msg","text":"x"}')[0].startswith("ERR 421 ")
    assert bob.lines() == []


def test_objects_count_as_lines() -> None:
    world = World(flood=Rate(5, 2))
    alice = world.enter("alice")
    bot = program(world)
    world.advance(10)
    for number in range(8):
        bot.send(json.dumps({"do": "msg", "text": str(number)}))
    assert len(alice.lines()) == 5 + 1  # and that bot came
    world.advance(2)
    assert len(alice.lines()) == 3


EXAMPLES: dict[str, dict[str, object]] = {
    "room": {"room": "#dev"},
    "value": {"value": "on"},
    "format": {"format": "json"},
    "to": {"to": ["alice", "#dev"]},
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_answered_with_its_label(name: str, world: World) -> None:
    """With all that it needs, and with nothing at all."""
    alice = member(world, "alice", "#dev")
    bot = member(world, "bot", "#dev")
    bot.send("FORMAT json")
    skip(alice, bot)
    fields: dict[str, object] = {}
    for field in COMMANDS[name].fields:
        if field.needed:
            fields |= EXAMPLES.get(field.name, {field.name: "alice"})
    for some in ({}, fields) if name != "QUIT" else ({},):
        events = order(bot, do=name.lower(), label="c1", **some)
        assert "c1" in [event.get("label") for event in events], events


def test_a_label_is_on_every_answer_and_on_nothing_else(
    world: World, bot: Client
) -> None:
    alice = program(world, "alice")
    skip(bot, alice)
    said = order(bot, do="msg", text="hi", label="c1")
    assert [(e["event"], e["text"], e["label"]) for e in said] == [
        ("message", "hi", "c1")
    ]
    assert "label" not in alice.events()[0]
    private = order(bot, do="priv", to=["alice", "nobody"], text="psst", label="c2")
    assert [(e["event"], e["label"]) for e in private] == [
        ("private", "c2"),
        ("error", "c2"),
    ]
    assert "label" not in alice.events()[0]
    joined = order(bot, do="join", room="dev", label='}\n"\\')
    assert [e["label"] for e in joined] == ['}\n"\\'] * 2
    [listed] = order(bot, do="rooms", label="c4")
    assert (listed["event"], listed["label"]) == ("rooms", "c4")
    assert "label" not in order(bot, do="rooms", label="")[0]


def test_what_has_no_answer_is_done(bot: Client) -> None:
    bot.send("ECHO off")
    skip(bot)
    [event] = order(bot, do="msg", text="hi", label="c1")
    assert event.pop("at")
    assert event == {"event": "done", "label": "c1"}
    topic, done = order(bot, do="topic", text="cats", label="c2")
    assert (topic["event"], "label" in topic) == ("topic", False)
    assert (done["event"], done["label"]) == ("done", "c2")


def test_the_authors_copy_keeps_its_place(world: World, bot: Client) -> None:
    """Everyone in a room is sent its messages in one order."""
    alice = program(world, "alice")
    skip(bot, alice)
    for number in range(6):
        speaker = (alice, bot)[number % 2]
        fields = {"do": "msg", "text": str(number)}
        speaker.send(json.dumps(fields | ({"label": "x"} if number % 4 else {})))
    for listener in (alice, bot):
        assert [e["text"] for e in listener.events()] == list("012345")


def test_an_answer_that_comes_later_bears_its_label(world: World) -> None:
    owner = member(world, "carol")
    owner.send("QUIT")
    bot = world.connect()
    bot.send("FORMAT json")
    skip(bot)
    world.pool.busy = True
    for password, label in (("wrong-one", "c1"), (PASSWORD, "c2")):
        line = {"do": "login", "nick": "carol", "password": password, "label": label}
        bot.send(json.dumps(line))
    assert bot.events() == []
    world.pool.work()
    wrong, *events = bot.events()
    assert (wrong["code"], wrong["label"]) == (464, "c1")
    assert {e["label"] for e in events} == {"c2"}
    assert {"nick", "account", "who"} <= {e["event"] for e in events}


def test_while_a_command_waits_others_words_bear_no_label(world: World) -> None:
    alice, carol = world.enter("alice"), member(world, "carol")
    carol.send("FORMAT json")
    skip(carol, alice)
    world.pool.busy = True
    change = {"do": "passwd", "old": PASSWORD, "new": "new-enough", "label": "c1"}
    carol.send(json.dumps(change))
    alice.send("PRIV carol psst", "MSG aloud")
    assert [e.get("label") for e in carol.events()] == [None, None]
    world.pool.work()
    world.pool.work()
    assert [e["label"] for e in carol.events()] == ["c1"]


def test_history_and_what_is_shown_again_bear_the_label(world: World) -> None:
    alice = world.enter("alice")
    alice.send("JOIN #dev", "MSG one")
    bot = program(world)
    events = order(bot, do="join", room="#dev", label="c1")
    assert events[-1]["replay"]
    assert {e["label"] for e in events} == {"c1"}
    [page] = order(bot, do="history", room="dev", n=5, label="c2")
    assert (page["label"], page["messages"][0]["text"]) == ("c2", "one")
    assert "label" not in page["messages"][0]
    [found] = order(bot, do="search", words="one", label="c3")
    assert (found["event"], found["label"]) == ("search", "c3")


def test_what_the_disk_has_yet_to_say_bears_the_label_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = world.enter("alice")
    alice.send("JOIN #dev", "MSG one")
    tail = world.room("#dev").tail
    said = list(tail.messages)
    tail.messages.clear()
    tail.complete = False
    latest: Deferred[list[Said]] = Deferred()
    monkeypatch.setattr(world.hub.history, "latest", lambda *asked: latest)
    page: Deferred[list[Said]] = Deferred()
    monkeypatch.setattr(world.hub.history, "before", lambda *asked: page)
    bot = program(world)
    joined = order(bot, do="join", room="#dev", label="c1")
    assert [e["event"] for e in joined] == ["join", "who"]
    latest.callback(said)
    assert [(e["text"], e["label"]) for e in bot.events()] == [("one", "c1")]
    assert order(bot, do="history", room="#dev", label="c2") == []
    page.callback(said)
    assert [(e["event"], e["label"]) for e in bot.events()] == [("history", "c2")]


def test_keeping_order(world: World) -> None:
    alice, bob = member(world, "alice", "#dev"), world.enter("bob")
    bob.send("JOIN #dev")
    alice.send("FORMAT json")
    skip(alice, bob)
    reason = "1d #lobby no more"
    order(alice, do="mute", room="dev", mask="bob", duration="1d", reason=reason)
    [listed] = order(alice, do="bans", room="dev")
    [ban] = listed["bans"]
    assert (ban["kind"], ban["mask"], ban["reason"]) == ("mute", "bob", reason)
    assert ban["until"].startswith("2023-11-15T22:13")
    for duration in ("soon", "1" * 3000 + "x"):
        code, text = refusal(
            order(alice, do="mute", room="dev", mask="bob", duration=duration)
        )
        assert (code, len(text) < 200) == (461, True)
    order(alice, do="unmute", room="dev", mask="bob")
    order(alice, do="room", room="dev", rule="key", value="word")
    order(alice, do="kick", room="dev", nick="bob", reason=reason)
    assert [line for line in bob.lines() if "kicked" in line or "key" in line] == [
        "* #dev has a key now (alice)",
        f"* bob was kicked out of #dev by alice ({reason})",
    ]


def test_leaving_and_changing_the_format(bot: Client) -> None:
    bot.send('{"do":"format","format":"text","label":"c1"}')
    assert bot.lines() == ["* The format is text"]
    bot.send("FORMAT json")
    [done] = [e for e in order(bot, do="quit", label="c2") if "label" in e]
    assert (done["event"], done["label"]) == ("done", "c2")
    assert bot.closed


def test_an_action_in_private(world: World, bot: Client) -> None:
    alice, carol = world.enter("alice"), world.enter("carol")
    skip(alice, carol, bot)
    [own] = order(bot, do="me", to=["alice", "carol"], text="winks", label="c1")
    assert (own["event"], own["kind"], own["label"]) == ("private", "action", "c1")
    assert alice.lines() == carol.lines() == ["PRIV * bot > alice,carol winks"]
    assert refusal(order(bot, do="me", to="nobody", text="x"))[0] == 401
    assert refusal(order(bot, do="me", to="alice", room="#lobby", text="x"))[0] == 461
    assert alice.lines() == []


def test_what_a_person_typed_may_stay_a_line(world: World, bot: Client) -> None:
    alice = world.enter("alice")
    bot.send("JOIN #dev")
    [topic, done] = order(bot, do="topic", line="#dev cats and dogs", label="c1")
    assert (topic["room"], topic["topic"]) == ("#dev", "cats and dogs")
    assert (done["event"], done["label"]) == ("done", "c1")
    skip(alice)
    order(bot, do="priv", line="alice: psst")
    assert alice.lines() == ["PRIV bot: psst"]
    for fields in ({"line": 1}, {"line": "alice", "nick": "alice"}):
        assert "line must be" in refusal(order(bot, do="whois", **fields))[1]
    assert refusal(order(bot, do="whois", line="a b"))[0] == 461
