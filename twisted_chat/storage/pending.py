"""What waits to be brought to the tables."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import islice
from typing import NamedTuple

from ..events import Said
from .writes import Write


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
            for about in list(islice(self.writes, most)):
                piece.writes[about] = self.writes.pop(about)
        return piece
