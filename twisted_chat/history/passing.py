"""What a node reads of a log that is in its file already."""

from __future__ import annotations

from collections.abc import Iterable

from twisted.internet.defer import Deferred

from ..events import Said
from ..names import fold
from ..storage.database import Database, DatabaseError
from ..storage.messages import NUMBERS, Diverged
from ..storage.recorder import Recorder
from . import tables
from .rooms import Rooms


class Passing:
    """Passes over what the file has, and looks whether it has the same.

    A node applies a log from a snapshot on, and its file may be further.  Of each room
    the latest message that was passed over is compared: if the file and the log have
    gone different ways, they differ in it.

    :param rooms: those of the tables.
    """

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        rooms: Rooms,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._rooms = rooms
        self._latest: dict[str, Said] | None = None

    @property
    def active(self) -> bool:
        return self._latest is not None

    def begin(self, messages: Iterable[Said]) -> None:
        """What is handed in from now on is in the file, and these messages are."""
        self._latest = {fold(message.room): message for message in messages}

    def over(self) -> None:
        """Forget what was handed in for this turn."""
        messages = self._recorder.pass_over()
        if self._latest is not None:
            self._latest.update((fold(message.room), message) for message in messages)

    def forget(self, rooms: Iterable[str]) -> None:
        """The messages of rooms, by their folded names, are gone from the file."""
        if self._latest is not None:
            for key in rooms:
                self._latest.pop(key, None)

    def rename(self, key: str, new: str) -> None:
        """The room with the folded name `key` has the folded name `new` now."""
        if self._latest is not None and key in self._latest:
            self._latest[new] = self._latest.pop(key)

    def stop(self) -> None:
        """Whatever the file has is looked at no more."""
        self._latest = None

    def end(self) -> None:
        """The file has no more than that.  No-op where nothing is passed over."""
        latest, self._latest = self._latest, None
        if latest:
            Deferred.fromCoroutine(self._compare(latest))

    async def _compare(self, latest: dict[str, Said]) -> None:
        values: list[object] = []
        for key, message in latest.items():
            if room := self._rooms.get(key):
                _, nick, text, at, id, kind, author, reply_to, _ = message
                values += (0, room.number, id, at, NUMBERS[kind], nick, text)
                values += (author, reply_to)
        try:
            found = await self._database.read(tables.differing, values, gone=True)
        except DatabaseError as error:
            self._recorder.fail(str(error))
        else:
            self._tell(found)

    def _tell(self, found: list[Diverged]) -> None:
        if found:
            self._recorder.fail(str(found[0]))
