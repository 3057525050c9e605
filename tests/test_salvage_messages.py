"""What a node has shown, and the log went on without, is said again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from twisted_chat.events import Marks, Said
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import Entry
from twisted_chat.log.packed import MAX_MARK

from .salvage_support import BOB, FAR, FORK, ROOT, Forked
from .support import START

pytest.importorskip("msgspec")

from twisted_chat.cluster.salvage import Salvage, mark_of, marked


@pytest.fixture
def forked() -> Forked:
    return Forked()


def _repeats(entries: Sequence[Entry]) -> list[e.Repeat]:
    return [entry for entry in entries if isinstance(entry, e.Repeat)]


def test_the_file_goes_back_and_what_it_had_is_put_aside(forked: Forked) -> None:
    forked.say("#a", "#lobby", "#a")
    repeats = forked.rewind()
    assert [(entry.room, entry.id, entry.text) for entry in _repeats(repeats)] == [
        ("#a", 2, "in #a"),
        ("#lobby", 1, "in #lobby"),
        ("#a", 3, "in #a"),
    ]
    assert {entry.fork for entry in _repeats(repeats)} == {(FORK.ms, 0)}
    assert forked.kept("#a") == ["before"]
    forked.restore()
    forked.apply(*repeats)
    forked.node.clock.advance(1)
    assert forked.kept("#a") == ["before", "in #a", "in #a"]
    assert forked.kept("#lobby") == ["in #lobby"]


def test_whose_it_is_and_what_it_answers_is_kept_where_the_log_knows_it(
    forked: Forked,
) -> None:
    forked.say("#a")
    forked.apply(
        e.Connect(FAR, "192.0.2.2", True, True),
        e.TakeNick(FAR, "eve", "", "00000000ee"),
        e.Say(FAR, "#lobby", "message", "new here"),
    )
    root, eve = _repeats(forked.rewind())
    assert root.author == forked.node.hub.users["root"].author != 0
    assert eve.author == 0, "that number is another's now, or nobody's"
    salvage = Salvage(forked.node.hub, None, FORK, forked.machine.encode)
    lost = [
        Said("#a", "bob", text, START, id, reply_to=to, marks=marks)
        for id, to, text, marks in (
            (5, 3, "to what is there", None),
            (6, 5, "to what is lost", None),
            (7, 0, "gone", Marks(deleted_by="root")),
        )
    ]
    [item] = salvage.items(lost, ())
    repeats = _repeats(forked.machine.decode(item.body))
    assert [(each.id, each.reply_to) for each in repeats] == [(5, 3), (6, 0)]


def test_it_goes_back_once(forked: Forked) -> None:
    forked.say("#a")
    assert len(forked.rewind()) == 1
    assert len(forked.rewind()) == 1


def test_where_nothing_else_is_known_time_tells(forked: Forked) -> None:
    forked.say("#a", "#lobby")
    assert [entry.room for entry in _repeats(forked.rewind(known=False))] == [
        "#a",
        "#lobby",
    ]
    assert forked.kept("#a") == ["before"]


@pytest.mark.parametrize(
    ("before", "room", "is_said"),
    [
        ((), "#a", True),
        ((), "#secret", True),  # the log knows that it is
        ((), "#later", True),  # nothing was said there yet, but it was open
        ((e.Join(ROOT, "#new", ""),), "#new", True),
        ((e.SetRule(ROOT, "#a", "secret", "on"),), "#a", False),
        ((e.SetRule(ROOT, "#a", "locked", "on"),), "#a", False),
        ((e.SetRule(ROOT, "#a", "key", "word"),), "#a", False),
        ((e.SetRule(ROOT, "#secret", "secret", "off"),), "#secret", True),
        (
            (e.Join(ROOT, "#new", ""), e.SetRule(ROOT, "#new", "secret", "on")),
            "#new",
            False,
        ),
    ],
)
def test_what_was_said_behind_a_door_is_not_said_before_it(
    forked: Forked, before: Sequence[Entry], room: str, is_said: bool
) -> None:
    """A room that was closed when the log was lost is open where it goes on."""
    forked.apply(*before)
    forked.say(room)
    assert bool(_repeats(forked.rewind())) is is_said


def test_what_was_said_in_a_room_that_is_gone_is_said_again(forked: Forked) -> None:
    """It was open: what is said behind a guest's lock is in no file."""
    forked.apply(e.Join(BOB, "#new", ""))
    forked.apply(e.Say(BOB, "#new", "message", "open"))
    forked.apply(e.SetRule(BOB, "#new", "locked", "on"))
    forked.apply(e.Say(BOB, "#new", "message", "behind the lock"))
    forked.apply(e.Part(BOB, "#new", ""))
    assert [entry.text for entry in _repeats(forked.rewind())] == ["open"]


def test_who_was_shown_more_is_shown_what_is_said_instead(forked: Forked) -> None:
    class Stranding:
        heard = {"#a": 5, "#lobby": 0, "#new": 3}

    stranding: Any = Stranding()
    forked.say("#a")
    forked.rewind()
    forked.node.hub.stranded._strandings[stranding] = stranding
    forked.restore()
    assert stranding.heard == {"#a": 1, "#lobby": 0, "#new": 0}


# What was said in the millisecond of the fork


@pytest.mark.parametrize(
    ("is_marked", "lost"),
    [
        (True, ["two", "later", "four"]),
        (False, ["one", "two", "later", "four"]),  # rather twice than never
    ],
)
def test_of_one_millisecond_a_mark_tells_what_is_lost(
    forked: Forked, is_marked: bool, lost: list[str]
) -> None:
    """Another record of it was the last one from which the log went on."""

    def say(room: str, text: str) -> None:
        forked.apply(e.Say(ROOT, room, "message", text))

    forked.node.at = FORK.ms / 1000 - 1
    say("#a", "zero")
    forked.node.at = FORK.ms / 1000
    say("#a", "one")
    mark = forked.machine.mark(FORK)
    for room, text in (("#a", "two"), ("#later", "later")):
        say(room, text)
    forked.node.at += 0.001
    say("#a", "four")
    repeats = _repeats(forked.rewind(known=False, mark=mark if is_marked else ""))
    assert [entry.text for entry in repeats] == lost
    there = ["before", "zero"] if "one" in lost else ["before", "zero", "one"]
    assert forked.kept("#a") == there


def test_a_mark_that_would_be_too_long_is_none() -> None:
    said = [[Said(f"#{n}", "a", "", FORK.ms / 1000, 9)] for n in range(200)]
    assert mark_of(said, FORK) == ""
    assert marked("") == {}
    said[0][0] = said[0][0]._replace(room="#Ä")
    assert marked(mark_of([said[0]], FORK)) == {"#ä": 9}
    assert marked(mark_of([[], *said], FORK._replace(ms=FORK.ms - 1))) == {}


@pytest.mark.parametrize(
    "mark", ["{", "[]", "null", '{"#a": "x"}', '{"#a": null}', "[" * MAX_MARK]
)
def test_a_mark_from_nowhere_is_none(mark: str) -> None:
    assert marked(mark) == {}
