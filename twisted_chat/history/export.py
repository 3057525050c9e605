"""What ``twisted-chat-admin`` reads of a history's file: all of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ..events import Said
from .tables import rows

AUTHORED = 10
"""From which version of the tables on messages have authors and marks."""

AT_ONCE = 1000


def everything(
    connection: sqlite3.Connection, names: dict[int, str], since: float
) -> Iterator[Said]:
    """All messages said in these rooms at `since` or later, in their order.

    :param names: of the rooms, by number.
    :param since: seconds since the epoch.
    """
    [[version]] = connection.execute("PRAGMA user_version")
    if version < AUTHORED:
        nothing = ", ".join(["NULL"] * 5)
        selected = f"m.serial, room, kind, nick, text, at, id, 0, 0, {nothing}"
        source = "messages AS m"
    else:
        selected, source = rows.SELECTED, rows.JOINED
    found = connection.execute(
        f"SELECT {selected} FROM {source} WHERE m.at >= ? ORDER BY m.serial", (since,)
    )
    while some := found.fetchmany(AT_ONCE):
        ours = [row for row in some if row[1] in names]
        for _, said in rows.read(connection, names, ours, version >= AUTHORED):
            yield said


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
