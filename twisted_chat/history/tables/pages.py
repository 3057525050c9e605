"""Pages of messages."""

from __future__ import annotations

import sqlite3

from ...events import Said
from . import rows


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
