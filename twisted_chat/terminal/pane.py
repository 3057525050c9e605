"""The messages on the screen: which part of a timeline, and scrolling."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from .cells import Row, Style, fit
from .rooms import Conversation, Quote
from .show import Shape, day_row, rows_for, rule
from .timeline import Item

_Key = tuple[Item | None, Item | None, Shape, bool, bool, Quote | None]


class Pane:
    """Shows the end of a conversation, or, scrolled back, another part of it.

    The rows of an item are made once, and kept while it is on the screen.
    """

    def __init__(self) -> None:
        self._made: dict[Item, tuple[_Key, list[Row]]] = {}
        self._kept: dict[Item, tuple[_Key, list[Row]]] = {}

    def rows(
        self, where: Conversation, height: int, columns: int, names: tuple[str, ...]
    ) -> list[Row]:
        """What is on the screen: `height` rows."""
        shape = Shape.of(columns, names)
        self._kept, self._made = self._made, {}
        shown: list[Row] = []
        for _, _, row in islice(self._upward(where, shape), height):
            shown.append(row)
        self._kept = {}
        empty = fit((), columns)
        return [empty] * (height - len(shown)) + shown[::-1]

    def shows(self, item: Item) -> bool:
        """Whether `item` was on the screen when that was painted last."""
        return item in self._made

    def up(
        self,
        where: Conversation,
        rows: int,
        height: int,
        columns: int,
        names: tuple[str, ...],
    ) -> bool:
        """Scroll back; False when the beginning of what is loaded is shown."""
        shape = Shape.of(columns, names)
        seen = [
            (item, hidden)
            for (item, hidden, _), _ in zip(
                self._upward(where, shape), range(height + rows), strict=False
            )
        ]
        start = min(rows, len(seen) - height)
        if start > 0:
            where.anchor = seen[start]
        return len(seen) == height + rows

    def down(
        self, where: Conversation, rows: int, columns: int, names: tuple[str, ...]
    ) -> bool:
        """Scroll on; False when the end of what is loaded is shown."""
        if where.anchor is None:
            return False
        shape = Shape.of(columns, names)
        item, hidden = where.anchor
        items = where.timeline.items
        if item not in items:
            where.anchor = None
            return False
        place = items.index(item)
        left = rows - hidden
        while left > 0 and place + 1 < len(items):
            place += 1
            left -= len(self._rows_of(where, place, shape))
        if left > 0 or (left == 0 and place + 1 == len(items)):
            where.anchor = (items[-1], 0) if where.timeline.newer else None
            return False
        where.anchor = (items[place], -left)
        return True

    def _upward(
        self, where: Conversation, shape: Shape
    ) -> Iterator[tuple[Item, int, Row]]:
        """Rows from the last one shown on upward, each with the item that it is of
        and how many rows of that item are below."""
        items = where.timeline.items
        place, hidden = len(items) - 1, 0
        if where.anchor is not None:
            if where.anchor[0] in items:
                place, hidden = items.index(where.anchor[0]), where.anchor[1]
            else:
                where.anchor = None
        while place >= 0:
            rows = self._rows_of(where, place, shape)
            for below in range(hidden, len(rows)):
                yield items[place], below, rows[-1 - below]
            place, hidden = place - 1, 0

    def _rows_of(self, where: Conversation, place: int, shape: Shape) -> list[Row]:
        items = where.timeline.items
        item, before = items[place], items[place - 1] if place else None
        reply_to = item.more.reply_to
        key = (
            before,
            _dated(items, place),
            shape,
            _same(item, where.marker),
            _same(item, where.found),
            where.quote(reply_to, place) if reply_to else None,
        )
        made = self._made.get(item) or self._kept.get(item)
        if made is None or made[0] != key:
            made = key, self._make(item, *key)
        self._made[item] = made
        return made[1]

    def _make(
        self,
        item: Item,
        before: Item | None,
        dated: Item | None,
        shape: Shape,
        unread: bool,
        found: bool,
        quote: Quote | None,
    ) -> list[Row]:
        rows: list[Row] = []
        if (day := day_row(item, dated, shape.columns)) is not None:
            rows.append(day)
        if unread:
            rows.append(rule("new", shape.columns, Style.NEW))
        rows += rows_for(item, before, shape, found, quote)
        return [fit(row, shape.columns) for row in rows]


def _dated(items: list[Item], place: int) -> Item | None:
    """The last item before `place` that has a time."""
    while place and items[place - 1].at is None:
        place -= 1
    return items[place - 1] if place else None


def _same(item: Item, other: Item | None) -> bool:
    """Whether both are the same message, which may have been loaded again."""
    return item is other or bool(other and item.id and item.id == other.id)
