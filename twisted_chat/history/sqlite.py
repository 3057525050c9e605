"""A history in the SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ..clock import Clock
from ..events import Said
from ..fair_queue import ANYBODY, Requester
from ..names import fold
from ..storage.changes import Change
from ..storage.database import Database
from ..storage.purges import Purge
from ..storage.writes import PutPurge
from .base import FOREVER, Found, History, Pages, Retention, Unheard
from .expiry import Expiry
from .overlay import Overlay
from .passing import Passing
from .purging import Purging
from .reading import Reader
from .rejoining import Rejoining
from .rooms import Rooms, Tails
from .searching import Search
from .tails import SHOWN_AGAIN, Erased, Tail
from .upkeep import Upkeep
from .writing import Writer

IN_SNAPSHOTS = 100
"""How many messages of a room a node hands to one that comes up with nothing."""


class SqliteHistory(Pages):
    """Writes through a `Recorder`, reads in the database's other threads.

    :param warn: told, in one line, when messages can't be stored, and when
        they can again.
    :param fail: see `Recorder`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        warn: Callable[[str], object],
        retention: Retention = FOREVER,
        fail: Callable[[str], object] | None = None,
    ) -> None:
        self._database = database
        self._rooms = rooms = Rooms()
        self._tails = Tails(rooms, IN_SNAPSHOTS if fail else SHOWN_AGAIN)
        self.upkeep = Upkeep(database, clock)
        self._purging = Purging(self.upkeep, clock)
        self._writer = Writer(
            database, rooms, self.upkeep, self._purging, clock, warn, fail
        )
        self.recorder = self._writer.recorder
        self.append: Callable[[Said], object] = self.recorder.append
        self._overlay = Overlay(self.recorder, self._purging, clock)
        self.append_fleeting = self._overlay.fleeting.append
        self._reader = Reader(database, rooms, self._overlay)
        self._search = Search(
            database, rooms, self._overlay, self.upkeep, self._writer.serials
        )
        self._expiry = Expiry(
            database, rooms, self._tails, self._overlay, self.upkeep, retention
        )
        self.passing = Passing(database, self.recorder, rooms)
        self.rejoining = Rejoining(
            database, self.recorder, rooms, self.passing, self._overlay, clock
        )

    def load(self, connection: sqlite3.Connection) -> dict[str, int]:
        """Read what has to be known before anybody comes in; for `Database.load`.

        :return: the latest id in each room, by folded name.
        """
        self.upkeep.start()
        self._writer.load(connection)
        self._tails.load(connection)
        for purge in self._purging.load(connection):
            self._tails.erase(purge)
        return {room.key: room.last_id for room in self._rooms}

    def stop(self) -> Deferred[None]:
        """Write what is left; fires when that's done or can't be."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self.upkeep.stop()
        await self._writer.stop()

    def check_files(self) -> Deferred[None]:
        """Notice what others have done to the spool."""
        return self._writer.check_files()

    @property
    def path(self) -> str:
        """The file."""
        return self._database.path

    # Changes

    def change(self, change: Change) -> None:
        self._tails.change(change)
        self._overlay.change(change)

    def rename(self, key: str, upto: int, name: str) -> None:
        self._tails.rename(key, name)
        self._overlay.rename(key, upto, name)
        self.rejoining.rename(key, upto, name)

    def erase(self, purge: Purge) -> Erased:
        self._overlay.erase(purge)
        self.recorder.keep(PutPurge(purge))
        return self._tails.erase(purge)

    def forget(self, rooms: Iterable[str]) -> None:
        keys = set(rooms)
        self._tails.forget(keys)
        self.rejoining.forget(keys)

    # Rooms in use

    def open(self, room: str) -> Tail:
        return self._tails.open(room)

    def close(self, room: str, unkept: Container[int] = ()) -> None:
        self._overlay.fleeting.drop(fold(room))
        self._tails.close(room, unkept)

    def keep_fleeting(self, room: str) -> None:
        for message in self._overlay.fleeting.drop(fold(room)):
            self.rejoining.append(message)

    def restore_fleeting(self, said: Iterable[Said]) -> None:
        """What is fleeting in the rooms in use is this."""
        self._overlay.fleeting.clear()
        for message in said:
            self.append_fleeting(message)

    def tails(self) -> list[Sequence[Said]]:
        """The latest messages of each room of which they are at hand."""
        return [tail.messages for tail in self._tails if tail.messages]

    def restore_tails(self, said: Iterable[Sequence[Said]]) -> None:
        """The latest messages of each room are these, whatever the file has."""
        self._tails.restore(said)

    # Reading

    def between(
        self, room: str, low: int, high: int, n: int, newest: bool = False
    ) -> Deferred[list[Said]]:
        return self._reader.between(room, low, high, n, newest)

    def id_at(self, room: str, at: float) -> Deferred[int]:
        return self._reader.id_at(room, at)

    def has_reacted(
        self, room: str, id: int, reaction: str, authors: tuple[int, int]
    ) -> Deferred[bool]:
        return self._reader.has_reacted(room, id, reaction, authors)

    def count(
        self, after: Mapping[str, int], unheard: Unheard, most: int
    ) -> Deferred[dict[str, int]]:
        return self._reader.count(after, unheard, most)

    def naming(
        self, after: Mapping[str, int], words: Sequence[str]
    ) -> Deferred[list[Said]]:
        return self._reader.naming(after, words)

    def search(
        self,
        rooms: Sequence[str],
        words: str,
        n: int,
        before: int | None = None,
        requester: Requester = ANYBODY,
    ) -> Deferred[Found]:
        return self._search.find(rooms, words, n, before, requester)

    # Retention

    def retain(self, retention: Retention) -> None:
        self._expiry.retention = retention

    def purge(
        self, now: float, last_ids: Mapping[str, int]
    ) -> Deferred[list[tuple[str, int]]]:
        return self._expiry.purge(now, last_ids)


if TYPE_CHECKING:

    def _conforms(history: SqliteHistory) -> History:
        return history
