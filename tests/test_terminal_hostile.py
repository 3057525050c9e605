"""Nothing that people, or a server, say acts on the terminal or ends the interface.

`Emulator` fails at any control character or sequence that isn't the interface's own.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted_chat.terminal.rooms import MOST_OPEN, MOST_PEOPLE
from twisted_chat.terminal.wording import lines_of

from .seats import PLAIN, Seat

EVIL = [
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b]52;c;aGk=\x1b\\",
    "\x9b31m\x9d0;title\x9c",
    "\u202eevil\u2066",
    "a\rb\nc\td\x08\x00\x7f",
    "\ud800",
    "e" + "\u0301" * 500,
    "https://a.example/\x1b]8;;https://evil.example\x1b\\x",
]
TEXTS = (
    *("text", "nick", "topic", "room", "reason", "by", "old", "query", "value"),
    *("with", "reaction"),
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from((*TEXTS, "id", "event")), inner, max_size=4)
    ),
    max_leaves=8,
)
KINDS = (
    *("message", "action", "private", "join", "leave", "crowd", "nick", "account"),
    *("away", "topic", "notice", "error", "who", "rooms", "whois", "history"),
    *("search", "kick", "room", "rules", "bans", "invite", "pong", "done", "new"),
    *("edited", "deleted", "reaction", "read", "unread", "mentions"),
)


def seat() -> Seat:
    alice = Seat(settings=PLAIN._replace(links=True, notify=777, probe=0))
    alice.hear(event="nick", old=None, nick="alice", you=True)
    alice.hear(event="join", room="#lobby", nick="alice")
    return alice


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("kind", KINDS)
def test_control_characters_reach_no_terminal(kind: str, evil: str) -> None:
    alice = seat()
    fields: dict[str, Any] = dict.fromkeys(TEXTS, evil)
    people = [{"nick": evil, "away": evil, "rank": evil}]
    mark = {"reaction": evil, "count": 1, "nicks": [evil]}
    more = {"reply_to": 3, "changed": evil, "reactions": [mark]}
    messages = [{"event": "message", "nick": evil, "text": evil, "id": 7, **more}]
    lists = {"to": [evil], "joined": [evil], "people": people, "messages": messages}
    alice.hear(event=kind, **fields, **lists, id=5)
    alice.hear(event=kind, **{**fields, "room": "#lobby"}, **lists, id=6)
    alice.hear(event="message", room="#lobby", nick="bob", text=f"alice {evil}", id=9)
    fields["text"] = f"two\n{evil}"
    for id in (10, 11):
        alice.hear(**{**fields, **more, "event": "message", "room": "#lobby", "id": id})
        more = {"deleted": {"by": evil}}
    for act in ("edited", "deleted", "reaction"):
        act_of = {**fields, "room": "#lobby", "id": 9, "on": True, "count": 1}
        alice.hear(event=act, **act_of)
    alice.keys("\x1b2", "\x1b3", "\t", "\x07")
    assert "alice" in alice.screen


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.dictionaries(
                st.sampled_from(
                    (
                        *(*TEXTS, "id", "to", "people", "messages", "at", "code"),
                        *("you", "joined", "left", "joined_count", "more", "next"),
                        *("reply_to", "deleted", "reactions", "count", "places"),
                    )
                ),
                ANY,
                max_size=8,
            ),
        ),
        max_size=6,
    ),
    st.lists(st.sampled_from(["\x1b1", "\x1b2", "\x1b[5~", "\x1b[6~", "\x07", "\t"])),
)
def test_any_event_may_come(
    events: list[tuple[str, dict[str, Any]]], keys: list[str]
) -> None:
    alice = seat()
    for kind, fields in events:
        alice.interface.event({**fields, "event": kind})
    alice.keys(*keys)
    assert alice.screen


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_may_be_typed(data: bytes) -> None:
    alice = seat()
    alice.hear(event="message", room="#lobby", nick="bob", text="hello", id=1)
    alice.interface.received(data)
    alice.clock.advance(10)
    assert alice.screen


def test_strangers_open_a_bounded_number_of_conversations() -> None:
    alice = seat()
    for number in range(2 * MOST_OPEN):
        alice.hear(event="private", nick=f"n{number}", to=["alice"], text="hi")
        alice.hear(event="join", room="#lobby", nick=f"n{number}")
    conversations = alice.interface._chat.conversations
    assert len(conversations.all()) == MOST_OPEN
    assert conversations.get("#lobby") is conversations.current
    assert conversations.get(f"n{2 * MOST_OPEN - 1}") is not None


def test_the_people_of_a_room_are_bounded() -> None:
    alice = seat()
    for number in range(2 * MOST_PEOPLE):
        alice.hear(event="join", room="#lobby", nick=f"n{number}")
    assert len(alice.interface._chat.conversations.open("#lobby").people) == MOST_PEOPLE
    assert " more" in alice.screen


def test_an_event_of_a_newer_server_is_shown_as_it_is() -> None:
    assert lines_of({"event": "new", "at": "x", "level": 3}) == ["* new level: 3"]
