"""Deletes what somebody wrote, in pieces that nobody notices."""

from __future__ import annotations

import sqlite3
from collections import deque
from typing import NamedTuple

from twisted.internet.defer import Deferred

from ..clock import Clock
from ..events import Said
from ..storage.messages_sqlite import merge_all, note_erased
from ..storage.purges import Purge, drop_purge, purges, without
from . import tables
from .lately import MEMORY
from .upkeep import PAUSE, SLICE, Upkeep

AGAIN = 5.0
"""Seconds until it is tried once more."""

LOOKED_AT = 5_000
"""Messages that one job looks at; some 2 ms."""


class Purging:
    """What is being deleted: from now on nobody sees it, and the file loses it soon."""

    def __init__(self, upkeep: Upkeep, clock: Clock) -> None:
        self._upkeep = upkeep
        self._clock = clock
        self._purges: list[Purge] = []
        self._done: deque[tuple[float, Purge]] = deque()
        self._running = False

    def __bool__(self) -> bool:
        return bool(self._purges)

    def load(self, connection: sqlite3.Connection) -> list[Purge]:
        """Go on with what an earlier server had begun; gives that."""
        self._purges = purges(connection)
        if self._purges:
            self._clock.callLater(AGAIN, self.start)
        return self._purges

    def add(self, purge: Purge) -> None:
        """It is to be deleted; see `start`."""
        self._purges.append(purge)

    def rename(self, key: str, new: str) -> None:
        """The room with the folded name `key` has the folded name `new` now."""
        self._purges[:] = [_renamed(purge, key, new) for purge in self._purges]
        done = [(at, _renamed(purge, key, new)) for at, purge in self._done]
        self._done = deque(done)

    def covers(self, said: Said) -> bool:
        """Whether it is to be deleted."""
        return any(purge.covers(said) for purge in self._known())

    def left_of(self, messages: list[Said]) -> list[Said]:
        """Those of `messages` that stay, without reactions that are to be deleted."""
        for purge in self._known():
            messages = [
                without(purge, each) for each in messages if not purge.covers(each)
            ]
        return messages

    def takes(self, author: int, at: float, room: str) -> bool:
        """As `Purge.takes`, of any of those."""
        return any(purge.takes(author, at, room) for purge in self._known())

    def _known(self) -> list[Purge]:
        """What is being deleted, or just was: what is read may be from before."""
        before = self._clock.seconds() - MEMORY
        while self._done and self._done[0][0] < before:
            self._done.popleft()
        return [*self._purges, *(purge for _, purge in self._done)]

    def start(self) -> None:
        """Delete from the file what is to be, unless that goes on already."""
        if self._purges and not self._running:
            self._running = True
            Deferred.fromCoroutine(self._run())

    async def _run(self) -> None:
        try:
            while self._purges:
                purge = self._purges[0]
                await purge_author(self._upkeep, purge)
                if purge in self._purges:  # else its room has another name now
                    self._purges.remove(purge)
                    self._done.append((self._clock.seconds(), purge))
        except Exception as error:
            self._upkeep.trouble(error)
            self._clock.callLater(AGAIN, self.start)
        finally:
            self._running = False


def _renamed(purge: Purge, key: str, new: str) -> Purge:
    return purge._replace(room=new) if purge.room == key else purge


class Window(NamedTuple):
    """:ivar serials: of what is to be deleted.
    :ivar last: the serial up to which was looked; None at the end.
    """

    serials: list[int]
    last: int | None


async def purge_author(upkeep: Upkeep, purge: Purge) -> None:
    """Delete all that `purge` is about.

    There is no index by author, which would cost each message: all are looked at.
    """
    database, last = upkeep.database, 0
    window = await database.read(look, purge, last)
    while True:
        for start in range(0, len(window.serials), SLICE):
            await database.run(delete, window.serials[start : start + SLICE])
            await upkeep.after_slice()
            await upkeep.sleep(PAUSE)
        if window.last is None:
            break
        window = await database.read(look, purge, window.last)
    while await database.run(delete_reactions, purge):
        await upkeep.sleep(PAUSE)
    await database.run(drop_purge, purge)
    upkeep.erased()


def look(connection: sqlite3.Connection, purge: Purge, last: int) -> Window:
    """What of the next messages after that serial is to be deleted."""
    [[upto]] = connection.execute(
        """SELECT max(serial) FROM (SELECT serial FROM messages
            WHERE serial > ? ORDER BY serial LIMIT ?)""",
        (last, LOOKED_AT),
    )
    # Most are of somebody else: those don't come to Python, for whose lock all wait.
    numbers = ",".join(map(str, purge.numbers)) or "NULL"
    nobodys = "author <= 0" if purge.guests else "author = 0"
    found = connection.execute(
        f"""SELECT serial, author, m.nick, at, key FROM messages AS m
            JOIN rooms ON number = room WHERE serial > ? AND serial <= ?
            AND (author IN ({numbers}) OR (? <> '' AND {nobodys}))
            AND at BETWEEN ? AND ? ORDER BY serial""",
        (last, upto, purge.nick, purge.since, purge.at),
    )
    serials = [
        serial
        for serial, author, nick, at, key in found
        if purge.is_of(author, nick) and purge.room in ("", key)
    ]
    return Window(serials, upto)


def delete(connection: sqlite3.Connection, serials: list[int]) -> None:
    """Delete these messages, with all that there is to them."""
    tables.delete_messages(connection, serials)
    note_erased(connection)


def delete_reactions(connection: sqlite3.Connection, purge: Purge) -> bool:
    """Delete some of the author's reactions; gives whether there were any."""
    these = ",".join(map(str, purge.numbers)) or "0"
    done = connection.execute(
        f"""DELETE FROM reactions WHERE (room, id, reaction, author) IN
            (SELECT room, id, reaction, author FROM reactions
                WHERE author IN ({these}) AND at BETWEEN :since AND :at
                AND :room IN ('', (SELECT key FROM rooms WHERE number = room))
                LIMIT {SLICE:d})""",
        {"since": purge.since, "at": purge.at, "room": purge.room},
    )
    return done.rowcount > 0


def purge_file(connection: sqlite3.Connection, purge: Purge) -> None:
    """All of it at once, inside of a transaction, where nobody else uses the file."""
    last: int | None = 0
    while last is not None:
        serials, last = look(connection, purge, last)
        for start in range(0, len(serials), SLICE):
            delete(connection, serials[start : start + SLICE])
    while delete_reactions(connection, purge):
        pass
    merge_all(connection)
