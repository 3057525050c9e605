"""A history that ends with the process, and is bounded meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from twisted.internet.defer import Deferred, succeed

from ..events import Said
from ..fair_queue import ANYBODY, Requester
from ..names import fold, is_conversation
from ..storage.changes import (
    Change,
    DropReaction,
    PutReaction,
    changed,
    concerns,
)
from ..storage.purges import Purge, withdraw, without
from .base import FOREVER, LAST, MAX_NAMING, Found, Pages, Retention, Unheard, cut
from .tails import Erased, Tail
from .words import matches, words_of

MAX_PER_ROOM = 500
MAX_IN_ALL = 10_000


class _Room(NamedTuple):
    """A room that is in use or has messages.

    :ivar since: the serial of the latest message, in whichever room, when it was new.
    """

    tail: Tail
    since: int


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
        self._most = per_room
        self._in_all = in_all
        self.retain(retention)
        self._serial = 0
        self._said: deque[tuple[int, Said]] = deque(maxlen=in_all)
        self._rooms: dict[str, _Room] = {}
        self._open: set[str] = set()
        self._reacted: dict[tuple[str, int, str], set[int]] = {}

    def retain(self, retention: Retention) -> None:
        # More than before are kept of the rooms that are opened from now on.
        self._age, self._private_age = retention.age, retention.private
        self._per_room = min(self._most, retention.messages or self._most)

    def append(self, message: Said) -> None:
        # The room has put it into its tail: this is the order over all rooms.
        self._serial = serial = self._serial + 1
        self._said.append((serial, message))
        if not serial % self._in_all:
            self._shed()

    def change(self, change: Change) -> None:
        if known := self._rooms.get(change.room):
            known.tail.change(change)
        for place, (serial, said) in enumerate(self._said):
            if concerns(change, said):
                self._said[place] = serial, changed(change, said)
        if isinstance(change, PutReaction):
            what = change.room, change.id, change.reaction
            self._reacted.setdefault(what, set()).add(change.author)
        elif isinstance(change, DropReaction):
            what = change.room, change.id, change.reaction
            here = self._reacted.get(what, set())
            here -= {change.author, change.was}
            if not here:
                self._reacted.pop(what, None)
        if len(self._reacted) > self._in_all:
            self._forget_reactions()

    def rename(self, key: str, upto: int, name: str) -> None:
        new = fold(name)
        known = self._rooms.pop(key)
        known.tail.rename(name)
        self._rooms[new] = known
        self._open.discard(key)
        self._open.add(new)
        for place, (serial, said) in enumerate(self._said):
            if serial > known.since and fold(said.room) == key and said.id <= upto:
                self._said[place] = serial, said._replace(room=name)
        self._reacted = {
            (new if what[0] == key else what[0], *what[1:]): authors
            for what, authors in self._reacted.items()
        }

    def erase(self, purge: Purge) -> Erased:
        erased = Erased.of((tail for tail, _ in self._rooms.values()), purge)
        for _, said in self._said:
            for each in withdraw(purge, said):
                what = fold(said.room), said.id, each.reaction
                self._reacted.get(what, set()).discard(each.author)
        kept = [
            (serial, without(purge, said))
            for serial, said in self._said
            if not purge.covers(said)
        ]
        self._said.clear()
        self._said.extend(kept)
        return erased

    def _forget_reactions(self) -> None:
        """Of messages that are not there any more."""
        there = {(fold(said.room), said.id) for _, said in self._said}
        self._reacted = {
            what: authors
            for what, authors in self._reacted.items()
            if what[:2] in there
        }

    def has_reacted(
        self, room: str, id: int, reaction: str, authors: tuple[int, int]
    ) -> Deferred[bool]:
        here = self._reacted.get((fold(room), id, reaction), set())
        return succeed(not here.isdisjoint(authors))

    def open(self, room: str) -> Tail:
        key = fold(room)
        self._open.add(key)
        known = self._rooms.get(key)
        if known is None:
            known = self._rooms[key] = _Room(Tail(self._per_room), self._serial)
        return known.tail

    def append_fleeting(self, message: Said) -> None:
        self.append(message)

    def keep_fleeting(self, room: str) -> None:
        """Nothing lasts here."""

    def close(self, room: str, unkept: Container[int] = ()) -> None:
        key = fold(room)
        self._open.discard(key)
        if self._rooms[key].tail.drop(unkept):
            said = [
                each
                for each in self._said
                if fold(each[1].room) != key or each[1].id not in unkept
            ]
            self._said.clear()
            self._said.extend(said)
        if not self._rooms[key].tail.messages:
            del self._rooms[key]

    def forget(self, rooms: Iterable[str]) -> None:
        gone = set(rooms)
        for key in gone:
            self._rooms.pop(key, None)
        for what in [each for each in self._reacted if each[0] in gone]:
            del self._reacted[what]

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
        # What was said in a room before it was forgotten, or shed, isn't found.
        first = {
            key: (known.since, known.tail.messages[0].id)
            for key in map(fold, rooms)
            if (known := self._rooms.get(key)) and known.tail.messages
        }
        page: list[tuple[int, Said]] = []
        for serial, message in reversed(self._said):
            since, id = first.get(fold(message.room), (LAST, LAST))
            if (
                (before is None or serial < before)
                and since < serial
                and id <= message.id
                and matches(wanted, message.text)
            ):
                if len(page) == n:
                    return succeed(Found(page, True))
                page.append((serial, message))
        return succeed(Found(page, False))

    def count(
        self, after: Mapping[str, int], unheard: Unheard, most: int
    ) -> Deferred[dict[str, int]]:
        counts = {}
        for room, id in after.items():
            newer = (m for m in self._messages(room) if m.id > id)
            counts[room] = min(most, sum(not unheard.hides(m) for m in newer))
        return succeed(counts)

    def naming(
        self, after: Mapping[str, int], words: Sequence[str]
    ) -> Deferred[list[Said]]:
        wanted = [word.lower() for word in words]
        found = [
            message
            for room, id in after.items()
            for message in self._messages(room)
            if message.id > id and any(word in message.text.lower() for word in wanted)
        ]
        found.sort(key=lambda message: (message.at, message.id), reverse=True)
        return succeed(found[:MAX_NAMING])

    def purge(
        self, now: float, last_ids: Mapping[str, int]
    ) -> Deferred[list[tuple[str, int]]]:
        for tail, _ in self._rooms.values():
            tail.cut(self._per_room)
        if self._age is not None:
            before = now - self._age
            while self._said and self._said[0][1].at < before:
                self._said.popleft()
            for tail, _ in self._rooms.values():
                tail.forget(before)
        if self._private_age is not None:
            for key, (tail, _) in self._rooms.items():
                if is_conversation(key):
                    tail.forget(now - self._private_age)
        self._drop_empty()
        rooms = self._rooms
        return succeed([each for each in last_ids.items() if each[0] not in rooms])

    def _messages(self, room: str) -> Sequence[Said]:
        known = self._rooms.get(fold(room))
        return known.tail.messages if known is not None else ()

    def _shed(self) -> None:
        """Make room: the rooms that have been silent for longest lose all."""
        tails = [tail for tail, _ in self._rooms.values() if tail.messages]
        tails.sort(key=lambda tail: tail.messages[-1].at)
        count = sum(len(tail.messages) for tail in tails)
        for tail in tails:
            if count <= self._in_all:
                break
            count -= len(tail.messages)
            tail.messages.clear()
        self._drop_empty()

    def _drop_empty(self) -> None:
        """Drop the rooms that are not in use and have nothing left."""
        empty = [key for key, (tail, _) in self._rooms.items() if not tail.messages]
        for key in empty:
            if key not in self._open:
                del self._rooms[key]


if TYPE_CHECKING:
    from .base import History

    def _conforms(history: MemoryHistory) -> History:
        return history
