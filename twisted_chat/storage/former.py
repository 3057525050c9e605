"""What rooms were called before, as plain data."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple


class FormerName(NamedTuple):
    """:ivar upto: the id of the latest message that was said under that name.
    :ivar at: when the name was changed, in seconds of the wall clock.
    """

    upto: int
    name: str
    at: float


class Former(NamedTuple):
    """:ivar room: its folded name now.
    :ivar names: those that it had before, the oldest first.
    """

    room: str
    names: tuple[FormerName, ...]


def all_former(connection: sqlite3.Connection) -> list[Former]:
    found = connection.execute("SELECT room, names FROM former_names ORDER BY room")
    return [
        Former(room, tuple(FormerName(*name) for name in json.loads(names)))
        for room, names in found
    ]


def put_former(connection: sqlite3.Connection, former: Former) -> None:
    """See `Store.put_former`."""
    connection.execute("DELETE FROM former_names WHERE room = ?", (former.room,))
    if former.names:
        connection.execute(
            "INSERT INTO former_names (room, names) VALUES (?, ?)",
            (former.room, json.dumps(former.names)),
        )
