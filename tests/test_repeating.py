"""What is proposed again is said once, and where it may be."""

from __future__ import annotations

from typing import Any

import pytest

from twisted_chat.hub import entries as e
from twisted_chat.hub.repeating import MAX_FORKS
from twisted_chat.log.stream import Position
from twisted_chat.names import fold
from twisted_chat.storage.database import MEMORY
from twisted_chat.storage.database.opening import open_file
from twisted_chat.storage.places import Place as KeptPlace
from twisted_chat.storage.places import place, repeated
from twisted_chat.storage.sqlite import perform
from twisted_chat.storage.writes import (
    PutPlace,
    PutRepeated,
    PutStarts,
    Write,
    from_plain,
    to_plain,
)

from .salvage_support import FORK, ROOT, Forked


@pytest.fixture
def forked() -> Forked:
    return Forked()


def repeat(id: int, room: str = "#a", fork: Position = FORK) -> e.Repeat:
    return e.Repeat((fork.ms, fork.seq), room, id, "dora", "message", f"said {id}")


def test_each_is_said_once_whoever_proposes_it(forked: Forked) -> None:
    node = forked.node
    for id in (2, 3, 2, 3, 4):
        node.apply(repeat(id), 0.0)
    assert [code for code, _ in node.refusals[-5:]] == [0, 0, 400, 400, 0]
    forked.apply(repeat(2, "#lobby"))
    forked.apply(repeat(2, fork=Position(FORK.ms + 1, 0)))


def test_what_was_repeated_long_ago_is_forgotten(forked: Forked) -> None:
    for n in range(MAX_FORKS + 1):
        forked.apply(repeat(1, fork=Position(FORK.ms + n, 0)))
    assert len(forked.node.hub.repeated.levels()) == MAX_FORKS


def test_nobody_need_be_there(forked: Forked) -> None:
    forked.apply(repeat(1, "#empty"), repeat(2, "#Empty"))
    assert "#empty" not in forked.node.hub.rooms
    assert forked.node.hub.last_ids["#empty"] == 2


@pytest.mark.parametrize(
    ("rule", "value"), [("locked", "on"), ("secret", "on"), ("key", "word")]
)
def test_it_is_not_said_in_a_room_that_was_made_and_closed_since(
    forked: Forked, rule: str, value: str
) -> None:
    node = forked.node
    assert node.at * 1000 > FORK.ms
    forked.apply(e.Join(ROOT, "#b", ""))
    forked.apply(repeat(1, "#b"))
    forked.apply(e.SetRule(ROOT, "#b", rule, value))
    node.apply(repeat(2, "#b"), 0.0)
    assert node.refusals[-1][0] == 403
    forked.apply(repeat(1, "#secret"))
    assert fold("#b") in node.hub.rooms


# What a file keeps of it


def test_what_was_repeated_and_what_led_there_is_in_the_file() -> None:
    connection = open_file(MEMORY)
    assert (place(connection), repeated(connection)) == (KeptPlace(), ())
    starts = ((3, 1000, 0, ""), (4, 2000, 5, '{"#a": 3}'))
    forks = (((1000, 0), (("#a", 3), ("#b", 1))),)
    at = KeptPlace(4, 3000, 1, ("east",))
    puts: list[Write] = [PutPlace(at), PutStarts(starts), PutRepeated(forks)]
    assert perform(connection, [from_plain(to_plain(each)) for each in puts]) == []
    assert place(connection) == at._replace(starts=starts)
    assert repeated(connection) == forks
    earlier: Any = from_plain(("PutStarts", [[3, 1000, 0]]))
    assert perform(connection, [earlier]) == []
    assert place(connection).starts == starts[:1], "by a program that kept no marks"
