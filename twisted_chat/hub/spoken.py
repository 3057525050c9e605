"""A history for those who can't be shown what nobody said."""

from __future__ import annotations

from typing import TypeAlias

from twisted.internet.defer import Deferred

from ..events import Said
from ..history.base import History, Pages

AT_ONCE = 100
"""Messages that are looked at together."""

MOST_LOOKS = 10
"""After so many looks a page has what was found by then."""


class Spoken(Pages):
    """The messages of `history` without changes of the topic.

    A page is as full as it is asked for, so that an empty one means that there is no
    more, unless a thousand changes follow each other.
    """

    def __init__(self, history: History) -> None:
        self._history = history

    def id_at(self, room: str, at: float) -> Deferred[int]:
        """As `History.id_at`."""
        return self._history.id_at(room, at)

    def between(
        self, room: str, low: int, high: int, n: int, newest: bool = False
    ) -> Deferred[list[Said]]:
        """As `History.between`."""
        return Deferred.fromCoroutine(self._between(room, low, high, n, newest))

    async def _between(
        self, room: str, low: int, high: int, n: int, newest: bool
    ) -> list[Said]:
        found: list[Said] = []
        many = n
        for _ in range(MOST_LOOKS):
            page = await self._history.between(room, low, high, many, newest)
            said = [message for message in page if message.kind != "topic"]
            found = said + found if newest else found + said
            if len(page) < many or len(found) >= n:
                break
            low, high = (low, page[0].id) if newest else (page[-1].id, high)
            many = AT_ONCE
        return found[-n:] if newest else found[:n]


Pageable: TypeAlias = History | Spoken
"""What gives pages."""
