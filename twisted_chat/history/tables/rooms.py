"""Rooms and conversations as they are in the tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

# A room's key begins with #, that of a private conversation with @.  One that is
# forgotten has another until its messages are deleted, and is out of the way of the
# next one of that name.
_FORGET = "UPDATE rooms SET key = CAST(number AS TEXT)"
_KNOWN = "key GLOB '[#@]*'"
_EMPTY = "NOT EXISTS (SELECT 1 FROM messages WHERE room = number)"


@dataclass(slots=True)
class Room:
    """A room in which something has been said.

    :ivar number: stands for it in `COLUMNS`.
    :ivar key: the folded name.
    :ivar last_id: the id of its latest message, deleted or not.
    :ivar began: when the message with id 1 was said; 0: not known.
    """

    number: int
    key: str
    name: str
    last_id: int
    began: float = 0.0


def add_rooms(
    connection: sqlite3.Connection, rooms: Sequence[tuple[int, str, str, float]]
) -> None:
    """Add those that aren't there yet: of each number, key, name and `Room.began`."""
    if not rooms:
        return
    # There may still be one of that name which was forgotten, but not here.
    connection.executemany(
        f"{_FORGET} WHERE key = ? AND number <> ?",
        [(key, number) for number, key, *_ in rooms],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO rooms (number, key, name, began) VALUES (?, ?, ?, ?)",
        rooms,
    )


def rooms(connection: sqlite3.Connection) -> dict[str, Room]:
    """All the rooms that are not forgotten, by folded name.

    The table has the latest ids of what the index of words has.  So nothing has to be
    looked up for each room, of which there may be a hundred thousand.
    """
    # All columns: a file of an earlier version, as the tool may read, has no `began`.
    found = connection.execute(f"SELECT * FROM rooms WHERE {_KNOWN}")
    rooms = {row[1]: Room(*row) for row in found}
    newer = dict(_newer(connection))
    for room in rooms.values() if newer else ():
        room.last_id = max(room.last_id, newer.get(room.number, 0))
    return rooms


def _newer(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """Where something was said that is not in the index yet: numbers and latest ids."""
    return connection.execute(
        """SELECT room, max(id) FROM messages
            WHERE serial > (SELECT value FROM meta WHERE name = 'indexed')
            GROUP BY +room"""
    ).fetchall()


def keep_last_ids(connection: sqlite3.Connection, after: int, upto: int) -> None:
    """Let the rooms have the latest ids of the messages with these serials."""
    connection.execute(
        """UPDATE rooms SET last_id = max(last_id, newer.id) FROM
            (SELECT room, max(id) AS id FROM messages
                WHERE serial > ? AND serial <= ? GROUP BY +room) AS newer
            WHERE number = newer.room""",
        (after, upto),
    )


def last_number(connection: sqlite3.Connection) -> int:
    """The highest number of a room, forgotten or not."""
    [[number]] = connection.execute("SELECT coalesce(max(number), 0) FROM rooms")
    return int(number)


def empty_rooms(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Key and latest id of the rooms that have no messages any more."""
    found = connection.execute(
        f"SELECT key, last_id FROM rooms WHERE {_KNOWN} AND {_EMPTY}"
    )
    return found.fetchall()


def forgotten_rooms(connection: sqlite3.Connection) -> list[int]:
    """The numbers of rooms that are forgotten, and not dropped."""
    found = connection.execute(f"SELECT number FROM rooms WHERE NOT {_KNOWN}")
    return [number for (number,) in found]


def drop_forgotten(connection: sqlite3.Connection) -> None:
    """Drop the forgotten rooms that have no messages any more."""
    connection.execute(f"DELETE FROM rooms WHERE NOT {_KNOWN} AND {_EMPTY}")
