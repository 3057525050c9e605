"""What was edited and deleted, and the log went on without, is so again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from twisted_chat.events import Deleted, Edited, Marks
from twisted_chat.history.base import Found
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import Entry
from twisted_chat.storage.changes import EditMessage

from .salvage_support import FORK, ROOT, Forked
from .support import START


@pytest.fixture
def forked() -> Forked:
    return Forked()


def changes(entries: Sequence[Entry]) -> list[Entry]:
    """Those of `entries` that change messages."""
    return [each for each in entries if isinstance(each, e.RepeatEdit | e.RepeatDelete)]


def edited(forked: Forked, id: int, text: str, room: str = "#lobby") -> e.Edit:
    """What root has of it before the log is lost."""
    author = forked.node.hub.users["root"].author
    facts = e.Facts(author, "root", START, "before", False, 0, 0, False, FORK.ms / 1e3)
    return e.Edit(ROOT, room, id, text, facts)


@pytest.mark.parametrize("is_open", [True, False])
def test_what_was_edited_and_deleted_is_so_again(forked: Forked, is_open: bool) -> None:
    where = "#lobby" if is_open else "#later"
    forked.apply(
        *(e.Say(ROOT, where, "message", text) for text in ("one", "two", "three"))
    )
    forked.node.clock.advance(1)
    forked.node.at = FORK.ms / 1000
    forked.base = forked.machine.take_snapshot()
    facts = edited(forked, 2, "").facts
    forked.apply(
        edited(forked, 1, "uno", where),
        e.Delete(ROOT, where, 2, "", facts),
        e.React(ROOT, where, 3, "+", True, facts),
        after=1.0,
    )
    entries = forked.rewind()
    again = changes(entries)
    at = FORK.ms / 1000 + 1
    assert again == [
        e.RepeatEdit(where, 1, "root", "uno", at),
        e.RepeatDelete(where, 2, "root", "root"),
    ]
    forked.restore()
    forked.node.clock.advance(20)
    if not is_open:
        forked.apply(e.Part(ROOT, where, ""))
    forked.node.at += 60
    forked.apply(*again)
    forked.node.clock.advance(20)
    assert forked.kept(where) == ["uno", "", "three"]
    tail = forked.history.open(where)
    assert [message.text for message in tail.messages] == ["uno", "", "three"]
    marks = [message.marks for message in tail.messages]
    assert not marks[2] or not marks[2].reactions, "who reacted may do so again"
    told = [type(event) for event in forked.node.rooms.get(where, ())]
    assert told.count(Edited) == told.count(Deleted) == (2 if is_open else 1)
    for entry in (again[1], again[0]):
        forked.node.apply(entry, 0.0)
        assert forked.node.refusals[-1][0] == (400 if entry is again[1] else 0)


def test_what_was_edited_since_is_not_edited_back(forked: Forked) -> None:
    forked.node.at = FORK.ms / 1000
    forked.base = forked.machine.take_snapshot()
    forked.apply(edited(forked, 1, "lost", "#a"), after=1.0)
    assert len(changes(forked.rewind())) == 1
    forked.restore()
    forked.node.clock.advance(20)
    later = EditMessage("#a", 1, "since", FORK.ms / 1000 + 50)
    forked.node.hub.history.change(later)
    forked.history.recorder.hold(lambda: None)
    forked.node.clock.advance(20)
    assert changes(forked.begin_salvaging().proposed) == []
    assert forked.aside() == []


@pytest.mark.parametrize(
    ("first", "known", "is_there"),
    [
        (None, True, "before"),
        ("edited", True, "edited"),  # and that it was, and when
        ("edited", False, "hidden"),  # nobody knows any more what it said
    ],
)
def test_an_edit_behind_a_door_is_not_shown_before_it(
    forked: Forked, first: str | None, known: bool, is_there: str
) -> None:
    """It is undone in the file: no other node has it."""
    if first is not None:
        forked.node.at = FORK.ms / 1000 - 9
        forked.apply(edited(forked, 1, first, "#a"))
    at = forked.node.at
    forked.base = forked.machine.take_snapshot()
    forked.node.at = FORK.ms / 1000
    forked.apply(
        e.SetRule(ROOT, "#a", "locked", "on"),
        edited(forked, 1, "hidden", "#a"),
        after=1.0,
    )
    assert changes(forked.rewind(known)) == []
    [message] = forked.messages("#a")
    assert message.text == is_there
    if known:
        assert message.marks == (None if first is None else Marks(changed=at))
    search: list[Found] = []
    forked.history.search(["#a"], is_there, 5).addCallback(search.append)
    assert [said.text for _, said in search[0].messages] == [is_there]
