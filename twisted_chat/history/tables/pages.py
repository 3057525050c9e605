"""Pages of messages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from ...events import Said
from . import rows

LOOKED_AT = 20_000
"""Messages among which `latest` looks."""


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


def latest(
    connection: sqlite3.Connection, most: int, n: int
) -> dict[int, list[tuple[int, int]]]:
    """Of up to `most` rooms that were spoken in last, up to `n` messages of each.

    They are those among the last `LOOKED_AT` of all, which lie together in the file.

    :return: id and serial of each, the newest first, by the room's number; the room
        spoken in last comes first.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    for room, id, serial in connection.execute(
        "SELECT room, id, serial FROM messages ORDER BY serial DESC LIMIT ?",
        (LOOKED_AT,),
    ):
        there = found.get(room)
        if there is None:
            if len(found) == most:
                continue
            there = found[room] = []
        if len(there) < n:
            there.append((id, serial))
    return found


def with_serials(
    connection: sqlite3.Connection, names: dict[int, str], serials: Iterable[int]
) -> list[Said]:
    """The messages with these serials, in order; see `rows.read`."""
    these = ",".join(map(str, serials))
    found = connection.execute(
        f"""SELECT {rows.SELECTED} FROM {rows.JOINED}
            WHERE m.serial IN ({these}) ORDER BY m.serial"""
    )
    return [said for _, said in rows.read(connection, names, found)]
