"""The history's tables: what runs in the database's threads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from time import monotonic

from ..events import Said
from ..storage.messages import Diverged
from . import rows
from .base import Word

COLUMNS = (
    "serial",
    "room",
    "id",
    "at",
    "kind",
    "nick",
    "text",
    "author",
    "reply_to",
)
SEARCH_TIME = 2.0
"""Seconds after which a search is given up."""

# Of SQLite's virtual machine, between two looks at the clock.
_STEPS = 20_000
# Messages that are deleted in one statement.
_AT_ONCE = 500
# Messages among which `latest_rooms` looks.
_LOOKED_AT = 20_000
# Numbers that may be ahead of the clock, for people who came in the same millisecond.
_GIVEN_AT_ONCE = 10_000


@dataclass(slots=True)
class Room:
    """A room in which something has been said.

    :ivar number: stands for it in `COLUMNS`.
    :ivar key: the folded name.
    :ivar last_id: the id of its latest message, deleted or not.
    """

    number: int
    key: str
    name: str
    last_id: int


# A statement for each power of two: few statements for a batch of any size,
# few to compile, and no return to Python (and its lock) for each row.
_INTO = f"INSERT OR IGNORE INTO messages ({','.join(COLUMNS)})"
_VALUES = f"({','.join('?' * len(COLUMNS))})"
# A room's key begins with #, that of a private conversation with @.  One that is
# forgotten has another until its messages are deleted, and is out of the way of the
# next one of that name.
_FORGET = "UPDATE rooms SET key = CAST(number AS TEXT)"
_KNOWN = "key GLOB '[#@]*'"
_EMPTY = "NOT EXISTS (SELECT 1 FROM messages WHERE room = number)"

_COMPARED = ", ".join(COLUMNS[3:])

_INSERT = {
    size: f"{_INTO} VALUES {','.join([_VALUES] * size)}"
    for size in (1, 2, 4, 8, 16, 32, 64, 128)
}


def insert(
    connection: sqlite3.Connection,
    rooms: Sequence[tuple[int, str, str]],
    values: Sequence[object],
) -> list[Diverged]:
    """Add messages, and the rooms that are new; gives what can't be added.

    What is there already stays: a write whose outcome nobody learnt is repeated.  It is
    the same then, and where it isn't the file is of another chat.

    :param rooms: number, key and name of each.
    :param values: of each message `COLUMNS`, one message after another.
    """
    if rooms:
        # There may still be one of that name which was forgotten, but not here.
        connection.executemany(
            f"{_FORGET} WHERE key = ? AND number <> ?",
            [(key, number) for number, key, _ in rooms],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO rooms (number, key, name) VALUES (?, ?, ?)", rooms
        )
    start = 0
    diverged: list[Diverged] = []
    while left := (len(values) - start) // len(COLUMNS):
        size = min(128, 1 << (left.bit_length() - 1))
        end = start + size * len(COLUMNS)
        done = connection.execute(_INSERT[size], values[start:end])
        if done.rowcount < size:
            diverged += differing(connection, values[start:end])
        start = end
    return diverged


def differing(
    connection: sqlite3.Connection, values: Sequence[object], gone: bool = False
) -> list[Diverged]:
    """Which of these messages the file has otherwise.

    :param values: as for `insert`; the serials don't count.
    :param gone: one that isn't there may have been deleted.
    """
    found = []
    for _, room, id, *rest in zip(*[iter(values)] * len(COLUMNS), strict=True):
        there = connection.execute(
            f"""SELECT {_COMPARED}, changed IS NOT NULL OR deleted_by IS NOT NULL
                FROM messages WHERE room = ? AND id = ?""",
            (room, id),
        ).fetchone()
        if there is None and gone:
            continue
        if there is None or _known(there[:-1], there[-1]) != _known(rest, there[-1]):
            name = connection.execute(
                "SELECT name FROM rooms WHERE number = ?", (room,)
            )
            [where] = name.fetchone() or [room]
            found.append(Diverged(f"the file has another message {id} of {where}"))
    return found


def _known(fields: Sequence[object], changed: bool) -> tuple[object, ...]:
    """What of `_COMPARED` stays as it was said."""
    return tuple(
        field
        for name, field in zip(COLUMNS[3:], fields, strict=True)
        if not (changed and name == "text")
    )


def token(connection: sqlite3.Connection) -> bytes:
    """The token of the spool that belongs to the file; empty without one."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'spool'")
    return next((value for [value] in found), b"")


