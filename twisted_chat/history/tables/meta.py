"""What is known of the file as a whole."""

from __future__ import annotations

import sqlite3

# Numbers that may be ahead of the clock, for people who came in the same millisecond.
_GIVEN_AT_ONCE = 10_000


def token(connection: sqlite3.Connection) -> bytes:
    """The token of the spool that belongs to the file; empty without one."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'spool'")
    return next((value for [value] in found), b"")


def set_token(connection: sqlite3.Connection, token: bytes) -> None:
    """Let the spool with that `token` belong to the file."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('spool', ?)", (token,))


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
