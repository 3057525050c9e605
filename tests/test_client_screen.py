"""What the client shows, and that it spares what is being typed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from twisted_chat import events as e
from twisted_chat.client.display import lines_for
from twisted_chat.client.screen import JsonLines, Pipe, Terminal, width
from twisted_chat.grammar import json as grammar_json
from twisted_chat.grammar import text as grammar_text
from twisted_chat.names import clean
from twisted_chat.terminal.fields import Event
from twisted_chat.terminal.wording import mentions

from .samples import sample
from .terminal import FakeTerminal

AT = 1_700_000_000.0
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def said(text: str, nick: str = "bob", room: str = "#lobby", **more: Any) -> Event:
    return {
        "event": "message",
        "at": "2023-11-14T22:13:20.000Z",
        "room": room,
        "nick": nick,
        "text": text,
        "id": 1,
        **more,
    }


class Someone:
    """Somebody at a terminal."""

    def __init__(self, columns: int = 40, rows: int = 8, colour: bool = False) -> None:
        self.terminal = FakeTerminal(columns, rows)
        self.written = ""
        self.unread = False
        self.clock = Clock()
        self.screen = Terminal(
            self.write, lambda: columns, lambda: self.unread, self.clock, colour
        )
        self.screen.show(said("earlier"), "alice")
        self.clock.advance(1)
        self.start = len(self.terminal.lines())

    def write(self, text: str) -> None:
        self.written += text
        self.terminal.write(text)

    def enter(self, text: str, secret: bool = False) -> None:
        self.terminal.type(f"{text}\n")
        self.screen.entered(text, secret)

    def lines(self) -> list[str]:
        """What is on the terminal, without times."""
        return [
            line.partition(" ")[2] if line[2:3] == ":" else line
            for line in self.terminal.lines()[self.start :]
        ]


def test_a_line_shown_spares_what_is_being_typed() -> None:
    me = Someone()
    me.terminal.type("half")
    me.screen.show(said("one"), "alice")
    me.screen.show(said("two", room="#dev"), "alice")
    me.terminal.type(" done")
    assert me.lines() == ["bob: one", "#dev bob: two", "half done"]


@given(st.lists(st.text(max_size=60), max_size=12), st.text("abc ", max_size=30))
def test_whatever_comes_the_typed_line_stays(texts: list[str], typed: str) -> None:
    me = Someone()
    me.terminal.type(typed)
    for text in texts:
        if width(text) == len(text):  # the small terminal has narrow cells only
            me.screen.show(said(text), "alice")
    assert me.terminal.rows[me.terminal.row].rstrip() == typed.rstrip()
    assert me.terminal.column == len(typed)


def test_a_long_line_is_broken_between_words() -> None:
    me = Someone(columns=30)
    me.screen.show(said("one two three four five six " + "x" * 40), "alice")
    assert me.lines() == [
        "bob: one two three four",
        "five six",
        "x" * 29,
        "x" * 11,
    ]


def test_my_own_line_takes_the_place_of_what_i_typed() -> None:
    me = Someone()
    me.enter("hello")
    assert me.lines() == ["hello"]
    me.screen.show(said("hello", nick="alice"), "alice")
    assert me.lines() == ["alice: hello"]


def test_nothing_but_what_i_typed_is_ever_replaced() -> None:
    me = Someone()
    me.enter("hello")
    me.screen.show(said("meanwhile"), "alice")
    me.screen.show(said("hello", nick="alice"), "alice")
    assert me.lines() == ["hello", "bob: meanwhile", "alice: hello"]


def test_a_line_that_came_just_before_enter_is_not_replaced() -> None:
    me = Someone()
    me.terminal.type("hello\n")
    me.screen.show(said("meanwhile"), "alice")
    me.screen.entered("hello")
    me.screen.show(said("hello", nick="alice"), "alice")
    assert "bob: meanwhile" in me.lines()


def test_a_line_not_read_yet_is_not_replaced() -> None:
    me = Someone()
    me.terminal.type("hello\nmore\n")
    me.unread = True
    me.screen.entered("hello")
    me.screen.show(said("hello", nick="alice"), "alice")
    assert me.lines() == ["hello", "more", "alice: hello"]


def test_a_password_does_not_stay_on_the_screen() -> None:
    me = Someone()
    me.enter("/login sesame", secret=True)
    assert "sesame" not in " ".join(me.lines())


def test_a_mention_rings_the_bell_and_nothing_else_does() -> None:
    me = Someone()
    for event, rings in (
        (said("hi ALICE!"), 1),
        (said("hi alice_"), 1),
        (said("malice"), 1),
        (said("I am alice", nick="alice"), 1),
        (said("alice, long ago", replay=True), 1),
        (
            {"event": "private", "at": "", "nick": "bob", "to": ["alice"], "text": "x"},
            2,
        ),
    ):
        me.screen.show(event, "alice")
        assert me.terminal.bells == rings, event


def test_the_nick_of_ones_account_is_ones_own() -> None:
    me = Someone()
    account = {"event": "account", "at": "", "nick": "wonder", "account": "alice"}
    for event, rings in (
        (account, 0),
        (said("hi alice"), 0),
        (account | {"you": True}, 0),
        (said("hi Alice"), 1),
        (said("hi wonder"), 2),
        (account | {"you": True, "account": None}, 2),
        (said("hi alice"), 2),
    ):
        me.screen.show(event, "wonder")
        assert me.terminal.bells == rings, event


def test_mention() -> None:
    assert mentions("@alice: hi", "alice")
    assert not mentions("anything", "")


def test_each_nick_has_its_colour_unless_colours_are_off() -> None:
    me, plain = Someone(colour=True), Someone(colour=False)
    for nick in ("bob", "carol"):
        me.screen.show(said("x", nick=nick), "alice")
        plain.screen.show(said("x", nick=nick), "alice")
    assert "\x1b[1;33mbob\x1b[0m" in me.written
    assert "mcarol\x1b[0m" in me.written
    assert "\x1b[1;33mcarol" not in me.written
    assert "m" not in "".join(part[:4] for part in plain.written.split("\x1b[")[1:])


def test_a_new_day_is_told() -> None:
    me = Someone(columns=60)
    me.screen.show(said("later", at="2023-11-20T12:00:00.000Z"), "alice")
    assert any("20 November 2023" in line for line in me.terminal.lines())


def test_replay_has_its_time_in_brackets() -> None:
    me = Someone()
    me.screen.show(said("before", replay=True), "alice")
    assert me.terminal.lines()[-1].startswith("[")


HOSTILE = "\x1b[2J\x07\x9b31m\u202eevil\r\n\x85\u2028"


@pytest.mark.parametrize("field", ["nick", "text", "room"])
def test_nothing_that_a_server_sends_acts_on_the_terminal(field: str) -> None:
    me = Someone()
    me.screen.show(said("text") | {field: HOSTILE}, "alice")
    assert me.terminal.bells == 0
    out: list[str] = []
    Pipe(out.append).show(said("text") | {field: HOSTILE}, "alice")
    JsonLines(out.append).show(said("text") | {field: HOSTILE}, "alice")
    assert all(clean(line[:-1]) == line[:-1] and line[-1] == "\n" for line in out)
    assert json.loads(out[-1])[field] == HOSTILE


FIELDS = (
    "at room nick text old you to people rooms more topic reason joined left code"
    " by rule value bans until id owners joined_count"
    " token messages replay query next idle away since account kind deleted with id"
)
KINDS = (
    "message action private join leave crowd nick topic away notice error pong who"
    " kick room rules bans invite"
    " rooms whois history search account edited deleted reaction brand-new"
)


@given(
    st.dictionaries(
        st.sampled_from(FIELDS.split()),
        ANY_JSON,
    ),
    st.sampled_from(KINDS.split()),
)
def test_no_event_whatever_its_fields_breaks_the_display(
    fields: dict[str, Any], kind: str
) -> None:
    for line in lines_for({**fields, "event": kind}, "alice"):
        assert clean(line.text) == line.text


EVENTS: list[e.Event] = [
    e.Said("#lobby", "bob", "hi", AT, 1),
    e.Said("#dev", "bob", "hi", AT, 1),
    e.Said("#dev", "bob", "waves", AT, 1, "action"),
    e.Said("#dev", "bob", "beep", AT, 1, "notice"),
    e.Whispered("bob", ("alice",), "psst", AT),
    e.Whispered("bob", ("alice", "carol"), "psst", AT),
    e.Arrived("#lobby", "bob", AT),
    e.Departed("bob", "bye", AT),
    e.Joined("#dev", "bob", AT),
    e.Parted("#dev", "bob", "", AT),
    e.Crowd("#dev", ("a", "b"), (), AT),
    e.Crowd("#dev", tuple(f"n{i}" for i in range(30)), ("x",), AT),
    e.Renamed("bob", "rob", AT),
    e.Named("", "alice", AT),
    e.TopicSet("#dev", "bob", "cats", AT),
    e.TopicSet("#dev", "", "", AT),
    e.RoomRenamed("#dev", "#new", "bob", "typo", AT),
    e.AwaySet("bob", "lunch", AT),
    e.Notice("hear, hear", AT, "help"),
    e.Failed(401, "Nobody", AT),
    e.Pong("x", AT),
    e.Members("#dev", (e.Person("bob", ""), e.Person("carol", "lunch")), 3, AT),
    e.Rooms((e.RoomInfo("#dev", 3, "cats"), e.RoomInfo("#lobby", 1, "")), 2, AT),
    e.Profile("bob", "lunch", ("#dev",), AT, 5, AT),
    e.Profile("bob", "", (), AT, 5, AT, "bob", True, "192.0.2.1"),
    e.LoggedIn("alice", "alice", AT),
    e.AccountSet("bob", "bob", AT),
    e.Kicked("", "bob", "alice", "noise", AT),
    e.Kicked("#dev", "bob", "alice", "", AT),
    e.RoomChanged("#dev", "alice", "locked", "on", AT),
    e.RoomChanged("#dev", "alice", "limit", "5", AT),
    e.RoomChanged("#dev", "alice", "ban", "+bob", AT),
    e.Invited("#dev", "alice", "bob", AT),
    e.BanList("", (), AT),
    e.BanList("#dev", (e.Ban("ban", "#dev", "bob", "alice", "x", AT, AT),), AT),
    e.RoomRules("#dev", True, False, True, False, True, "", 5, ("alice",), (), AT),
    e.Whispered("bob", ("alice",), "waves", AT, "action"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_a_pipe_shows_what_format_text_shows(event: e.Event) -> None:
    decoded = grammar_json.decode(grammar_json.encode(event))
    shown = [line.text for line in lines_for(decoded, "alice")]
    assert shown == grammar_text.encode(event).decode().splitlines()


def test_a_pipe_leaves_out_what_i_say_myself_and_what_comes_before_the_nick() -> None:
    out: list[str] = []
    pipe = Pipe(out.append)
    pipe.show({"event": "notice", "at": "", "text": "Welcome"}, "")
    pipe.show(said("mine", nick="Alice"), "alice")
    pipe.show(said("yours"), "alice")
    assert out == ["bob: yours\n"]


ROOM_TALK = (
    e.Said("#dev", "bob", "one", AT, 7),
    e.Said("#dev", "bob", "waves", AT, 8, "action"),
)


@pytest.mark.parametrize(
    ("event", "last"),
    [
        (e.Recalled("#dev", ROOM_TALK, 7, False, 2, AT), "#dev 2 before 7 shows earl"),
        (e.Recalled("#dev", ROOM_TALK, 8, True, 2, AT), "#dev 2 after 8 shows later"),
        (e.Recalled("#dev", ROOM_TALK, None, True, 2, AT), "#dev * bob waves"),
        (e.Recalled("#dev", (), None, True, 2, AT), "No messages"),
        (e.Matched("one", ROOM_TALK, 7, AT), "/search one before 7 shows older"),
        (e.Matched("one", (), None, AT), "Nothing found"),
    ],
)
def test_what_was_said_before_is_shown_and_how_to_go_on(
    event: e.Event, last: str
) -> None:
    lines = lines_for(grammar_json.decode(grammar_json.encode(event)), "alice")
    assert last in lines[-1].text
    if isinstance(event, e.Matched) and event.messages:
        assert [line.text for line in lines[:2]] == [
            "#dev/7 bob: one",
            "#dev/8 * bob waves",
        ]


@pytest.mark.parametrize("kind", grammar_json.RENDER, ids=lambda kind: kind.__name__)
def test_the_client_knows_every_kind_of_event(kind: type) -> None:
    for line in grammar_json.encode(sample(kind)).splitlines():
        for shown in lines_for(grammar_json.decode(line), "alice"):
            assert not shown.text.startswith(f"* {json.loads(line)['event']} ")


def shown(event: Event) -> list[str]:
    return [line.text for line in lines_for(event, "alice")]


@pytest.mark.parametrize("kind", ["message", "action"])
def test_every_line_of_a_message_says_whose_it_is(kind: str) -> None:
    start = "#dev bob: " if kind == "message" else "#dev * bob "
    event = said("one\n\nalice: hi\x1b[2J", room="#dev") | {"event": kind}
    ends = ["one", "", "alice: hi[2J"]
    assert shown(event) == [f"{start}{end}" for end in ends]
    assert shown({**event, "replay": True}) == shown(event)
    found = {"event": "search", "query": "hi", "messages": [event, said("two")]}
    rest = [f"#dev/1 {start.removeprefix('#dev ')}{end}" for end in ends]
    assert shown(found) == [*rest, "#lobby/1 bob: two"]


def test_a_message_of_many_lines_rings_once() -> None:
    me = Someone()
    me.screen.show(said("alice:\nalice\nalice"), "alice")
    assert me.terminal.bells == 1


def test_a_message_that_is_gone_is_shown_as_such() -> None:
    gone = said("", room="#dev", deleted={"by": "root", "at": "2023-11-14T22:13:20Z"})
    assert shown(gone) == ["#dev * a message of bob was deleted"]


SAID_IN_PRIVATE = [
    ({"event": "message", "with": "bob", "nick": "bob"}, "@bob bob"),
    ({"event": "action", "with": "bob", "nick": "bob"}, "@bob * bob"),
    ({"event": "private", "nick": "bob", "to": ["alice"]}, "PRIV bob"),
    ({"event": "private", "nick": "alice", "to": ["bob"]}, "PRIV alice > bob"),
    ({"event": "message", "room": "#dev", "nick": "bob"}, "#dev bob"),
    ({"event": "message", "room": "#lobby", "nick": "bob"}, "bob"),
]


@pytest.mark.parametrize(("fields", "start"), SAID_IN_PRIVATE)
def test_a_person_is_shown_what_is_answered_and_where(
    fields: Event, start: str
) -> None:
    """And scripts read what they always read."""
    colon = " " if fields["event"] == "action" else ": "
    first = {**fields, "id": 11, "text": "one\ntwo"}
    answer = {**fields, "id": 12, "text": "three", "reply_to": 11}
    me = Someone(columns=80)
    me.screen.show(answer, "alice")
    me.screen.show(first, "alice")
    me.screen.show(answer, "alice")
    nick = fields["nick"]
    assert me.lines() == [
        f"{start} (to an earlier message){colon}three",
        f"{start}{colon}one",
        f"{start}{colon}two",
        f"{start} (to {nick}: one two){colon}three",
    ]
    out: list[str] = []
    Pipe(out.append).show(answer, "alice")
    said_by_bob = [f"{start.removeprefix('@bob ')}{colon}three\n"]
    assert out == (said_by_bob if nick == "bob" else [])


def test_what_is_answered_in_private_is_known_from_the_past() -> None:
    """Under whatever names its people have, and with nothing of what is gone."""
    me = Someone(columns=80)
    past = {"event": "message", "with": "carol,bob", "nick": "bob"}
    messages = [{**past, "id": 1, "text": "one"}, {**past, "id": 2, "text": "two"}]
    more = {"more": True, "next": 1}
    me.screen.show(
        {"event": "history", "with": "carol,bob", "messages": messages, **more}, "alice"
    )
    gone = {
        "event": "deleted",
        "with": "bob,carol",
        "id": 1,
        "nick": "bob",
        "by": "bob",
    }
    me.screen.show(gone, "alice")
    answer = {"event": "private", "nick": "carol", "to": ["alice", "bob"], "text": "x"}
    for reply_to in (1, 2):
        me.screen.show({**answer, "id": 2 + reply_to, "reply_to": reply_to}, "alice")
    lines = me.lines()
    assert lines[2] == "* /history @carol,bob 2 before 1 shows earlier ones"
    assert lines[-2:] == [
        "PRIV carol > alice,bob (to an earlier message): x",
        "PRIV carol > alice,bob (to bob: two): x",
    ]


def test_json_escapes_what_is_beyond_16_bits_as_a_pair() -> None:
    shown: list[str] = []
    event = {"event": "message", "text": "tag \U000e0041 and \U0001f600"}
    JsonLines(shown.append).show(event, "alice")
    assert shown == ['{"event":"message","text":"tag \\udb40\\udc41 and \U0001f600"}\n']
    assert json.loads(shown[0]) == event
