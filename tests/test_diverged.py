"""A file that has something else than the chat is noticed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import maybeDeferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from twisted_chat.events import Said
from twisted_chat.history import tables
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.storage.database import MEMORY, Database, DatabaseError
from twisted_chat.storage.database.opening import open_file
from twisted_chat.storage.spool import Spool

from .disk import TOKEN

NOW = 1_700_000_000.0
ROOM = (1, "#a", "#A", 0.0)
LINE = "This server can't keep what is said: the file has another message 2 of #A"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(str(tmp_path / "chat.sqlite"))) as connection:
        yield connection


def row(serial: int, id: int, text: str = "hi", **other: Any) -> list[Any]:
    fields = {"room": 1, "at": NOW + id, "kind": 0, "nick": "alice", **other}
    return [
        serial,
        fields["room"],
        id,
        *(fields[x] for x in ("at", "kind", "nick")),
        text,
        fields.get("author", 0),
        0,
    ]


def put(connection: sqlite3.Connection, *rows: list[Any]) -> list[str]:
    values = [value for row in rows for value in row]
    return [str(e) for e in tables.insert(connection, [ROOM], values)]


def texts(connection: sqlite3.Connection) -> list[str]:
    said = tables.between(connection, 1, "#A", 0, 1000, 1000, newest=False)
    return [message.text for message in said]


def test_what_is_there_alike_is_passed_over(connection: sqlite3.Connection) -> None:
    rows = [row(id, id) for id in range(1, 12)]
    assert put(connection, *rows) == []
    assert put(connection, *rows, row(12, 12, "new")) == []
    assert put(connection, row(99, 3)) == [], "it is no matter where it was before"
    assert texts(connection) == ["hi"] * 11 + ["new"]


@pytest.mark.parametrize(
    "other", [{"text": "ho"}, {"nick": "bob"}, {"at": NOW}, {"kind": 1}]
)
def test_another_message_is_told(
    connection: sqlite3.Connection, other: dict[str, Any]
) -> None:
    put(connection, *(row(id, id) for id in (1, 2, 3)))
    rows = [row(1, 1), row(2, 2, **other), row(3, 3), row(4, 4, "new")]
    assert put(connection, *rows) == ["the file has another message 2 of #A"]
    assert texts(connection) == ["hi", "hi", "hi", "new"], "what was there stays"


def test_a_serial_that_is_another_messages_is_told(
    connection: sqlite3.Connection,
) -> None:
    put(connection, row(1, 1))
    assert put(connection, row(1, 2)) == ["the file has another message 2 of #A"]


class Box:
    """A history in memory, of a node or of a server that is alone."""

    def __init__(self, strict: bool, path: str = MEMORY) -> None:
        self.failures: list[str] = []
        self.database = Database(path)
        fail = self.failures.append if strict else None
        self.history = SqliteHistory(self.database, Clock(), print, fail=fail)

    def say(self, *said: Said) -> bool:
        """Say that in one turn; whether it is held."""
        for message in said:
            self.history.append(message)
        return self.history.recorder.hold(lambda: None)

    def number(self, key: str) -> int:
        room = self.history._rooms.get(key)
        assert room is not None
        return room.number

    def texts(self) -> list[str]:
        return self.database.load(texts)


def said(id: int, text: str = "hi", room: str = "#A") -> Said:
    return Said(room, "alice", text, NOW + id, id)


def test_a_server_that_is_alone_logs_a_bug_and_keeps_the_others() -> None:
    box = Box(strict=False)
    box.say(said(1), said(2))
    with capturedLogs() as logged:
        assert not box.say(said(2, "ho"), said(3))
    assert box.texts() == ["hi", "hi", "hi"]
    assert [event["log_format"] for event in logged] == [
        "a bug kept something from being kept"
    ]
    assert not box.history.recorder.troubled


def test_a_node_stops_and_keeps_nothing_of_the_turn() -> None:
    box = Box(strict=True)
    assert not box.say(said(1), said(2))
    assert box.say(said(2, "ho"), said(3)), "nobody is shown it"
    assert box.failures == [LINE]
    assert box.texts() == ["hi", "hi"]
    assert box.say(said(3)), "nor what comes after"


# What is passed over


@pytest.fixture
def box() -> Box:
    box = Box(strict=True)
    assert not box.say(said(1), said(2), said(1, "there", "#b"))
    return box


def pass_over(box: Box, *said: Said) -> None:
    for message in said:
        box.history.append(message)
    box.history.passing.over()


def test_what_the_file_has_is_passed_over(box: Box) -> None:
    passing = box.history.passing
    passing.begin([said(1, "ho"), said(1, "there", "#b")])
    pass_over(box, said(2))
    pass_over(box)
    assert box.history.recorder.idle
    passing.end()
    assert box.failures == []
    assert not passing.active
    assert not box.say(said(3))


@pytest.mark.parametrize("known", [True, False])
def test_a_file_that_went_another_way_is_noticed(box: Box, known: bool) -> None:
    """Also where a snapshot has all of the other way."""
    passing = box.history.passing
    passing.begin([said(2, "ho", "#a")] if known else [])
    if not known:
        pass_over(box, said(1), said(2, "ho", "#a"))
    passing.end()
    assert box.failures == [LINE]
    assert box.say(said(3))


def test_what_is_not_in_the_file_is_no_difference(box: Box) -> None:
    """It may have been deleted, being old."""
    box.history.passing.begin([said(7), said(7, "x", "#elsewhere")])
    box.history.passing.end()
    assert box.failures == []


def test_a_file_that_cant_be_compared_is_not_trusted(box: Box) -> None:
    box.history.passing.begin([said(2)])
    box.database._reader = None
    box.history.passing.end()
    assert len(box.failures) == 1


# Rooms that are forgotten


def test_what_waits_for_the_disk_does_not_come_into_the_next_room(box: Box) -> None:
    box.history.append(said(3, "old"))
    box.history.forget(["#a"])
    assert not box.say(said(1, "new"), said(2, "room"))
    number = box.number("#a")
    found = tables.between(
        box.database.load(lambda c: c), number, "#A", 0, 99, 99, newest=False
    )
    assert [message.text for message in found] == ["new", "room"]
    assert box.failures == []


def test_what_is_passed_over_forgets_no_room_of_the_file(box: Box) -> None:
    """The room was forgotten then; the file has the one after."""
    passing = box.history.passing
    passing.begin([said(1, "of the one before")])
    box.history.forget(["#a"])
    passing.over()
    passing.end()
    assert box.failures == []
    assert box.texts() == ["hi", "hi"]
    assert not box.say(said(3))
    assert box.texts() == ["hi", "hi", "hi"]


def test_a_snapshot_of_a_later_room_replaces_the_one_of_the_file(box: Box) -> None:
    box.history.rejoining.adopt([[said(1, "new")]], {"#a": 1, "#b": 1}, {}, 0.0)
    assert not box.say()
    number = box.number("#a")
    assert number != ROOM[0]
    found = tables.between(
        box.database.load(lambda c: c), number, "#A", 0, 99, 99, newest=False
    )
    assert [message.text for message in found] == ["new"]
    assert box.failures == []


# After a sudden end


def left_behind(path: str, *messages: Said) -> None:
    """A server has died with these in its spool."""
    with closing(open_file(path)) as connection:
        put(connection, row(1, 1), row(2, 2))
        tables.set_token(connection, TOKEN)
    spool = Spool(Path(f"{path}-spool"), Clock(), maybeDeferred, TOKEN)
    spool.renew()
    assert spool.put(messages)


@pytest.mark.parametrize("strict", [False, True])
def test_what_a_spool_has_alike_is_passed_over(tmp_path: Path, strict: bool) -> None:
    path = str(tmp_path / "chat.sqlite")
    left_behind(path, said(2), said(3))
    box = Box(strict, path)
    assert box.database.load(box.history.load) == {"#a": 3}


def test_a_spool_of_another_chat_stops_a_node_at_its_start(tmp_path: Path) -> None:
    path = str(tmp_path / "chat.sqlite")
    left_behind(path, said(2, "ho"), said(3))
    box = Box(True, path)
    with pytest.raises(DatabaseError, match="sqlite: the file has another message 2"):
        box.database.load(box.history.load)
    assert box.database.load(texts) == ["hi", "hi"]
    assert Path(f"{path}-spool").exists()
    alone = Box(False, path)
    assert alone.database.load(alone.history.load) == {"#a": 3}


def test_a_spool_may_have_two_rooms_of_a_name(tmp_path: Path) -> None:
    path = str(tmp_path / "chat.sqlite")
    left_behind(path, said(7, "old", "#b"), said(1, "new", "#B"), said(2, "more", "#B"))
    box = Box(True, path)
    assert box.database.load(box.history.load) == {"#a": 2, "#b": 2}
    assert [message.text for message in box.history.open("#b").messages] == [
        "new",
        "more",
    ]
