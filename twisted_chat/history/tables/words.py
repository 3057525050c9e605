"""The index of words, and what is found by it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from time import monotonic

from ...events import Said
from ..words import Word
from . import rows
from .rooms import keep_last_ids

SEARCH_TIME = 2.0
"""Seconds after which a search is given up."""

# Of SQLite's virtual machine, between two looks at the clock.
_STEPS = 20_000


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
        keep_last_ids(connection, done, last)
        connection.execute("UPDATE meta SET value = ? WHERE name = 'indexed'", (last,))
    return int(count)
