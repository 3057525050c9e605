"""What is said in rooms and never written."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Sequence
from itertools import count

from ..events import Said
from ..names import fold
from ..storage.changes import Change, changed, concerns
from ..storage.purges import Purge, without
from .words import Word, matches

MAX_PER_ROOM = 500
MAX_IN_ALL = 10_000

FIRST_SERIAL = 8 * 10**15
"""Past all of `serials`, and exact as a number of JSON."""


class Fleeting:
    """Messages in memory alone, of rooms that are in use.

    :param in_all: kept of all rooms together; the fullest lose their oldest first.
    """

    def __init__(self, in_all: int = MAX_IN_ALL) -> None:
        self._in_all = in_all
        self._rooms: dict[str, deque[tuple[int, Said]]] = {}
        self._count = 0
        self._serials = count(FIRST_SERIAL)

    def append(self, message: Said) -> None:
        """Have `message` until its room is dropped."""
        key = fold(message.room)
        room = self._rooms.setdefault(key, deque())
        room.append((next(self._serials), message))
        self._count += 1
        if len(room) > MAX_PER_ROOM:
            room.popleft()
            self._count -= 1
        if self._count > self._in_all:
            self._shed()

    def change(self, change: Change) -> None:
        """As `History.change`."""
        room = self._rooms.get(change.room, deque())
        for place, (serial, said) in enumerate(room):
            if concerns(change, said):
                room[place] = serial, changed(change, said)

    def rename(self, key: str, name: str) -> None:
        """As `History.rename`."""
        room = self._rooms.pop(key, None)
        if room is not None:
            self._rooms[fold(name)] = deque(
                (serial, said._replace(room=name)) for serial, said in room
            )

    def erase(self, purge: Purge) -> None:
        """As `History.erase`."""
        for key, room in self._rooms.items():
            kept = deque(
                (serial, without(purge, said))
                for serial, said in room
                if not purge.covers(said)
            )
            self._count -= len(room) - len(kept)
            self._rooms[key] = kept

    def _shed(self) -> None:
        fullest = max(self._rooms.values(), key=len)
        for _ in range((len(fullest) + 1) // 2):
            fullest.popleft()
            self._count -= 1

    def messages(self, key: str) -> list[Said]:
        """Those of the room with that folded name, in ascending order."""
        return [message for _, message in self._rooms.get(key, ())]

    def drop(self, key: str) -> list[Said]:
        """Have those of that room no more; return them."""
        messages = self.messages(key)
        self._rooms.pop(key, None)
        self._count -= len(messages)
        return messages

    def clear(self) -> None:
        self._rooms.clear()
        self._count = 0

    def search(
        self, keys: Container[str], wanted: Sequence[Word], n: int, upto: int
    ) -> list[tuple[int, Said]]:
        """As `History.search`, each after its serial."""
        found = [
            (serial, message)
            for key, room in self._rooms.items()
            if key in keys
            for serial, message in room
            if serial < upto and matches(wanted, message.text)
        ]
        found.sort(reverse=True, key=lambda each: each[0])
        return found[:n]
