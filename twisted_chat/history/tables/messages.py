"""Messages are added to the tables, and compared with what is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ...storage.messages import Diverged
from .rooms import add_rooms

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

# A statement for each power of two: few statements for a batch of any size,
# few to compile, and no return to Python (and its lock) for each row.
_INTO = f"INSERT OR IGNORE INTO messages ({','.join(COLUMNS)})"
_VALUES = f"({','.join('?' * len(COLUMNS))})"

_COMPARED = ", ".join(COLUMNS[3:])

_INSERT = {
    size: f"{_INTO} VALUES {','.join([_VALUES] * size)}"
    for size in (1, 2, 4, 8, 16, 32, 64, 128)
}


def insert(
    connection: sqlite3.Connection,
    rooms: Sequence[tuple[int, str, str, float]],
    values: Sequence[object],
) -> list[Diverged]:
    """Add messages, and the rooms that are new; gives what can't be added.

    What is there already stays: a write whose outcome nobody learnt is repeated.  It is
    the same then, and where it isn't the file is of another chat.

    :param rooms: as for `add_rooms`.
    :param values: of each message `COLUMNS`, one message after another.
    """
    add_rooms(connection, rooms)
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
