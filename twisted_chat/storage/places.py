"""How far in a shared log the file is, kept with what came of it."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple, TypeAlias

Starts: TypeAlias = tuple[tuple[int, int, int, str], ...]
"""Of each generation its number, milliseconds and count, and a mark.

See `twisted_chat.log.machine.Start`.
"""


Forks: TypeAlias = tuple[tuple[tuple[int, int], tuple[tuple[str, int], ...]], ...]
"""See `twisted_chat.hub.repeating.Repeated.levels`."""


class Place(NamedTuple):
    """See `twisted_chat.log.machine.Place`.

    :ivar generation: of the log; 0: the file is of a server that is alone.
    :ivar ms: with `seq` the position of the last record of which all is in the file.
    :ivar nodes: the names of the nodes that were up then.
    :ivar starts: of the generations that led there: each one's number, and the position
        after which it began, with its mark.  It is kept apart, by `put_starts`.
    """

    generation: int = 0
    ms: int = 0
    seq: int = 0
    nodes: tuple[str, ...] = ()
    starts: Starts = ()


def put_place(connection: sqlite3.Connection, place: Place) -> None:
    """See `Store.put_place`."""
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('place', ?)", (json.dumps(place[:4]),)
    )


def put_starts(connection: sqlite3.Connection, starts: Starts) -> None:
    """See `Store.put_starts`."""
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('starts', ?)", (json.dumps(starts),)
    )


def put_repeated(connection: sqlite3.Connection, forks: Forks) -> None:
    """See `Store.put_repeated`."""
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('repeated', ?)", (json.dumps(forks),)
    )


def repeated(connection: sqlite3.Connection) -> Forks:
    """What has been said once more, after the log had lost it."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'repeated'")
    return tuple(
        ((ms, seq), tuple((room, id) for room, id in ids))
        for [value] in found
        for (ms, seq), ids in json.loads(value)
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
    query = "SELECT value FROM meta WHERE name = ?"
    place, starts = (
        [json.loads(value) for [value] in connection.execute(query, (name,))]
        for name in ("place", "starts")
    )
    if not place:
        return Place()
    generation, ms, seq, nodes = place[0]
    began = tuple(_start(*row) for row in starts[0]) if starts else ()
    return Place(generation, ms, seq, tuple(nodes), began)


def _start(number: int, ms: int, seq: int, mark: str = "") -> tuple[int, int, int, str]:
    """An earlier program kept no marks."""
    return number, ms, seq, mark
