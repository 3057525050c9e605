"""What ``twisted-chat-admin`` reads of a history's file: all of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ..events import Said
from ..storage.messages import KINDS


def everything(
    connection: sqlite3.Connection, rooms: dict[int, str], since: float
) -> Iterator[Said]:
    """All messages said in `rooms` at `since` or later, in their order.

    :param rooms: names by number.
    :param since: seconds since the epoch.
    """
    found = connection.execute(
        """SELECT room, kind, nick, text, at, id FROM messages
            WHERE at >= ? ORDER BY serial""",
        (since,),
    )
    for room, kind, nick, text, at, id in found:
        if room in rooms:
            yield Said(rooms[room], nick, text, at, id, KINDS[kind])


def problems(connection: sqlite3.Connection, most: int) -> list[str]:
    """What is wrong with the file, at most `most` things; empty when it's sound."""
    found = [
        line
        for (line,) in connection.execute(f"PRAGMA integrity_check({most:d})")
        if line != "ok"
    ]
    if found:
        return found
    [[strays]] = connection.execute(
        "SELECT count(*) FROM messages WHERE room NOT IN (SELECT number FROM rooms)"
    )
    if strays:
        found.append(f"{strays} messages are in no room")
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        found.append(f"the index of words: {error}")
    finally:
        connection.execute("ROLLBACK")
    return found
