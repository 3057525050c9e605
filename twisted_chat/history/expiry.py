"""Deletes what is kept no longer, and finds the rooms of which nothing is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred

from ..names import fold, is_conversation
from ..storage.database import Database
from . import tables
from .base import LAST, Retention
from .overlay import Overlay
from .rooms import Rooms, Tails
from .upkeep import Upkeep

LOOKED_THROUGH = 2000
"""Conversations in which one job looks for what is too old."""


class Expiry:
    """Applies a `Retention` to a file.

    :param rooms: those of the tables.
    :ivar retention: how long messages are kept.
    """

    def __init__(
        self,
        database: Database,
        rooms: Rooms,
        tails: Tails,
        overlay: Overlay,
        upkeep: Upkeep,
        retention: Retention,
    ) -> None:
        self._database = database
        self._rooms = rooms
        self._tails = tails
        self._overlay = overlay
        self._upkeep = upkeep
        self.retention = retention

    def purge(
        self, now: float, last_ids: Mapping[str, int]
    ) -> Deferred[list[tuple[str, int]]]:
        """As `History.purge`."""
        age, most, private = self.retention
        old = None if age is None else now - age
        if old is not None:
            for tail in self._tails:
                tail.forget(old)
        of_private = None if private is None else now - private
        if of_private is not None:
            self._tails.forget_private(of_private)
        long = [
            (room.number, room.last_id - most)
            for room in self._rooms
            if most is not None and room.last_id > most
        ]
        return Deferred.fromCoroutine(self._purge(old, of_private, long, last_ids))

    async def _purge(
        self,
        old: float | None,
        private: float | None,
        long: Sequence[tuple[int, int]],
        last_ids: Mapping[str, int],
    ) -> list[tuple[str, int]]:
        try:
            forgotten = await self._database.read(tables.forgotten_rooms)
            long = [*long, *((number, LAST) for number in forgotten)]
            if private is not None:
                long += await self._old_private(private)
            if not await self._upkeep.purge(old, long):
                return []
            await self._upkeep.merge()
            if forgotten:
                await self._database.run(tables.drop_forgotten)
            empty = await self._database.read(tables.empty_rooms)
        except Exception as error:
            self._upkeep.trouble(error)
            return []
        # Where something was said meanwhile, the latest id is another.
        left = [(key, id) for key, id in empty if last_ids.get(key) == id]
        return left + self._unheard_of(last_ids)

    def _unheard_of(self, last_ids: Mapping[str, int]) -> list[tuple[str, int]]:
        """Where nothing was said that was ever to be written."""
        waiting = {fold(message.room) for message in self._overlay.unwritten()}
        return [
            (key, id)
            for key, id in last_ids.items()
            if key not in self._rooms and key not in waiting
        ]

    async def _old_private(self, before: float) -> list[tuple[int, int]]:
        """The conversations of which something is older than that, for `Upkeep`."""
        numbers = [each.number for each in self._rooms if is_conversation(each.key)]
        found: list[tuple[int, int]] = []
        for start in range(0, len(numbers), LOOKED_THROUGH):
            some = numbers[start : start + LOOKED_THROUGH]
            found += await self._database.read(tables.old_messages, some, before)
        return found
