"""Searches in what a file has, and in what it has not yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred

from ..events import Said
from ..fair_queue import FairQueue, Requester
from ..names import fold
from ..storage.database import Database
from . import tables
from .base import LAST, Found
from .overlay import Overlay
from .reading import answered
from .rooms import Rooms
from .upkeep import Upkeep
from .words import Word, matches, words_of

MAX_SEARCHING = 64
"""Searches that may wait."""


class Search:
    """Answers SEARCH, one after the other.

    :param rooms: those of the tables.
    :param serials: those that messages get which aren't written yet.
    """

    def __init__(
        self,
        database: Database,
        rooms: Rooms,
        overlay: Overlay,
        upkeep: Upkeep,
        serials: Callable[[Sequence[Said]], Sequence[int]],
    ) -> None:
        self._database = database
        self._rooms = rooms
        self._overlay = overlay
        self._upkeep = upkeep
        self._serials = serials
        self._queue = FairQueue(
            1, MAX_SEARCHING, "Too many searches at once; try again later"
        )

    def find(
        self,
        rooms: Sequence[str],
        words: str,
        n: int,
        before: int | None,
        requester: Requester,
    ) -> Deferred[Found]:
        """As `History.search`."""
        wanted = words_of(words)
        names = {
            known.number: known.name
            for known in (self._rooms.get(fold(room)) for room in rooms)
            if known is not None
        }
        upto = LAST if before is None else before
        fresh = self._fresh(rooms, wanted, n + 1, upto)

        async def find() -> Found:
            await self._upkeep.settle()
            job = (tables.search, names, wanted, n + 1, upto)
            found = self._queue.submit(requester, self._database.search, *job)
            stored = await answered(found)
            known = {(message.room, message.id) for _, message in fresh}
            both = fresh + [
                (serial, message)
                for serial, message in stored
                if (message.room, message.id) not in known
            ]
            both = self._still_found(both, wanted)
            return Found(both[:n], len(both) > n)

        return Deferred.fromCoroutine(find())

    def _fresh(
        self, rooms: Sequence[str], wanted: Sequence[Word], n: int, upto: int
    ) -> list[tuple[int, Said]]:
        """What is found among the messages that are not written yet."""
        keys = {fold(room) for room in rooms}
        found = self._overlay.fleeting.search(keys, wanted, n, upto)
        unwritten = self._overlay.applied(self._overlay.unwritten())
        serials = self._serials(unwritten)
        for serial, message in zip(reversed(serials), reversed(unwritten), strict=True):
            if len(found) == n:
                break
            if (
                serial < upto
                and fold(message.room) in keys
                and matches(wanted, message.text)
            ):
                found.append((serial, message))
        return found

    def _still_found(
        self, found: list[tuple[int, Said]], wanted: Sequence[Word]
    ) -> list[tuple[int, Said]]:
        """What has these words after all that was done to it."""
        found = [each for each in found if not self._overlay.covers(each[1])]
        now = self._overlay.applied([message for _, message in found])
        return [
            (serial, after)
            for (serial, before), after in zip(found, now, strict=True)
            if after.text == before.text or matches(wanted, after.text)
        ]
