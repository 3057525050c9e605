"""How a node's file becomes what the others have, when it comes up or goes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from twisted.internet.defer import Deferred

from ..clock import Clock, sleep
from ..events import Said
from ..names import fold
from ..storage import places
from ..storage.changes import changes_of
from ..storage.database import Database
from ..storage.places import Place
from ..storage.recorder import Recorder
from ..storage.writes import ForgetRoom, MoveRoom, reactions_to
from . import tables
from .overlay import Overlay
from .passing import Passing
from .rooms import Rooms, began_in

SETTLING = 0.05
"""Seconds between two looks whether all is written."""


class Rejoining:
    """What a node does with its file before people come in.

    :param rooms: those of the tables.
    """

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        rooms: Rooms,
        passing: Passing,
        overlay: Overlay,
        clock: Clock,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._rooms = rooms
        self._passing = passing
        self._overlay = overlay
        self._clock = clock

    def forget(self, keys: Set[str]) -> None:
        """The file has nothing of these rooms from now on.

        Not where they are passed over: it has forgotten them, and may have the next
        ones.

        :param keys: their folded names.
        """
        self._discard(keys)
        if not self._passing.active:
            self._drop(keys)

    def _discard(self, keys: Set[str]) -> None:
        """What was said there is not to come into the next room of that name."""
        self._recorder.drop(keys)
        self._passing.forget(keys)

    def _drop(self, keys: Set[str]) -> None:
        for room in self._rooms.forget(keys):
            self._recorder.keep(ForgetRoom(room.number, room.key))

    def rename(self, key: str, upto: int, name: str) -> None:
        """As `History.rename`.

        Not where it is passed over: so it is in the file, by that name or a later one.
        """
        self._passing.rename(key, fold(name))
        if not self._passing.active:
            self._move(key, upto, name)

    def _move(self, key: str, upto: int, name: str) -> None:
        known = self._rooms.rename(key, name)
        number = 0 if known is None else known.number
        self._recorder.move(MoveRoom(number, key, upto, name))

    def _move_all(self, name_of: Callable[[str, int], str]) -> None:
        """Let rooms that were renamed while this server was away be called so."""
        for room in list(self._rooms):
            name = name_of(room.key, room.last_id)
            if fold(name) != room.key and fold(name) not in self._rooms:
                self._move(room.key, room.last_id, name)

    def began(self) -> dict[str, float]:
        """When each room began of which that is known, by folded name."""
        return self._rooms.began() | began_in(self._recorder.unwritten)

    def adopt(
        self,
        said: Iterable[Sequence[Said]],
        last_ids: Mapping[str, int],
        began: Mapping[str, float],
        since: float,
        name_of: Callable[[str, int], str] = lambda key, _: key,
    ) -> None:
        """Keep those of these messages that are newer than what the file has.

        Those that it has are edited, deleted and reacted to in it as they are here; of
        many people who had one reaction these are the first.  A room that has been
        forgotten since, and perhaps made anew, is forgotten.

        :param said: of each room those at hand, in order.
        :param last_ids: the latest in each room, by folded name.
        :param began: as in `began`.
        :param since: up to when the file has all, in seconds of the wall clock.
        :param name_of: gives what the room is called now that had a folded name, and
            whose message had an id, when that was said.
        """
        self._move_all(name_of)
        gone = {
            room.key
            for room in self._rooms
            if last_ids.get(room.key, 0) < room.last_id
            or _is_another(room, began.get(room.key, 0.0), since)
        }
        self._discard(gone)
        self._drop(gone)
        self._rooms.begin(began)
        newer = []
        for messages in said:
            for message in messages:
                if message.id > self._last_id(message.room):
                    newer.append(message)
                else:
                    for change in changes_of(message):
                        self._recorder.keep(change)
            self._recorder.keep(reactions_to(messages))
        for message in sorted(newer, key=lambda message: message.at):
            self.append(message)

    def append(self, message: Said) -> None:
        """As `History.append`, for one that may have been changed since it was said."""
        self._recorder.append(message)
        for change in changes_of(message):
            self._recorder.keep(change)

    def cut_off(
        self,
        then: tables.Moment,
        place: Place,
        aside: Callable[[bytes, list[Said], list[Said]], bytes],
    ) -> Deferred[None]:
        """Delete what came after `place`, which the log went on without.

        :param then: what is known of that moment.
        :param aside: makes what is put aside of what was before, of the messages, and
            of those that were changed after that; called in the database's thread.
        """
        return Deferred.fromCoroutine(self._cut_off(then, place, aside))

    async def _cut_off(
        self,
        then: tables.Moment,
        place: Place,
        aside: Callable[[bytes, list[Said], list[Said]], bytes],
    ) -> None:
        while not self._recorder.idle:
            await sleep(self._clock, SETTLING)
        self._passing.stop()

        def job(connection: sqlite3.Connection) -> dict[str, int]:
            before = places.aside(connection)
            lost, left = tables.cut_off(connection, then)
            changed = tables.cut_changes(connection, then)
            places.put_aside(connection, aside(before, lost, changed))
            places.put_place(connection, place)
            return left

        self._rooms.cut_off(await self._database.run(job))
        self._overlay.undo()

    def put_aside(self) -> Deferred[bytes]:
        """What was put aside; empty for nothing."""
        return self._database.read(places.aside)

    def drop_aside(self) -> Deferred[None]:
        """All of it is decided."""
        return self._database.run(places.drop_aside)

    def _last_id(self, room: str) -> int:
        known = self._rooms.get(fold(room))
        return known.last_id if known is not None else 0


def _is_another(room: tables.Room, began: float, since: float) -> bool:
    """Whether the room that has the name of `room` now, and `began` then, is another.

    :param since: up to when the file has all.
    """
    if not began:
        return False
    return room.began != began if room.began else began > since
