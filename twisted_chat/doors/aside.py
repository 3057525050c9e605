"""How much of what a peer has sent waits, while what only asks overtakes it."""

from __future__ import annotations

from typing import Final

from ..limits import Allowance

MAX_ASIDE: Final = 64
"""How many frames of one peer may wait."""

OVERHEAD: Final = 100
"""In bytes: what a frame takes beside its own."""


class Aside:
    """How much of a queue's frames waits while it is suspended: the first `count`.

    :ivar holds: answers to what overtook them that are still to come.
    :param allowance: bytes, with an `OVERHEAD` for each frame, that they share with
        other queues.
    """

    __slots__ = ("_allowance", "_size", "count", "holds")

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._size = self.count = self.holds = 0

    @property
    def full(self) -> bool:
        return self.count >= MAX_ASIDE or (self.count > 0 and self._allowance.left <= 0)

    def put(self, frame: object) -> None:
        """The next frame of the queue waits too."""
        size = len(frame) if isinstance(frame, bytes | str) else 0
        self.count += 1
        self._size += size + OVERHEAD
        self._allowance.left -= size + OVERHEAD

    def end(self) -> None:
        """None of them waits any more."""
        self._allowance.left += self._size
