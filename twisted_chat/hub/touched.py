"""What was done to messages a moment ago, and may not be in every file yet."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from ..events import ChatError
from ..storage.purges import Purge
from .entries import Facts

MEMORY = 60.0
"""Seconds for which it is known."""

FRESH = 30.0
"""Seconds after which what a session has found counts no more."""

MAX_TOUCHED = 10_000

Place: TypeAlias = tuple[str, int]
"""A room's folded name, and the id of a message there."""


class TouchedData(NamedTuple):
    """As in `Touched`, for a snapshot."""

    room: str
    id: int
    at: float
    text: str
    deleted: bool
    kinds: int
    totals: tuple[tuple[str, int], ...]
    mine: tuple[tuple[str, int, float], ...]


class _Message:
    """:ivar totals: how many have a reaction; of those that were changed.
    :ivar mine: since when an author has one, likewise; 0: they have it no more.
    """

    __slots__ = ("at", "deleted", "kinds", "mine", "text", "totals")

    def __init__(self, facts: Facts) -> None:
        self.at = facts.seen
        self.text = facts.text
        self.deleted = facts.deleted
        self.kinds = facts.kinds
        self.totals: dict[str, int] = {}
        self.mine: dict[tuple[str, int], float] = {}


class Touched:
    """State of the hub: so two entries that knew nothing of each other come out alike.

    Each entry has what its session found in its own file.  Of what was done since, the
    file may know nothing yet.
    """

    def __init__(self) -> None:
        self._messages: OrderedDict[Place, _Message] = OrderedDict()
        self._since = 0.0

    def judge(
        self, place: Place, facts: Facts, at: float, reaction: str, authors: set[int]
    ) -> Facts:
        """What is so of a message, by `facts` and what is known here.

        :raises ChatError: 263 where they are too old to tell.
        """
        if facts.seen < max(self._since, at - FRESH):
            raise ChatError(263, "That took too long; try again")
        known = self._messages.get(place)
        if known is None:
            return facts
        mine = [known.mine.get((reaction, author)) for author in sorted(authors)]
        told = [each for each in mine if each is not None]
        return facts._replace(
            text=known.text,
            deleted=known.deleted,
            kinds=known.kinds,
            total=known.totals.get(reaction, facts.total),
            mine=any(told) if told else facts.mine,
        )

    def is_deleted(self, place: Place) -> bool:
        """Whether it is known that the message was deleted."""
        known = self._messages.get(place)
        return known is not None and known.deleted

    def changed(self, place: Place, facts: Facts, at: float) -> None:
        """The message is as `facts` say, from now on."""
        self._put(place, facts, at)

    def reacted(
        self, place: Place, facts: Facts, at: float, reaction: str, author: int
    ) -> None:
        """As `changed`; the reaction and its author are those that `facts` tell of."""
        message = self._put(place, facts, at)
        message.totals[reaction] = facts.total
        message.mine[reaction, author] = at if facts.mine else 0.0

    def erase(self, purge: Purge) -> None:
        """The reactions are gone that `purge` deletes."""
        for (room, _), message in self._messages.items():
            if purge.room not in ("", room):
                continue
            told = {kind for kind, who in message.mine if who in purge.numbers}
            for (reaction, author), since in message.mine.items():
                if since and purge.takes(author, since, room):
                    message.mine[reaction, author] = 0.0
                    left = message.totals[reaction] = message.totals[reaction] - 1
                    message.kinds -= not left
            # Of an older one they may have the files know, after the purge.
            message.totals = {
                kind: total for kind, total in message.totals.items() if kind in told
            }

    def _put(self, place: Place, facts: Facts, at: float) -> _Message:
        message = self._messages.pop(place, None) or _Message(facts)
        message.at, message.text, message.deleted = at, facts.text, facts.deleted
        message.kinds = facts.kinds
        self._messages[place] = message
        while True:
            first = next(iter(self._messages))
            oldest = self._messages[first].at
            if oldest > at - MEMORY and len(self._messages) <= MAX_TOUCHED:
                return message
            del self._messages[first]
            if oldest > at - MEMORY:
                self._since = oldest

    def forget(self, rooms: Iterable[str]) -> None:
        """These rooms, by their folded names, are new ones from now on."""
        gone = set(rooms)
        for place in [each for each in self._messages if each[0] in gone]:
            del self._messages[place]

    def renamed(self, old: str, new: str) -> None:
        """The room with the folded name `old` has the folded name `new` now."""
        self._messages = OrderedDict(
            ((new if room == old else room, id), known)
            for (room, id), known in self._messages.items()
        )

    def levels(self) -> Iterator[TouchedData]:
        """All that is known, the oldest first."""
        for (room, id), known in self._messages.items():
            yield TouchedData(
                room,
                id,
                known.at,
                known.text,
                known.deleted,
                known.kinds,
                tuple(sorted(known.totals.items())),
                tuple(sorted((*key, value) for key, value in known.mine.items())),
            )

    @property
    def since(self) -> float:
        """Before that, in seconds of the wall clock, something may be missing."""
        return self._since

    def restore(self, since: float, levels: Iterable[TouchedData]) -> None:
        """Go on from what `levels` gave."""
        self._since = since
        self._messages.clear()
        for room, id, at, text, deleted, kinds, totals, mine in levels:
            facts = Facts(0, "", 0.0, text, deleted, kinds, 0, False, at)
            message = self._messages[room, id] = _Message(facts)
            message.totals = dict(totals)
            message.mine = {(reaction, who): since for reaction, who, since in mine}
