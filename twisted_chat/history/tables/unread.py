"""What has not been read yet: what runs in the database's threads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import NamedTuple

from ...events import Said
from ...storage.messages import NUMBERS
from ..base import MAX_NAMING, Unheard
from ..words import tokens
from . import rows

TIME = 0.25
"""Seconds after which looking for names is given up, with what is found by then."""

MAX_LOOKED_AT = 5000
"""Messages with one of the words, the newest, among which those of the rooms are."""

_STEPS = 20_000


class Since(NamedTuple):
    """A room, and what of it is meant.

    :ivar number: of the room in the tables; :ivar key: its folded name.
    :ivar after: only messages with a higher id.
    :ivar upto: only messages with a lower id: the others are not written yet.
    """

    number: int
    key: str
    name: str
    after: int
    upto: int


def count(
    connection: sqlite3.Connection, places: Iterable[Since], unheard: Unheard, most: int
) -> dict[str, int]:
    """See `History.count`."""
    authors = ",".join(str(int(author)) for author in unheard.authors)
    nicks = list(unheard.nicks)
    statement = f"""SELECT count(*) FROM (SELECT 1 FROM messages
        WHERE room = ? AND id > ? AND id < ? AND deleted_by IS NULL
        AND author NOT IN ({authors}) AND kind <> {NUMBERS["topic"]}
        AND lower(nick) NOT IN ({",".join("?" * len(nicks))}) LIMIT ?)"""
    found = {}
    for place in places:
        which = (place.number, place.after, place.upto)
        [[number]] = connection.execute(statement, (*which, *nicks, most))
        found[place.key] = int(number)
    return found


def naming(
    connection: sqlite3.Connection, places: Sequence[Since], words: Sequence[str]
) -> list[Said]:
    """See `History.naming`."""
    least = min((_first(connection, place) for place in places), default=None)
    if least is None:
        return []
    deadline = monotonic() + TIME
    connection.set_progress_handler(lambda: monotonic() > deadline, _STEPS)
    found: dict[int, Said] = {}
    try:
        found.update(_not_indexed(connection, places, words, least))
        for word in words:  # one that is common doesn't hide the others
            found.update(_indexed(connection, places, word, least))
    except sqlite3.OperationalError:
        if monotonic() <= deadline:
            raise
    finally:
        connection.set_progress_handler(None, 0)
    meant = {place.number: place for place in places}
    by_name = {place.name: place for place in meant.values()}
    return [
        said
        for _, said in sorted(found.items(), reverse=True)
        if by_name[said.room].after < said.id < by_name[said.room].upto
    ][:MAX_NAMING]


def _first(connection: sqlite3.Connection, place: Since) -> int:
    """The serial of the first message that is meant, or past all there are."""
    found = connection.execute(
        "SELECT serial FROM messages WHERE room = ? AND id > ? ORDER BY id LIMIT 1",
        (place.number, place.after),
    ).fetchone()
    return int(found[0]) if found is not None else 1 << 62


def _indexed(
    connection: sqlite3.Connection,
    places: Sequence[Since],
    word: str,
    least: int,
) -> list[tuple[int, Said]]:
    """The index is asked for the word alone: rooms have far more messages."""
    if not tokens(word):
        return []
    return _select(
        connection,
        places,
        [word],
        """(SELECT rowid AS serial FROM words WHERE words MATCH ? AND rowid >= ?
            ORDER BY rowid DESC LIMIT ?) AS hit CROSS JOIN""",
        "m.serial = hit.serial",
        (f'text : "{word}"', least, MAX_LOOKED_AT),
    )


def _not_indexed(
    connection: sqlite3.Connection,
    places: Sequence[Since],
    words: Sequence[str],
    least: int,
) -> list[tuple[int, Said]]:
    """What was said last, and is not in the index of words yet."""
    indexed = "(SELECT value FROM meta WHERE name = 'indexed')"
    which = f"m.serial > max(?, {indexed})"
    return _select(connection, places, words, "", which, (least - 1,))


def _select(
    connection: sqlite3.Connection,
    places: Sequence[Since],
    words: Sequence[str],
    first: str,
    which: str,
    values: Sequence[object],
) -> list[tuple[int, Said]]:
    """Of the messages `which`, those in these rooms that have a word, newest first.

    :param first: what is gone through, and each of it looked up; else all messages are.
    """
    like = " OR ".join(["m.text LIKE ? ESCAPE '!'"] * len(words))
    numbers = ",".join(str(place.number) for place in places)
    # With the + no index by room is used: that would look at all messages of each.
    found = connection.execute(
        f"""SELECT {rows.SELECTED} FROM {first} {rows.JOINED}
            WHERE {which} AND +m.room IN ({numbers}) AND ({like})
            ORDER BY m.serial DESC LIMIT ?""",
        (*values, *map(_pattern, words), MAX_NAMING),
    )
    names = {place.number: place.name for place in places}
    return rows.read(connection, names, found, reactions=False)


def _pattern(word: str) -> str:
    for special in "!%_":
        word = word.replace(special, f"!{special}")
    return f"%{word}%"
