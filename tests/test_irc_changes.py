"""What is done to messages, as IRC clients see it.

Sources: IRCv3 message-redaction, reply, react.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.irc_support import Network, S, matches
from tests.support import Client, skip
from twisted_chat.events import Deleted

ALICE = ":alice!~alice@account-alice"
BOB = ":bob!~bob@guest"
TAGS = "message-tags"
REDACTS = "message-tags draft/message-redaction"


class Room(NamedTuple):
    """A room of alice's, where bob, a guest, has written message 1 and she 2."""

    world: Network
    alice: Client
    bob: Client


def room(alice: str = "", bob: str = "", **settings: object) -> Room:
    """:param alice: what her client has asked for."""
    world = Network(flood=None, **settings)
    owner, guest = world.irc("alice", alice), world.irc("bob", bob)
    owner.send("REGISTER open-sesame", "JOIN #own")
    guest.send("JOIN #own", "PRIVMSG #own :helo")
    owner.send("PRIVMSG #own :hi")
    skip(owner, guest)
    return Room(world, owner, guest)


class Case(NamedTuple):
    """What bob sends, what he is told, and alice, who has `caps`."""

    caps: str
    bob: str
    answer: tuple[str, ...]
    told: tuple[str, ...]


REPLY = "+draft/reply=1#own;+reply=1#own"
DELETED = "NOTICE #own :A message of bob was deleted"
CASES = [
    # Answers
    Case(
        TAGS,
        "@+draft/reply=1#own PRIVMSG #own :no",
        (),
        (f"@msgid=3#own;{REPLY} {BOB} PRIVMSG #own :no",),
    ),
    Case(
        TAGS,
        "@+reply=1.2#OWN NOTICE #own :no",
        (),
        (f"@msgid=3#own;{REPLY} {BOB} NOTICE #own :no",),
    ),
    Case("", "@+reply=1#own PRIVMSG #own :no", (), (f"{BOB} PRIVMSG #own :no",)),
    # What nobody knows is answered by nothing, but said.
    *(
        Case(
            TAGS,
            f"@+reply={msgid} PRIVMSG #own :no",
            (),
            (f"@msgid=3#own {BOB} PRIVMSG #own :no",),
        )
        for msgid in ("99#own", "1#lobby", "x", "", "0#own", "1@000000000000")
    ),
    # Edits
    Case(
        TAGS,
        "EDIT #own 1 hello",
        (),
        (f'@msgid=1.…#own;{REPLY} {BOB} NOTICE #own :changed "helo": hello',),
    ),
    Case("", "EDIT #own 1 hello", (), (f'{BOB} NOTICE #own :changed "helo": hello',)),
    # Redactions
    Case(
        REDACTS,
        "REDACT #own 1#own",
        ("… REDACT #own 1#own",),
        (f"{BOB} REDACT #own 1#own",),
    ),
    Case(
        REDACTS,
        "REDACT #own 1#own :oh no",
        ("…",),
        (f"{BOB} REDACT #own 1#own :oh no",),
    ),
    Case("", "REDACT #own 1#own", ("…",), (f"{S} {DELETED}",)),
    Case(TAGS, "REDACT #own 1#own :oh", ("…",), (f"{S} {DELETED}: oh",)),
    Case(
        "",
        "REDACT #own 2#own",
        (f"{S} FAIL REDACT REDACT_FORBIDDEN #own 2#own :That is not your message",),
        (),
    ),
    *(
        Case(
            "",
            f"REDACT #own {msgid}",
            (f"{S} FAIL REDACT UNKNOWN_MSGID #own {msgid} …",),
            (),
        )
        for msgid in ("99#own", "1#lobby", "x", "1@000000000000")
    ),
    *(
        Case("", f"REDACT {to} 1#own", (f"{S} FAIL REDACT INVALID_TARGET {to} …",), ())
        for to in ("#none", "alice", "nobody", "#", "@1,2")
    ),
    Case("", "REDACT #own", (f"{S} 461 bob REDACT …",), ()),
    # Reactions
    Case(
        TAGS,
        "@+draft/reply=1#own;+draft/react=👍 TAGMSG #own",
        (),
        (f"@msgid=…;{REPLY};+draft/react=👍 {BOB} TAGMSG #own",),
    ),
    Case("", "@+draft/reply=1#own;+draft/react=👍 TAGMSG #own", (), ()),
    Case(TAGS, "@+draft/reply=1#own;+draft/unreact=👍 TAGMSG #own", (), ()),
    Case(
        TAGS,
        "@+draft/reply=1#own;+draft/react=lol TAGMSG #own",
        (f"{S} FAIL TAGMSG INVALID_REACTION #own :…",),
        (),
    ),
    *(
        Case(
            TAGS, f"@{tag}+draft/react=👍 TAGMSG #own", (f"{S} 400 bob TAGMSG :…",), ()
        )
        for tag in ("", "+reply=99#own;", "+reply=1#lobby;", "+reply=x;")
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{c.caps}-{c.bob}" for c in CASES])
def test_what_is_done_to_messages(case: Case) -> None:
    bob_has = REDACTS if "REDACT" in case.bob else ""
    _, alice, bob = room(case.caps, bob_has)
    answer = bob.ask(case.bob)
    for told, expected in ((answer, case.answer), (alice.lines(), case.told)):
        assert len(told) == len(expected), told
        for line, pattern in zip(told, expected, strict=True):
            assert matches(pattern, line), (pattern, line)


MAY_REDACT = [
    # What alice, whose room it is, does first; what comes of it if bob redacts his own.
    ((), "REDACT"),
    (("MODE #own +m",), "REDACT_FORBIDDEN"),
    (("MODE #own +q bob",), "REDACT_FORBIDDEN"),
    (("KICK #own bob",), "REDACT_FORBIDDEN"),
    (("MODE #own +s", "KICK #own bob"), "INVALID_TARGET"),
    (("REDACT #own 1#own",), "UNKNOWN_MSGID"),
]


@pytest.mark.parametrize(("before", "told"), MAY_REDACT)
def test_who_may_redact(before: tuple[str, ...], told: str) -> None:
    _, alice, bob = room("", REDACTS)
    alice.send(*before)
    skip(alice, bob)
    (line,) = bob.ask("REDACT #own 1#own")
    assert told in line.split()


def test_an_account_has_a_day() -> None:
    world, alice, _ = room(REDACTS, edit_window=100.0)
    carol = world.irc("carol")
    carol.send("REGISTER open-sesame", "JOIN #own", "PRIVMSG #own :hello")
    world.advance(101)
    skip(carol)
    assert carol.ask("REDACT #own 3#own") == [
        f"{S} FAIL REDACT REDACT_WINDOW_EXPIRED #own 3#own 100 "
        ":That message is too old to be changed"
    ]
    skip(alice)
    assert alice.ask("REDACT #own 3#own :spam") == [f"{ALICE} REDACT #own 3#own :spam"]
    assert carol.lines() == [
        f"{S} NOTICE #own :A message of carol was deleted by alice: spam"
    ]


def test_what_was_redacted_is_in_no_history() -> None:
    world, _, bob = room()
    bob.send("REDACT #own 1#own", "EDIT #own 99 x")
    carol = world.irc("carol", "batch message-tags draft/chathistory")
    carol.send("JOIN #own")
    skip(carol)
    shown = carol.ask("CHATHISTORY LATEST #own * 10")
    assert [line.partition(" :")[2] for line in shown[1:-1]] == [
        "alice!~alice@account-alice PRIVMSG #own :hi"
    ]


def test_ones_own_reaction_is_echoed_with_its_label() -> None:
    _, _, bob = room("", f"{TAGS} echo-message labeled-response")
    request = "@label=1;+draft/reply=1#own;+draft/react=👍 TAGMSG #own"
    (line,) = bob.ask(request)
    expected = f"@label=1;msgid=…;{REPLY};+draft/react=👍 {BOB} TAGMSG #own"
    assert matches(expected, line), line


def test_who_ignores_somebody_is_shown_no_reaction_and_no_edit() -> None:
    _, alice, bob = room(TAGS)
    skip(alice)
    alice.send("IGNORE bob")
    skip(alice)
    bob.send("@+draft/reply=2#own;+draft/react=👍 TAGMSG #own", "EDIT #own 1 x")
    assert alice.lines() == []


def test_a_message_of_several_lines_answers_and_is_edited() -> None:
    caps = "batch draft/multiline message-tags"
    _, alice, bob = room(caps, caps)
    bob.send(
        "@+draft/reply=2#own BATCH +1 draft/multiline #own",
        "@batch=1 PRIVMSG #own :one",
        "@batch=1 PRIVMSG #own :two",
        "BATCH -1",
    )
    reply = REPLY.replace("1", "2")
    assert alice.lines() == [
        f"@msgid=3#own;{reply} {BOB} BATCH +m3 draft/multiline #own",
        f"@batch=m3 {BOB} PRIVMSG #own :one",
        f"@batch=m3 {BOB} PRIVMSG #own :two",
        f"{BOB} BATCH -m3",
    ]
    netcat = _.netcat("carol")
    netcat.send("FORMAT json", "JOIN #own", "MSG code")
    netcat.send('{"do": "edit", "room": "#own", "id": 4, "text": "a\\nb"}')
    assert [line.rpartition("NOTICE #own :")[2] for line in alice.lines()[-4:-1]] == [
        'changed "code":',
        "a",
        "b",
    ]


# In private


class Pair(NamedTuple):
    """alice has written message 1 to carol, both registered, and carol 2."""

    world: Network
    alice: Client
    carol: Client
    first: str
    second: str


def pair(alice: str = TAGS, carol: str = TAGS) -> Pair:
    """:param alice: what her client has asked for."""
    world = Network(flood=None, private=True)
    one, other = world.irc("alice", alice), world.irc("carol", carol)
    one.send("REGISTER open-sesame")
    other.send("REGISTER open-sesame")
    skip(one, other)
    one.send("PRIVMSG carol :helo")
    place = world.hub.conversations.find(one.user, ["carol"])
    of_changed = one.connection.renderer.ids.of_changed  # type: ignore[attr-defined]
    first, second = (of_changed(act(number, place)) for number in (1, 2))
    assert [line.partition(" ")[2] for line in other.lines()] == (
        [f"{ALICE} PRIVMSG carol :helo"] if carol else ["PRIVMSG carol :helo"]
    )
    other.send("PRIVMSG alice :hi")
    skip(one, other)
    return Pair(world, one, other, first, second)


def act(id: int, place: str) -> Deleted:
    return Deleted("", id, "", "", "", 0.0, place)


CAROL = ":carol!~carol@account-carol"
IN_PRIVATE = [
    # What alice sends; what carol is told; what another client of carol's is.
    (
        "@+reply={0} PRIVMSG carol :no",
        "@msgid={2};+draft/reply={0};+reply={0} " + ALICE + " PRIVMSG carol :no",
    ),
    (
        "@+reply={0};+draft/react=👍 TAGMSG carol",
        "@msgid=…;+draft/reply={0};+reply={0};+draft/react=👍 "
        + ALICE
        + " TAGMSG carol",
    ),
    ("REDACT carol {0} :oh", ALICE + " REDACT carol {0} :oh"),
]


@pytest.mark.parametrize(("sent", "told"), IN_PRIVATE)
def test_in_private(sent: str, told: str) -> None:
    """All that the two do is told to both as their own conversation."""
    world, alice, carol, first, second = pair(
        f"{REDACTS} echo-message", f"{REDACTS} echo-message"
    )
    other = world.irc("other", REDACTS)
    other.send("LOGIN carol open-sesame")
    skip(alice, carol, other)
    third = first.replace("1@", "3@")
    expected = told.format(first, second, third)
    echo = alice.ask(sent.format(first))
    for lines in (carol.lines(), other.lines(), echo):
        assert len(lines) == 1, lines
        assert matches(expected, lines[0]), (expected, lines)


def test_each_edit_has_a_msgid_that_stands_for_the_message() -> None:
    world, alice, bob = room(TAGS, REDACTS)
    told = []
    for word in ("hello", "hullo"):
        bob.send(f"EDIT #own 1 {word}")
        [line] = alice.lines()
        told.append(line.removeprefix("@msgid=").split(";")[0])
        world.wall_offset += 0.001
    assert len({*told, "1#own"}) == 3
    assert bob.ask(f"@+draft/reply={told[0]} PRIVMSG #own :why")[-1:] == []
    assert f"@msgid=3#own;{REPLY} " in alice.lines()[0]
    bob.send(f"REDACT #own {told[1]}")
    assert DELETED in alice.lines()[0]


def test_in_private_only_ones_own_are_redacted() -> None:
    _, alice, carol, _, second = pair(REDACTS, REDACTS)
    assert alice.ask(f"REDACT carol {second}") == [
        f"{S} FAIL REDACT REDACT_FORBIDDEN carol {second} :That is not your message"
    ]
    assert carol.lines() == []


def test_a_stranger_knows_no_message_of_a_conversation() -> None:
    """Not by its msgid, nor by that of another conversation with one of the two."""
    world, _, carol, first, _ = pair(REDACTS, REDACTS)
    eve = world.irc("eve", REDACTS)
    eve.send("REGISTER open-sesame", "PRIVMSG carol :psst")
    skip(eve, carol)
    for request in (f"REDACT carol {first}", f"REDACT alice {first}"):
        (line,) = eve.ask(request)
        assert "UNKNOWN_MSGID" in line
    (line,) = eve.ask(f"@+reply={first};+draft/react=👍 TAGMSG carol")
    assert " 400 " in line
    eve.send(f"@+reply={first} PRIVMSG carol :yes?")
    (line,) = carol.lines()
    assert "+reply" not in line


def test_who_asked_for_nothing_is_told_in_private_too() -> None:
    _, alice, carol, first, _ = pair(REDACTS, TAGS)
    alice.send("EDIT @carol 1 hello", f"REDACT carol {first}")
    answer = f"+draft/reply={first};+reply={first}"
    edited, deleted = carol.lines()
    assert matches(
        f'@msgid=1.…;{answer} {ALICE} NOTICE carol :changed "helo": hello', edited
    )
    assert deleted == f"{S} NOTICE carol :A message of alice was deleted"
