"""What was said in a room that is called otherwise, in memory and in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted_chat.history import Retention, tables
from twisted_chat.history.base import LAST, Unheard
from twisted_chat.storage.changes import DeleteMessage, EditMessage
from twisted_chat.storage.database import DatabaseError
from twisted_chat.storage.former import Former, FormerName
from twisted_chat.storage.places import Place
from twisted_chat.storage.purges import Purge
from twisted_chat.storage.writes import MoveRoom, PutFormer, from_plain, to_plain

from .histories import Box, ThreadBox, make, threads

__all__ = ["make", "threads"]


@pytest.fixture
def box(make: Any) -> Box:
    made: Box = make(Retention())
    return made


def rename(box: Box, key: str, name: str) -> None:
    """As the hub does it; a room that is opened as `key` goes on behind its ids."""
    upto = box.last_ids[key]
    box.history.rename(key, upto, name)
    box.last_ids[name.lower()] = upto
    box.rooms[name.lower()] = box.rooms.pop(key)


@pytest.mark.parametrize("written", [False, True])
def test_what_was_said_is_found_by_the_new_name(box: Box, written: bool) -> None:
    box.say("#a", "an apple")
    box.say("#a", "a pear")
    if written:
        box.turn()
    rename(box, "#a", "#New")
    box.say("#New", "a plum")
    box.say("#a", "another room")
    for _ in range(2):
        history = box.history
        assert box.texts(history.latest("#new", 9)) == ["an apple", "a pear", "a plum"]
        assert box.texts(history.latest("#a", 9)) == ["another room"]
        assert box.found(["#new"], "apple") == ["an apple"]
        assert box.found(["#a"], "apple") == []
        assert box.found(["#a"], "another") == ["another room"]
        [said, *_] = box.result(history.between("#new", 0, LAST, 9))
        assert said.room == "#New"
        assert [m.room for m in history.open("#new").messages] == ["#New"] * 3
        assert box.result(history.count({"#new": 1, "#a": 0}, Unheard(), 9)) == {
            "#new": 2,
            "#a": 1,
        }
        box.settle()


def test_what_is_fleeting_goes_along(box: Box) -> None:
    box.say("#a", "an apple", fleeting=True)
    rename(box, "#a", "#b")
    assert box.texts(box.history.latest("#b", 9)) == ["an apple"]
    assert box.texts(box.history.latest("#a", 9)) == []
    box.history.close("#b", {1})
    assert box.texts(box.history.latest("#b", 9)) == []


@pytest.mark.parametrize("written", [False, True])
def test_changes_go_along(box: Box, written: bool) -> None:
    """Those before, which are not in the file yet, and those after."""
    for text in ("one", "two", "three"):
        box.say("#a", text)
    if written:
        box.settle()
    box.history.change(DeleteMessage("#a", 1, "alice", box.now))
    rename(box, "#a", "#b")
    box.history.change(EditMessage("#b", 2, "zwei", box.now))
    box.say("#a", "another")
    for _ in range(2):
        assert box.texts(box.history.latest("#b", 9)) == ["", "zwei", "three"]
        assert box.texts(box.history.latest("#a", 9)) == ["another"]
        box.settle()
    if isinstance(box, ThreadBox):
        box.restart()
        assert box.texts(box.history.latest("#b", 9)) == ["", "zwei", "three"]


COMMITTED = pytest.mark.parametrize("committed", [False, True])


@COMMITTED
@pytest.mark.parametrize("first", [False, True], ids=["in the tables", "new"])
def test_over_a_sudden_end(threads: ThreadBox, committed: bool, first: bool) -> None:
    """Whatever of it the tables have: the spool has all that was said before it."""
    box = threads
    if not first:
        box.say("#z", "elsewhere")
        box.settle()
    box.say("#a", "one")
    box.turn()
    box.loop.result(box.database.read(lambda connection: None))
    if not first:
        box.wait()
    box.say("#a", "two")
    box.turn()
    box.history.change(DeleteMessage("#a", 1, "alice", box.now))
    box.turn()
    rename(box, "#a", "#b")
    box.say("#b", "three")
    box.say("#a", "another")
    box.turn()
    rename(box, "#b", "#c")
    box.say("#c", "four")
    box.turn()
    spool = Path(f"{box.path}-spool")
    before = spool.read_bytes()
    if committed:
        box.wait()
        spool.write_bytes(before)
    for _ in range(2):
        box.crash()
        assert box.texts(box.history.latest("#c", 9)) == ["", "two", "three", "four"]
        assert box.texts(box.history.latest("#a", 9)) == ["another"]
        assert box.texts(box.history.latest("#b", 9)) == []
        ids = {key: id for key, id in box.last_ids.items() if key != "#z"}
        assert ids == {"#c": 4, "#a": 3}


def test_while_it_is_being_written(
    threads: ThreadBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that has failed is written again, with the room as it is called now."""
    box, fails = threads, [True]
    module = "twisted_chat.history.writing.tables.insert"
    insert = tables.insert

    def failing(*args: Any) -> Any:
        if fails:
            raise DatabaseError("the disk is full")
        return insert(*args)

    box.say("#a", "one")
    box.history.change(EditMessage("#a", 1, "eins", box.now))
    monkeypatch.setattr(module, failing)
    assert box.history.recorder.hold(lambda: None)  # it is written, without a spool yet
    rename(box, "#a", "#b")
    box.say("#b", "two")
    box.wait()
    box.history.recorder.hold(lambda: None)
    fails.clear()
    box.wait()
    assert box.history.recorder.idle
    box.restart()
    assert box.texts(box.history.latest("#b", 9)) == ["eins", "two"]
    assert box.last_ids == {"#b": 2}


