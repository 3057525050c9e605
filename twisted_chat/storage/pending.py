"""What waits to be brought to the tables."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import chain, islice
from typing import NamedTuple

from ..events import Said
from ..names import fold
from .writes import MoveRoom, Write, moved, subject


class Batch(NamedTuple):
    """What goes to the tables in one transaction.

    :ivar writes: what is not a message.  They come after all messages of the turns
        before them and of their own, in order.
    """

    messages: Sequence[Said]
    writes: Sequence[Write] = ()


class Pending:
    """Messages, and writes by what they are about, each in order."""

    __slots__ = ("messages", "writes")

    def __init__(self) -> None:
        self.messages: list[Said] = []
        self.writes: dict[Hashable, Write] = {}

    def __bool__(self) -> bool:
        return bool(self.messages or self.writes)

    def add(self, about: Hashable, write: Write) -> None:
        """Add `write`, in place of an earlier one about the same thing."""
        self.writes.pop(about, None)
        self.writes[about] = write

    def take(self, newer: Pending) -> None:
        """Move all of `newer` behind what is here."""
        self.messages += newer.messages
        newer.messages.clear()
        for about, write in newer.writes.items():
            self.add(about, write)
        newer.writes.clear()

    def put_back(self, older: Pending) -> None:
        """Put all of `older` before what is here."""
        self.messages[:0] = older.messages
        newer, self.writes = self.writes, older.writes
        for about, write in newer.items():
            self.add(about, write)

    def move(self, move: MoveRoom) -> None:
        """Let all that is here be about the room as it is called now.

        In place: others have a hold of the list.
        """
        for place, said in enumerate(self.messages):
            if said.id <= move.upto and fold(said.room) == move.key:
                self.messages[place] = said._replace(room=move.name)
        writes, self.writes = self.writes, {}
        for about, write in writes.items():
            after = moved(write, move)
            self.add(about if after is write else subject(after), after)

    def batch(self) -> Batch:
        """All of it."""
        return Batch(self.messages, tuple(self.writes.values()))

    def cut(self, most: int) -> Pending:
        """Take out up to `most` of the oldest messages, and of the writes.

        Writes stay while messages are left: what a write says about the messages
        before it would not be true yet.
        """
        piece = Pending()
        piece.messages = self.messages[:most]
        del self.messages[:most]
        if not self.messages:
            # What a room is called, before what is about the room by that name.
            first = [a for a, w in self.writes.items() if isinstance(w, MoveRoom)]
            others = (a for a in self.writes if a not in first)
            for about in list(islice(chain(first, others), most)):
                piece.writes[about] = self.writes.pop(about)
        return piece
