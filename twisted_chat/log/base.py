"""What the hub asks of a log.

A log gives what is proposed one order and a time, and hands it to the hub's `apply` in
that order.  It knows nothing of the chat.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias, TypeVar

from ..outcomes import Outcome

E_contra = TypeVar("E_contra", contravariant=True)
E = TypeVar("E")

Apply: TypeAlias = Callable[[E, float], None]
"""Applies an entry, or raises; the time is in seconds since the epoch."""

Refused: TypeAlias = Callable[[Exception], object]
"""Is told what `Apply` raised; raises nothing."""

Within: TypeAlias = AbstractContextManager[object]


class Log(Protocol[E_contra]):
    """Gives entries their order and time.  Times never go back.

    :ivar at_once: what is proposed is applied before `propose` returns, so that who
        take its `time` and does as `apply` would has done the same.
    :ivar lag: for how many seconds, at least, something has been in the log that is
        still to be applied here.
    :ivar full: so much waits to be applied that doors should wait for what they have
        asked for before they ask for more.
    """

    @property
    def at_once(self) -> bool: ...

    @property
    def lag(self) -> float: ...

    @property
    def full(self) -> bool: ...

    def propose(self, entry: E_contra, within: Within | None = None) -> Outcome:
        """Have `entry` applied.

        Where the log is in this process that is done on return, and what `apply`
        raises is raised.  Else there is a Deferred, which fires after it has been
        applied here and fails with what `apply` raised.

        :param within: is entered while it is applied here, and at no other time.
        """

    def submit(self, entry: E_contra, refused: Refused) -> None:
        """As `propose`, for what nobody waits for, but for `settled`.

        What would fail the Deferred `refused` is told, also where that is known at
        once.
        """

    def settled(self) -> Outcome:
        """Fires when all that was proposed here up to now is applied or has failed."""

    def time(self) -> float:
        """The time that an entry would have now, in seconds since the epoch."""
