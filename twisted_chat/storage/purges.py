"""All that somebody wrote, which is to be deleted, as plain data."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple

from ..events import Said
from ..names import fold
from .changes import DropReaction, changed


class Purge(NamedTuple):
    """:ivar numbers: of the author; see `Said.author`.
    :ivar nick: folded: what was written under it belongs to them as well, where it
        belongs to no account; empty for none.
    :ivar guests: and also where it belongs to a guest.
    :ivar room: folded; empty for all.
    :ivar since: what was said from then on, in seconds of the wall clock.
    :ivar at: up to then.
    """

    numbers: tuple[int, ...]
    nick: str
    guests: bool
    room: str
    since: float
    at: float

    def covers(self, said: Said) -> bool:
        """Whether `said` is to be deleted."""
        return (
            self.is_of(said.author, said.nick)
            and self.since <= said.at <= self.at
            and self.room in ("", fold(said.room))
        )

    def takes(self, author: int, at: float, room: str) -> bool:
        """Whether a reaction is to be deleted.

        :param room: the folded name.
        """
        return (
            author in self.numbers
            and self.since <= at <= self.at
            and self.room in ("", room)
        )

    def is_of(self, author: int, nick: str) -> bool:
        """Whether they wrote it."""
        if author in self.numbers:
            return True
        nobodys = author == 0 or (self.guests and author < 0)
        return nobodys and bool(self.nick) and self.nick == fold(nick)


class Withdrawn(NamedTuple):
    """A reaction that is deleted with all that its author wrote.

    :ivar said: the message without it.
    :ivar author: whose it was; see `Said.author`.
    :ivar total: how many still have it.
    """

    said: Said
    reaction: str
    author: int
    nick: str
    total: int


def withdraw(purge: Purge, said: Said) -> list[Withdrawn]:
    """Which reactions to a message `purge` deletes, the last one without all of them.

    Of more people than are at hand the others are passed over.
    """
    found: list[Withdrawn] = []
    if said.marks is None or not said.marks.reactions:
        return found
    key = fold(said.room)
    for each in said.marks.reactions:
        total = each.total
        for author, nick, at in each.people():
            # When it was made may not be known: after the message was said.
            if purge.takes(author, max(at, said.at), key):
                total -= 1
                what = each.reaction, author, nick, total
                said = changed(_drop(key, said.id, *what), said)
                found.append(Withdrawn(said, *what))
    return found


def _drop(
    key: str, id: int, reaction: str, author: int, nick: str, total: int
) -> DropReaction:
    return DropReaction(key, id, reaction, author, author, nick, total)


def without(purge: Purge, said: Said) -> Said:
    """`said`, which `purge` does not cover, without the reactions that it deletes."""
    found = withdraw(purge, said)
    return found[-1].said if found else said


def purges(connection: sqlite3.Connection) -> list[Purge]:
    """Those that have begun and are not at their end."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'purges'")
    return [
        Purge(tuple(numbers), *rest)
        for [value] in found
        for numbers, *rest in json.loads(value)
    ]


def put_purge(connection: sqlite3.Connection, purge: Purge) -> None:
    """`purge` has begun."""
    _put(connection, [*purges(connection), purge])


def drop_purge(connection: sqlite3.Connection, purge: Purge) -> None:
    """`purge` is at its end."""
    _put(connection, [each for each in purges(connection) if each != purge])


def _put(connection: sqlite3.Connection, left: list[Purge]) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('purges', ?)", (json.dumps(left),)
    )
