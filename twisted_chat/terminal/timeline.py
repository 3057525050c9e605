"""What was said in one conversation, as far as it is loaded.

The messages of a room have ids that grow.  What is loaded is a window on its history:
there may be older messages, and, after a jump into the past, newer ones.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import NamedTuple

MOST = 400


class Kind(Enum):
    MESSAGE = "message"
    ACTION = "action"
    PROGRAM = "program"
    PRESENCE = "presence"
    INFO = "info"
    ERROR = "error"


class Mark(NamedTuple):
    """One kind of reaction: of how many people, and who some of them are."""

    reaction: str
    total: int
    nicks: tuple[str, ...]


class More(NamedTuple):
    """What there is to a message beside its words.

    :ivar reply_to: the id of what it answers; 0: nothing.
    :ivar deleted_by: who deleted it; empty: nobody.
    """

    reply_to: int = 0
    changed: bool = False
    deleted_by: str = ""
    marks: tuple[Mark, ...] = ()


PLAIN = More()


class Item:
    """One thing that a timeline shows; never changed, and equal only to itself.

    :ivar id: the message's id in its room; 0 where there is none.
    :ivar mention: whether it is addressed to whoever reads it.
    :ivar more: what else there is to a message; the same `PLAIN` for most.
    :ivar came: for PRESENCE, who came, and `went`, who left.
    """

    __slots__ = (
        *("at", "came", "id", "kind", "mention", "more", "nick", "text", "went"),
    )

    def __init__(
        self,
        kind: Kind,
        at: datetime | None,
        text: str = "",
        nick: str = "",
        id: int = 0,
        mention: bool = False,
        came: tuple[str, ...] = (),
        went: tuple[str, ...] = (),
        more: More = PLAIN,
    ) -> None:
        self.kind = kind
        self.at = at
        self.text = text
        self.nick = nick
        self.id = id
        self.mention = mention
        self.came = came
        self.went = went
        self.more = more

    def changed(self, text: str, more: More) -> Item:
        """The same message, which says something else now."""
        return Item(
            self.kind, self.at, text, self.nick, self.id, self.mention, more=more
        )


class Timeline:
    """:ivar older: whether there may be more before.
    :ivar newer: whether what came after the last item isn't loaded.
    :ivar last_id: the highest id that was ever heard of.
    """

    def __init__(self, older: bool) -> None:
        self.items: list[Item] = []
        self.older = older
        self.newer = False
        self.last_id = 0

    def add(self, item: Item) -> bool:
        """Add what happened, or was said and is shown again.

        :returns: whether it is news.
        """
        if item.id and item.id <= self.last_id:
            if not self._restarted(item):
                self._fill(item)
                return False
            self.forget_ids()
        self.last_id = max(self.last_id, item.id)
        if not self.newer:
            self.items.append(item)
            self._trim()
        return True

    def add_presence(self, at: datetime | None, came: str, went: str) -> None:
        """Somebody came or went: joined with others with nothing between them.

        Who comes and goes leaves nothing behind.
        """
        if self.newer:
            return
        last = self.items[-1] if self.items else None
        if last is None or last.kind is not Kind.PRESENCE:
            came_all, went_all = _folded(None, came, went)
        else:
            self.items.pop()
            came_all, went_all = _folded(last, came, went)
        if came_all or went_all:
            self.items.append(Item(Kind.PRESENCE, at, came=came_all, went=went_all))
            self._trim()

    def find(self, id: int) -> Item | None:
        """The message with that id, if it is loaded."""
        return next((item for item in reversed(self.items) if item.id == id), None)

    def ids(self) -> list[int]:
        return [item.id for item in self.items if item.id]

    def load_older(self, items: Iterable[Item], more: bool) -> None:
        first = next(iter(self.ids()), None)
        new = [item for item in items if first is None or item.id < first]
        self.items[:0] = new
        self.older = more
        if len(self.items) > MOST:
            del self.items[MOST:]
            self.newer = True

    def load_newer(self, items: Iterable[Item], more: bool) -> None:
        last = max(self.ids(), default=0)
        new = [item for item in items if item.id > last]
        self.items += new
        self.newer = more
        if new:
            self.last_id = max(self.last_id, new[-1].id)
        self._trim()

    def load(self, items: Iterable[Item], older: bool, newer: bool) -> None:
        """Put `items` in place of all."""
        self.items = list(items)
        self.older, self.newer = older, newer
        self.last_id = max(self.last_id, *self.ids(), 0)

    def cut(self, first: int) -> None:
        """Let go of what was said before the message `first`."""
        self.items = [item for item in self.items if item.id >= first]
        self.older = True

    def forget_ids(self) -> None:
        """The server counts anew: what it said before has no ids any more."""
        for item in self.items:
            item.id = 0
        self.last_id = 0
        self.older = False

    def shrink(self, most: int) -> None:
        """Let go of all but the last so many items."""
        if len(self.items) > most and not self.newer:
            self._trim(most)

    def _trim(self, most: int = MOST) -> None:
        if len(self.items) > most:
            dropped = self.items[: -most // 2]
            del self.items[: -most // 2]
            self.older = self.older or any(item.id for item in dropped)

    def _fill(self, item: Item) -> None:
        """Put an older message where it belongs, unless it is there."""
        ids = self.ids()
        if item.id in ids or not ids or item.id < ids[0]:
            return
        place = bisect_left(ids, item.id)
        if place < len(ids):
            after = next(n for n, x in enumerate(self.items) if x.id == ids[place])
            self.items.insert(after, item)

    def _restarted(self, item: Item) -> bool:
        """Whether the server has begun to count anew: it kept nothing."""
        for known in reversed(self.items):
            if known.id and known.at and item.at:
                return item.id <= known.id and item.at > known.at
        return False


def _folded(
    last: Item | None, came: str, went: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    here = dict.fromkeys(last.came if last else ())
    gone = dict.fromkeys(last.went if last else ())
    if came and came in gone:
        del gone[came]
    elif came:
        here[came] = None
    if went and went in here:
        del here[went]
    elif went:
        gone[went] = None
    return tuple(here), tuple(gone)