def test_a_name_whose_room_was_forgotten(threads: ThreadBox) -> None:
    """Its messages may still be in the file, to be deleted."""
    box = threads
    box.say("#a", "one")
    box.say("#b", "long ago")
    box.settle()
    box.history.close("#b")
    box.history.forget(["#b"])
    rename(box, "#a", "#b")
    box.settle()
    box.restart()
    assert box.texts(box.history.latest("#b", 9)) == ["one"]


def test_what_is_to_be_deleted_is(threads: ThreadBox) -> None:
    """A purge of the room goes on under its new name, here and after a restart."""
    box = threads
    box.say("#a", "one")
    box.say("#a", "two")
    box.settle()
    purge = Purge((0,), "alice", True, "#a", 0.0, box.now)
    box.history.erase(purge)
    rename(box, "#a", "#b")
    box.say("#b", "three")
    box.turn()
    assert box.texts(box.history.latest("#b", 9)) == ["three"]
    box.wait()
    box.restart()
    box.wait()
    assert box.texts(box.history.latest("#b", 9)) == ["three"]


def test_a_node_that_was_away(threads: ThreadBox) -> None:
    """Its file has the old name, and others have renamed the room since."""
    box = threads
    for text in ("one", "two"):
        box.say("#a", text)
    box.settle()
    box.restart()
    names = {"#a": "#B"}
    box.history.rejoining.adopt(
        (), {"#b": 2}, {}, box.now, lambda key, _: names.get(key, key)
    )
    box.settle()
    box.restart()
    assert box.texts(box.history.latest("#b", 9)) == ["one", "two"]
    assert box.last_ids == {"#b": 2}


@pytest.mark.parametrize("known", [True, False], ids=["ids", "time"])
def test_a_node_that_goes_back_to_before(threads: ThreadBox, known: bool) -> None:
    """What the log has lost is undone: the room has the name that it had."""
    box = threads
    box.say("#a", "one")
    box.settle()
    since = box.now + 0.5
    for number, (old, new) in enumerate((("#a", "#b"), ("#b", "#c"))):
        rename(box, old, new)
        name = FormerName(1 + number, old, since + 1)
        box.say(new, "later")
        names = (FormerName(1, "#a", since + 1), name)[number == 0 :]
        box.history.recorder.keep(PutFormer(Former(new, names)))
        if number:
            box.history.recorder.keep(PutFormer(Former(old, ())))
    box.settle()
    lost: list[Any] = []

    def aside(before: bytes, cut: list[Any], *_: object) -> bytes:
        lost.extend(cut)
        return b""

    last_ids = {"#a": 1} if known else None
    place = Place(1, int(since * 1000), 0, ())
    then = tables.Moment(since, last_ids, {}, {})
    done = box.history.rejoining.cut_off(then, place, aside)
    box.wait()
    box.result(done)
    assert [(said.room, said.text) for said in lost] == [
        ("#a", "later"),
        ("#a", "later"),
    ]
    box.restart()
    assert box.texts(box.history.latest("#a", 9)) == ["one"]
    assert box.last_ids == {"#a": 1}


def test_as_plain_data() -> None:
    for write in (
        MoveRoom(3, "#a", 5, "#B"),
        PutFormer(Former("#b", (FormerName(1, "#a", 1.5),))),
    ):
        assert from_plain(to_plain(write)) == write
