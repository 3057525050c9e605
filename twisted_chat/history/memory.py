"""A history that ends with the process, and is bounded meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, succeed

from ..events import Said
from ..fair_queue import ANYBODY, Requester
from ..names import fold
from .base import (
    FOREVER,
    LAST,
    Found,
    Pages,
    Retention,
    Tail,
    cut,
    matches,
    words_of,
)

MAX_PER_ROOM = 500
MAX_IN_ALL = 10_000


class MemoryHistory(Pages):
    """The latest messages of the rooms, those of the quietest rooms dropped first.

    :param per_room: messages kept of a room.
    :param in_all: messages kept of all rooms together, roughly.
    """

    def __init__(
        self,
        retention: Retention = FOREVER,
        per_room: int = MAX_PER_ROOM,
        in_all: int = MAX_IN_ALL,
    ) -> None:
        self._age = retention.age
        self._per_room = min(per_room, retention.messages or per_room)
        self._in_all = in_all
        self._serial = 0
        self._said: deque[tuple[int, Said]] = deque(maxlen=in_all)
        self._tails: dict[str, Tail] = {}
        self._closed: set[str] = set()

    def append(self, message: Said) -> None:
        # The room has put it into its tail: this is the order over all rooms.
        self._serial = serial = self._serial + 1
        self._said.append((serial, message))
        if not serial % self._in_all:
            self._shed()

    def open(self, room: str) -> Tail:
        key = fold(room)
        self._closed.discard(key)
        return self._tails.setdefault(key, Tail(self._per_room))

    def close(self, room: str, last_id: int) -> None:
        self._closed.add(fold(room))
        self._drop_empty()

    def last_id(self, room: str) -> int:
        messages = self._messages(room)
        return messages[-1].id if messages else 0

    def between(
        self, room: str, low: int, high: int, n: int, newest: bool = False
    ) -> Deferred[list[Said]]:
        return succeed(cut(self._messages(room), low, high, n, newest))

    def id_at(self, room: str, at: float) -> Deferred[int]:
        for message in self._messages(room):
            if message.at >= at:
                return succeed(message.id)
        return succeed(LAST)

    def search(
        self,
        rooms: Sequence[str],
        words: str,
        n: int,
        before: int | None = None,
        requester: Requester = ANYBODY,
    ) -> Deferred[Found]:
        wanted = words_of(words)
        first = {
            fold(room): messages[0].id
            for room in rooms
            if (messages := self._messages(room))
        }
        page: list[tuple[int, Said]] = []
        for serial, message in reversed(self._said):
            if (
                (before is None or serial < before)
                and first.get(fold(message.room), LAST) <= message.id
                and matches(wanted, message.text)
            ):
                if len(page) == n:
                    return succeed(Found(page, True))
                page.append((serial, message))
        return succeed(Found(page, False))

    def purge(self, now: float, kept: Container[str] = ()) -> None:
        if self._age is None:
            return
        before = now - self._age
        while self._said and self._said[0][1].at < before:
            self._said.popleft()
        for tail in self._tails.values():
            tail.forget(before)
        self._drop_empty()

    def _messages(self, room: str) -> Sequence[Said]:
        tail = self._tails.get(fold(room))
        return tail.messages if tail is not None else ()

    def _shed(self) -> None:
        """Make room: the rooms that have been silent for longest lose all."""
        tails = [tail for tail in self._tails.values() if tail.messages]
        tails.sort(key=lambda tail: tail.messages[-1].at)
        count = sum(len(tail.messages) for tail in tails)
        for tail in tails:
            if count <= self._in_all:
                break
            count -= len(tail.messages)
            tail.messages.clear()
        self._drop_empty()

    def _drop_empty(self) -> None:
        """Forget the closed rooms of which nothing is left."""
        for key in [key for key in self._closed if not self._tails[key].messages]:
            del self._tails[key]
            self._closed.discard(key)


if TYPE_CHECKING:
    from .base import History

    def _conforms(history: MemoryHistory) -> History:
        return history
