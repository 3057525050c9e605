"""The log of a server that is alone: at once, in the process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic

from .base import Apply, E, Refused, Within

if TYPE_CHECKING:
    from .base import Log


class LocalLog(Generic[E]):
    """No queue and no Deferred: what is proposed is applied.

    :param wall: the wall clock, in seconds since the epoch; it may go back.
    """

    at_once = True
    lag = 0.0
    full = False
    __slots__ = ("_apply", "_at", "_wall")

    def __init__(self, apply: Apply[E], wall: Callable[[], float]) -> None:
        self._apply = apply
        self._wall = wall
        self._at = 0.0

    def propose(self, entry: E, within: Within | None = None) -> None:
        """As `Log.propose`."""
        if within is None:
            self._apply(entry, self.time())
        else:
            with within:
                self._apply(entry, self.time())

    def submit(self, entry: E, refused: Refused) -> None:
        """As `Log.submit`."""
        try:
            self._apply(entry, self.time())
        except Exception as error:
            refused(error)

    def settled(self) -> None:
        """As `Log.settled`."""

    def time(self) -> float:
        """As `Log.time`."""
        at = self._wall()
        if at < self._at:
            return self._at
        self._at = at
        return at


if TYPE_CHECKING:

    def _conforms(log: LocalLog[E]) -> Log[E]:
        return log