def set_token(connection: sqlite3.Connection, token: bytes) -> None:
    """Let the spool with that `token` belong to the file."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('spool', ?)", (token,))


def rooms(connection: sqlite3.Connection) -> dict[str, Room]:
    """All the rooms that are not forgotten, by folded name."""
    found = connection.execute(
        f"""SELECT number, key, name, max(last_id, coalesce(
            (SELECT max(id) FROM messages WHERE room = number), 0))
            FROM rooms WHERE {_KNOWN}"""
    )
    return {row[1]: Room(*row) for row in found}


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


def last_author(connection: sqlite3.Connection) -> int:
    """No author in the file has a higher number; see `hub.numbers`.

    Whoever spoke last had got theirs before: there is no need of an index by author,
    which would cost each message.
    """
    found = connection.execute(
        "SELECT max(at) FROM (SELECT at FROM messages ORDER BY serial DESC LIMIT 1000)"
    )
    [[at]] = found
    return 0 if at is None else int(at * 1000) + _GIVEN_AT_ONCE


def last_serial(connection: sqlite3.Connection) -> int:
    """The highest serial that a message or the index of words has."""
    [[serial]] = connection.execute(
        """SELECT max(coalesce((SELECT max(serial) FROM messages), 0),
            (SELECT value FROM meta WHERE name = 'indexed'))"""
    )
    return int(serial)


def cut_off(
    connection: sqlite3.Connection, last_ids: Mapping[str, int] | None, since: float
) -> tuple[list[Said], dict[str, int]]:
    """Delete what came after a moment; gives it in order, and what is left.

    :param last_ids: of each room at that moment, by folded name; None where they aren't
        known: then all that was said at `since`, in seconds since the epoch, or later.
    :return: what is left: the latest id of each room, which may be 0.
    """
    found: list[tuple[int, Said]] = []
    left: dict[str, int] = {}
    for room in rooms(connection).values():
        if last_ids is not None:
            last = min(room.last_id, last_ids.get(room.key, 0))
        else:
            first = id_at(connection, room.number, since)
            last = room.last_id if first is None else first - 1
        left[room.key] = last
        if last == room.last_id:
            continue
        cut = connection.execute(
            f"SELECT {rows.SELECTED} FROM {rows.JOINED} WHERE m.room = ? AND m.id > ?",
            (room.number, last),
        )
        some = rows.read(connection, {room.number: room.name}, cut)
        found += some
        serials = [serial for serial, _ in some]
        for start in range(0, len(serials), _AT_ONCE):
            delete_messages(connection, serials[start : start + _AT_ONCE])
        connection.execute(
            "UPDATE rooms SET last_id = ? WHERE number = ?", (last, room.number)
        )
        if not last:
            connection.execute("DELETE FROM rooms WHERE number = ?", (room.number,))
    found.sort(key=itemgetter(0))
    return [message for _, message in found], left


def latest_rooms(connection: sqlite3.Connection, most: int) -> list[int]:
    """The numbers of up to `most` rooms that were spoken in last, the latest first."""
    found = connection.execute(
        """SELECT room, max(serial) FROM
            (SELECT room, serial FROM messages ORDER BY serial DESC LIMIT ?)
            GROUP BY room ORDER BY 2 DESC LIMIT ?""",
        (_LOOKED_AT, most),
    )
    return [number for number, _ in found]


def between(
    connection: sqlite3.Connection,
    number: int,
    name: str,
    low: int,
    high: int,
    n: int,
    newest: bool,
) -> list[Said]:
    """See `History.between`."""
    order = "DESC" if newest else "ASC"
    found = connection.execute(
        f"""SELECT {rows.SELECTED} FROM {rows.JOINED}
            WHERE m.room = ? AND m.id > ? AND m.id < ? ORDER BY m.id {order} LIMIT ?""",
        (number, low, high, max(n, 0)),
    )
    messages = [said for _, said in rows.read(connection, {number: name}, found)]
    return messages[::-1] if newest else messages


def id_at(connection: sqlite3.Connection, number: int, at: float) -> int | None:
    """The id of the first message at `at`, in seconds since the epoch, or later.

    It is found by bisection of the ids: there is no index by time.
    """
    [[low, high]] = connection.execute(
        "SELECT min(id), max(id) FROM messages WHERE room = ?", (number,)
    )
    if low is None:
        return None
    found = None
    while low <= high:
        middle = (low + high) // 2
        [[id, when]] = connection.execute(
            """SELECT id, at FROM messages WHERE room = ? AND id >= ?
                ORDER BY id LIMIT 1""",
            (number, middle),
        )
        if when >= at:
            found, high = id, middle - 1
        else:
            low = id + 1
    return found


def search(
    connection: sqlite3.Connection,
    names: dict[int, str],
    words: Iterable[Word],
    n: int,
    before: int,
) -> list[tuple[int, Said]]:
    """The newest `n` messages with a serial less than `before`, each after its serial.

    The query is in FTS5's syntax (sqlite.org/fts5.html#full_text_query_syntax).

    :param names: of the rooms, by number.
    :raises sqlite3.OperationalError: it takes more than `SEARCH_TIME`.
    """
    if not names:
        return []
    wanted = " AND ".join(
        f'"{word.text}"{"*" if word.prefix else ""}' for word in words
    )
    where = " OR ".join(f'"{number}"' for number in names)
    deadline = monotonic() + SEARCH_TIME
    connection.set_progress_handler(lambda: monotonic() > deadline, _STEPS)
    try:
        found = connection.execute(
            f"""SELECT {rows.SELECTED}
                FROM words JOIN {rows.JOINED}
                WHERE m.serial = words.rowid AND words MATCH ? AND words.rowid < ?
                ORDER BY words.rowid DESC LIMIT ?""",
            (f"room : ({where}) AND text : ({wanted})", before, n),
        )
        return rows.read(connection, names, found)
    finally:
        connection.set_progress_handler(None, 0)


# Upkeep


def index(connection: sqlite3.Connection, most: int) -> int:
    """Make up to `most` further messages searchable.

    :return: how many it was.
    """
    [[done]] = connection.execute("SELECT value FROM meta WHERE name = 'indexed'")
    [[count, last]] = connection.execute(
        """SELECT count(*), max(serial) FROM (SELECT serial FROM messages
            WHERE serial > ? ORDER BY serial LIMIT ?)""",
        (done, most),
    )
    if count:
        connection.execute(
            """INSERT INTO words (rowid, room, text) SELECT serial, room, text
                FROM messages WHERE serial > ? AND serial <= ?""",
            (done, last),
        )
        connection.execute("UPDATE meta SET value = ? WHERE name = 'indexed'", (last,))
    return int(count)


def purge_old(connection: sqlite3.Connection, before: float, most: int) -> int:
    """Delete those of the `most` oldest messages that were said before a time.

    :param before: seconds since the epoch.
    :return: how many it was.
    """
    found = connection.execute(
        "SELECT serial, at FROM messages ORDER BY serial LIMIT ?", (most,)
    )
    return delete_messages(connection, [serial for serial, at in found if at < before])


def purge_long(
    connection: sqlite3.Connection, number: int, upto: int, most: int
) -> int:
    """Delete the messages of a room up to the id `upto`, at most `most` of them.

    :return: how many it was.
    """
    found = connection.execute(
        "SELECT serial FROM messages WHERE room = ? AND id <= ? ORDER BY id LIMIT ?",
        (number, upto, most),
    )
    return delete_messages(connection, [serial for (serial,) in found])


def old_messages(
    connection: sqlite3.Connection, numbers: Iterable[int], before: float
) -> list[tuple[int, int]]:
    """Of these rooms, the latest message said before a time; for `purge_long`.

    :param before: seconds since the epoch.
    :return: numbers of rooms, each with an id; those without such a message are left
        out.
    """
    found = []
    for number in numbers:
        first = connection.execute(
            "SELECT at FROM messages WHERE room = ? ORDER BY id LIMIT 1", (number,)
        ).fetchone()
        if first is not None and first[0] < before:
            newer = id_at(connection, number, before)
            found.append((number, 1 << 62 if newer is None else newer - 1))
    return found


def delete_messages(connection: sqlite3.Connection, serials: list[int]) -> int:
    """Delete the messages with these serials; gives how many it was."""
    if not serials:
        return 0
    these = f"serial IN ({','.join(map(str, serials))})"
    # The index has only what was indexed.  It has no text of its own, and has to be
    # told what to delete (sqlite.org/fts5.html#the_delete_command).
    connection.execute(
        f"""INSERT INTO words (words, rowid, room, text)
            SELECT 'delete', serial, room, text FROM messages
            WHERE {these} AND serial <=
                (SELECT value FROM meta WHERE name = 'indexed')"""
    )
    connection.execute(
        f"""UPDATE rooms SET last_id = max(last_id, gone.id)
            FROM (SELECT room, max(id) AS id FROM messages WHERE {these}
                GROUP BY room) AS gone WHERE number = gone.room"""
    )
    connection.execute(
        f"""DELETE FROM reactions WHERE (room, id) IN
            (SELECT room, id FROM messages WHERE {these})"""
    )
    connection.execute(f"DELETE FROM messages WHERE {these}")
    return len(serials)
