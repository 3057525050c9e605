"""How far in a shared log the file is, kept with what came of it."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple


class Place(NamedTuple):
    """See `twisted_chat.log.machine.Place`.

    :ivar generation: of the log; 0: the file is of a server that is alone.
    :ivar ms: with `seq` the position of the last record of which all is in the file.
    :ivar nodes: the names of the nodes that were up then.
    """

    generation: int = 0
    ms: int = 0
    seq: int = 0
    nodes: tuple[str, ...] = ()


def put_place(connection: sqlite3.Connection, place: Place) -> None:
    """See `Store.put_place`."""
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('place', ?)", (json.dumps(place),)
    )


def put_aside(connection: sqlite3.Connection, data: bytes) -> None:
    """Keep what the log has lost, in place of what was put aside before."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('aside', ?)", (data,))


def aside(connection: sqlite3.Connection) -> bytes:
    """What was put aside; empty for nothing."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'aside'")
    return next((bytes(value) for [value] in found), b"")


def drop_aside(connection: sqlite3.Connection) -> None:
    """All of it is decided."""
    connection.execute("DELETE FROM meta WHERE name = 'aside'")


def place(connection: sqlite3.Connection) -> Place:
    """Where the file is."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'place'")
    for [value] in found:
        generation, ms, seq, nodes = json.loads(value)
        return Place(generation, ms, seq, tuple(nodes))
    return Place()
