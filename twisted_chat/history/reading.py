"""Pages and counts of what a file has, and of what it has not yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from ..events import ChatError, Said
from ..names import fold
from ..storage.database import Database, DatabaseError
from ..storage.messages_sqlite import reacted
from . import tables
from .base import LAST, MAX_NAMING, Unheard, cut
from .overlay import Overlay
from .rooms import Rooms
from .tables import unread

log = Logger()

T = TypeVar("T")


async def answered(answer: Deferred[T]) -> T:
    """What the database answers.

    :raises ChatError: 400 where the disk fails; the log has why.
    """
    try:
        return await answer
    except DatabaseError as error:
        log.error("the history can't be read: {error}", error=error)
        raise ChatError(
            400, "The history can't be read now; try again later"
        ) from error


class Reader:
    """Answers what a `History` is asked, but for searches.

    :param rooms: those of the tables.
    """

    def __init__(self, database: Database, rooms: Rooms, overlay: Overlay) -> None:
        self._database = database
        self._rooms = rooms
        self._overlay = overlay

    def has_reacted(
        self, room: str, id: int, reaction: str, authors: tuple[int, int]
    ) -> Deferred[bool]:
        """As `History.has_reacted`."""
        key = fold(room)
        known = self._rooms.get(key)
        if known is None:
            return succeed(False)

        async def has() -> bool:
            where = known.number, id, reaction, authors
            found = await answered(self._database.read(reacted, *where))
            takes = self._overlay.purging.takes
            return not all(takes(author, at, key) for author, at in found)

        return Deferred.fromCoroutine(has())

    def between(
        self, room: str, low: int, high: int, n: int, newest: bool
    ) -> Deferred[list[Said]]:
        """As `History.between`."""
        key = fold(room)
        fresh = cut(self._overlay.messages(key), low, high, n, newest)
        fresh = self._overlay.applied(fresh)
        known = self._rooms.get(key)
        if known is None:
            return succeed(fresh)

        async def page() -> list[Said]:
            where = (known.number, known.name, low, high, n, newest)
            stored = await answered(self._database.read(tables.between, *where))
            stored = self._overlay.applied(stored)
            # What was fresh when it was asked for may have been written since.
            ids = {message.id for message in fresh}
            both = [message for message in stored if message.id not in ids] + fresh
            both.sort(key=lambda message: message.id)
            return cut(both, low, high, n, newest) if fresh else stored

        return Deferred.fromCoroutine(page())

    def id_at(self, room: str, at: float) -> Deferred[int]:
        """As `History.id_at`."""
        key = fold(room)
        fresh = [m.id for m in self._overlay.messages(key) if m.at >= at] or [LAST]
        known = self._rooms.get(key)
        if known is None:
            return succeed(fresh[0])

        async def first() -> int:
            found = self._database.read(tables.id_at, known.number, at)
            stored = await answered(found)
            return fresh[0] if stored is None else min(stored, fresh[0])

        return Deferred.fromCoroutine(first())

    def count(
        self, after: Mapping[str, int], unheard: Unheard, most: int
    ) -> Deferred[dict[str, int]]:
        """As `History.count`."""
        fresh, places = self._newer(after)
        counts: dict[str, int] = {}
        for message in fresh:
            key = fold(message.room)
            counts[key] = counts.get(key, 0) + (not unheard.hides(message))

        async def counted() -> dict[str, int]:
            job = self._database.read(unread.count, places, unheard, most)
            for key, number in (await answered(job)).items():
                counts[key] = counts.get(key, 0) + number
            return {key: min(most, number) for key, number in counts.items()}

        return Deferred.fromCoroutine(counted())

    def naming(
        self, after: Mapping[str, int], words: Sequence[str]
    ) -> Deferred[list[Said]]:
        """As `History.naming`."""
        fresh, places = self._newer(after)
        fresh.sort(key=lambda message: (message.at, message.id), reverse=True)

        async def find() -> list[Said]:
            job = self._database.read(unread.naming, places, words)
            return [*fresh, *(await answered(job))][:MAX_NAMING]

        return Deferred.fromCoroutine(find())

    def _newer(self, after: Mapping[str, int]) -> tuple[list[Said], list[unread.Since]]:
        """What is after these ids: messages that the tables have not, and theirs."""
        fresh, upto = self._overlay.newer(after)
        places = [
            unread.Since(known.number, key, known.name, id, upto.get(key, LAST))
            for key, id in after.items()
            if (known := self._rooms.get(key)) is not None
        ]
        return fresh, places
