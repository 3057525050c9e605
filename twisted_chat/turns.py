"""When a turn ends: how long what many say is collected before it is delivered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

from .clock import Clock

CallSoon: TypeAlias = Callable[..., object]
"""Is given what to call, and with what."""

QUIET: Final = 8
"""Turns with one event each after which no second one is expected."""

PAUSE: Final = 0.001
"""Seconds between two looks at a log."""


class Turns:
    """Ends turns, so that those who speak at once share writes.

    :param clock: makes calls later.
    :param has_several: whether more than one event is to be delivered.
    :param is_shared: whether what is said comes from a log of several servers.
    :param call_soon: makes a call once what has come is read; by default `clock` does.
    """

    def __init__(
        self,
        clock: Clock,
        has_several: Callable[[], bool],
        is_shared: Callable[[], bool],
        call_soon: CallSoon | None = None,
    ) -> None:
        self._clock = clock
        self._has_several = has_several
        self._is_shared = is_shared
        self._call_soon: CallSoon = call_soon or partial(clock.callLater, 0)
        self._quiet = 0
        self._until: float | None = None
        self._took = 0.0

    def at_end(self, flush: Callable[[], None]) -> None:
        """Call `flush` when what has come is read, and where many speak a little later.

        Many who speak at once are not all heard in one look at the sockets: what a
        second one brings, which doesn't wait, shares the writes of the first.  Where
        that brought nothing for some turns it is left out, until a first look brings
        several messages: an eighth of what a message costs that comes alone.
        """
        self._call_soon(self._looked_once, flush)

    def _looked_once(self, flush: Callable[[], None]) -> None:
        if self._quiet < QUIET or self._has_several():
            self._call_soon(self._looked_twice, flush)
        else:
            self._end(flush)

    def _looked_twice(self, flush: Callable[[], None]) -> None:
        self._quiet = 0 if self._has_several() else self._quiet + 1
        self._end_unless_more_comes(flush)

    def _end_unless_more_comes(self, flush: Callable[[], None]) -> None:
        """Wait for more of a log, half as long as the latest turn took to deliver.

        What many have said at once comes from it in several records.  To deliver each
        to a thousand listeners takes much longer than to wait for the next one: with
        half as many writes a message takes 55 instead of 85 microseconds of CPU.
        """
        now = self._clock.seconds()
        if self._until is None:
            self._until = now + self._took / 2
        if self._until - now >= PAUSE and self._has_several() and self._is_shared():
            self._clock.callLater(PAUSE, self._end_unless_more_comes, flush)
        else:
            self._end(flush)

    def _end(self, flush: Callable[[], None]) -> None:
        self._until = None
        start = self._clock.seconds()
        flush()
        self._took = self._clock.seconds() - start
