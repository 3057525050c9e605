"""The latest messages of rooms, at hand without asking anybody."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, MutableSequence
from typing import NamedTuple

from ..events import Said
from ..names import fold
from ..storage.changes import Change, DeleteMessage, changed, concerns
from ..storage.purges import Purge, Withdrawn, withdraw

SHOWN_AGAIN = 20
"""Messages that newcomers to a room are shown."""


class Erased(NamedTuple):
    """What was at hand of what a purge deletes."""

    messages: list[Said]
    reactions: list[Withdrawn]

    @classmethod
    def of(cls, tails: Iterable[Tail], purge: Purge) -> Erased:
        """Drop it from all of `tails`."""
        all_erased = [tail.erase(purge) for tail in tails]
        return cls(
            [said for erased in all_erased for said in erased.messages],
            [each for erased in all_erased for each in erased.reactions],
        )


class Tail:
    """The latest messages of a room, at hand without asking anybody.

    :param most: how many there are at most.
    :ivar complete: false while there may be more than these that have to be
        asked for.
    """

    __slots__ = ("append", "complete", "messages")

    def __init__(self, most: int = SHOWN_AGAIN, complete: bool = True) -> None:
        self.messages: deque[Said] = deque(maxlen=most)
        self.append = self.messages.append
        self.complete = complete

    def fill(self, messages: Iterable[Said]) -> None:
        """Put those in front that were asked for."""
        if not self.complete:
            self.complete = True
            since = list(self.messages)
            self.messages.clear()
            older = (m for m in messages if not since or m.id < since[0].id)
            self.messages.extend(older)
            self.messages.extend(since)

    def rename(self, name: str) -> None:
        """Its room is called `name` now."""
        for place, said in enumerate(self.messages):
            self.messages[place] = said._replace(room=name)

    def change(self, change: Change) -> None:
        """Let a message be as `change` says, and the quotes of it."""
        change_all(self.messages, change)

    def erase(self, purge: Purge) -> Erased:
        """Drop what `purge` covers, and what others quote of it; return that."""
        gone = [m for m in self.messages if purge.covers(m)]
        self.drop({m.id for m in gone})
        for m in gone:
            self.change(DeleteMessage(fold(m.room), m.id, "", 0.0))
        reactions: list[Withdrawn] = []
        for place, m in enumerate(self.messages):
            if found := withdraw(purge, m):
                self.messages[place] = found[-1].said
                reactions += found
        return Erased(gone, reactions)

    def cut(self, most: int) -> None:
        """Drop all but the newest `most`."""
        while len(self.messages) > most:
            self.messages.popleft()

    def drop(self, unkept: Container[int]) -> bool:
        """Drop the messages with these ids; return whether there were any."""
        kept = [m for m in self.messages if m.id not in unkept]
        dropped = len(kept) < len(self.messages)
        if dropped:
            self.messages.clear()
            self.messages.extend(kept)
        return dropped

    def forget(self, before: float) -> None:
        """Drop what was said before that time, in seconds of the wall clock."""
        while self.messages and self.messages[0].at < before:
            self.messages.popleft()


def change_all(messages: MutableSequence[Said], change: Change) -> None:
    """Do what `change` says to those of `messages` that it concerns."""
    for place, said in enumerate(messages):
        if concerns(change, said):
            messages[place] = changed(change, said)
