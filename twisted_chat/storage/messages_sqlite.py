"""What brings a change of a message to the tables; functions of a connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from ..events import Said
from ..names import fold
from .changes import (
    DeleteMessage,
    DropReaction,
    EditMessage,
    PutReaction,
)
from .purges import drop_purge, purges, put_purge

_FIND = """SELECT serial, room, text FROM messages
    WHERE room = (SELECT number FROM rooms WHERE key = ?) AND id = ?
    AND deleted_by IS NULL"""
_ROOM = "(SELECT number FROM rooms WHERE key = :room)"


MERGE_EVERY = 12 * 3600
"""Seconds: whatever is deleted is out of the index's file within a day."""


def edit(connection: sqlite3.Connection, change: EditMessage) -> None:
    _rewrite(connection, change, change.text, "changed = ?", (change.at,))


def put_back(connection: sqlite3.Connection, said: Said) -> None:
    """Let a message say what it said; no-op for one that is deleted."""
    at = None if said.marks is None else said.marks.changed
    change = EditMessage(fold(said.room), said.id, said.text, at or 0.0)
    _rewrite(connection, change, said.text, "changed = ?", (at,))


def delete(connection: sqlite3.Connection, change: DeleteMessage) -> None:
    what = "changed = NULL, deleted_by = ?, deleted_at = ?"
    if _rewrite(connection, change, "", what, (change.by, change.at)):
        connection.execute(
            f"DELETE FROM reactions WHERE room = {_ROOM} AND id = :id",
            change._asdict(),
        )
        note_erased(connection)


def put_reaction(connection: sqlite3.Connection, change: PutReaction) -> None:
    connection.execute(
        """INSERT OR REPLACE INTO reactions
            SELECT number, :id, :reaction, :author, :nick, :at FROM rooms
            WHERE key = :room""",
        change._asdict(),
    )


def drop_reaction(connection: sqlite3.Connection, change: DropReaction) -> None:
    connection.execute(
        f"""DELETE FROM reactions WHERE room = {_ROOM} AND id = :id
            AND reaction = :reaction AND author IN (:author, :was)""",
        change._asdict(),
    )


def adopt_reactions(
    connection: sqlite3.Connection,
    room: str,
    first: int,
    last: int,
    reactions: Iterable[tuple[int, str, int, str, float]],
) -> None:
    """See `writes.AdoptReactions`."""
    known = connection.execute("SELECT number FROM rooms WHERE key = ?", (room,))
    for [number] in known.fetchall():
        connection.execute(
            "DELETE FROM reactions WHERE room = ? AND id BETWEEN ? AND ?",
            (number, first, last),
        )
        connection.executemany(
            f"INSERT OR REPLACE INTO reactions VALUES ({number:d}, ?, ?, ?, ?, ?)",
            reactions,
        )


def forget_room(connection: sqlite3.Connection, number: int, key: str) -> None:
    """It is out of the way of the next one of that name; its messages go later."""
    connection.execute(
        "UPDATE rooms SET key = CAST(number AS TEXT) WHERE number = ? AND key = ?",
        (number, key),
    )
    connection.execute(
        """DELETE FROM rooms WHERE number = ? AND key NOT GLOB '[#@]*'
            AND NOT EXISTS (SELECT 1 FROM messages WHERE room = number)""",
        (number,),
    )


def move_room(
    connection: sqlite3.Connection, number: int, key: str, upto: int, name: str
) -> None:
    """The room with that number is called `name`, and is to be purged under it.

    One of that name may be there which was forgotten, but not here.
    """
    new = fold(name)
    connection.execute(
        "UPDATE rooms SET key = CAST(number AS TEXT) WHERE key = ? AND number <> ?",
        (new, number),
    )
    connection.execute(
        "UPDATE rooms SET key = ?, name = ? WHERE number = ?", (new, name, number)
    )
    for purge in purges(connection):
        if purge.room == key:
            drop_purge(connection, purge)
            put_purge(connection, purge._replace(room=new))


def note_erased(connection: sqlite3.Connection) -> None:
    """Of words that are gone the index's file has still something."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('erased', 1)")


def _rewrite(
    connection: sqlite3.Connection,
    change: EditMessage | DeleteMessage,
    text: str,
    what: str,
    values: tuple[Any, ...],
) -> bool:
    """Let the message say `text`, in the index too; False where there is none.

    The index has no text of its own, and has to be told what was there
    (sqlite.org/fts5.html#the_delete_command).
    """
    row = connection.execute(_FIND, (change.room, change.id)).fetchone()
    if row is None:
        return False
    serial, room, before = row
    [[done]] = connection.execute("SELECT value FROM meta WHERE name = 'indexed'")
    if serial <= done:
        connection.execute(
            "INSERT INTO words (words, rowid, room, text) VALUES ('delete', ?, ?, ?)",
            (serial, room, before),
        )
    connection.execute(
        f"UPDATE messages SET text = ?, {what} WHERE serial = ?",
        (text, *values, serial),
    )
    if serial <= done:
        connection.execute(
            "INSERT INTO words (rowid, room, text) VALUES (?, ?, ?)",
            (serial, room, text),
        )
        note_erased(connection)
    return True


def reacted(
    connection: sqlite3.Connection,
    number: int,
    id: int,
    reaction: str,
    authors: Sequence[int],
) -> list[tuple[int, float]]:
    """Who of the authors has that reaction to a message of a room, each with when."""
    found = connection.execute(
        f"""SELECT author, at FROM reactions WHERE room = ? AND id = ? AND reaction = ?
            AND author IN ({",".join(map(str, authors))})""",
        (number, id, reaction),
    )
    return found.fetchall()


def merge_all(connection: sqlite3.Connection) -> None:
    """As `merge`, all of it at once, where nobody else uses the file."""
    connection.execute("INSERT INTO words (words) VALUES ('optimize')")
    _merged(connection)


def merge(connection: sqlite3.Connection, pages: int) -> bool:
    """Merge the index a little further, which drops what was deleted from its file.

    All of a big index takes a while: it begins anew once in `MERGE_EVERY` at most.

    :param pages: about so many are written.
    :return: whether there is more to merge; see sqlite.org/fts5.html#the_merge_command.
    """
    due = connection.execute(
        """SELECT 1 FROM meta WHERE name = 'erased' AND NOT EXISTS (
            SELECT 1 FROM meta WHERE name = 'merged'
            AND value > strftime('%s', 'now') - ?)""",
        (MERGE_EVERY,),
    )
    if due.fetchone() is None:
        return False
    before = connection.total_changes
    connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (-pages,))
    if connection.total_changes - before >= 2:
        return True
    _merged(connection)
    return False


def _merged(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM meta WHERE name = 'erased'")
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('merged', strftime('%s', 'now') + 0)"
    )
