"""What was done to messages a moment ago, which somebody who reads may not see yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ..clock import Clock
from ..storage.changes import CHANGES, Change
from ..storage.writes import MoveRoom, moved

MEMORY = 10.0
"""Seconds: past the time that reading a page, or a search, takes."""


class Lately:
    """Changes of the last `MEMORY` seconds, in order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changes: deque[tuple[float, Change]] = deque()

    def add(self, change: Change) -> None:
        self._drop_old()
        self._changes.append((self._clock.seconds(), change))

    def clear(self) -> None:
        """All of it is undone."""
        self._changes.clear()

    def move(self, move: MoveRoom) -> None:
        """The room is called otherwise now."""
        for place, (at, change) in enumerate(self._changes):
            after = moved(change, move)
            assert isinstance(after, CHANGES)
            self._changes[place] = at, after

    def __iter__(self) -> Iterator[Change]:
        self._drop_old()
        return iter([change for _, change in self._changes])

    def _drop_old(self) -> None:
        before = self._clock.seconds() - MEMORY
        while self._changes and self._changes[0][0] < before:
            self._changes.popleft()
