"""A node's way to the keeper: slow, and now and then it loses something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred

from twisted_chat.clock import Clock
from twisted_chat.log.stream import (
    WAIT,
    Away,
    Book,
    Epoch,
    Member,
    Position,
    Record,
    Report,
    Stream,
    StreamError,
)

from .clock import WorldClock
from .keeper import Keeper

T = TypeVar("T")
TIMEOUT = 2.0


@dataclass
class Faults:
    """How bad the network is.

    :ivar lost: the share of requests, and of answers, that never arrive.
    :ivar slow: the share that takes up to a second.
    """

    lost: float = 0.0
    slow: float = 0.0


class SimStream:
    """A `Stream` over a network that isn't there.

    :ivar asked: the calls of `append` and `renew`, and when they were made.
    :param clock: the world's; `mine`: the node's own, which stands still with it.
    """

    def __init__(
        self,
        keeper: Keeper,
        clock: WorldClock,
        mine: Clock,
        random: Random,
        faults: Faults,
    ) -> None:
        self._keeper = keeper
        self._clock = clock
        self._mine = mine
        self._random = random
        self._faults = faults
        self._known = 0
        self._there = self._here = 0.0
        self.asked: list[tuple[float, str]] = []
        self._open: dict[Deferred[Any], None] = {}

    # The network

    def cut(self) -> None:
        """The connection is lost; what is under way may arrive all the same."""
        for call in list(self._open):
            self._mine.callLater(0, self._answer, call, Away("cut off"))

    def _delay(self) -> float | None:
        dice = self._random.random()
        if dice < self._faults.lost:
            return None
        slow = dice < self._faults.lost + self._faults.slow
        return self._random.uniform(0.001, 1.0 if slow else 0.01)

    def _call(
        self, do: Callable[[], T], wait: Callable[[T], bool] | None = None
    ) -> Deferred[T]:
        """Have the keeper do something.

        :param wait: whether a result isn't worth an answer yet.
        """
        call: Deferred[T] = Deferred()
        self._open[call] = None
        self._mine.callLater(TIMEOUT + WAIT, self._answer, call, Away("no answer"))
        delay = self._delay()
        if delay is not None:
            at = self._clock.seconds() + delay
            if wait is None:
                at = self._there = max(self._there, at)
            late = at - self._clock.seconds()
            self._clock.callLater(late, self._arrive, call, do, wait)
        return call

    def _arrive(
        self,
        call: Deferred[T],
        do: Callable[[], T],
        wait: Callable[[T], bool] | None,
        until: float = -1.0,
    ) -> None:
        now = self._clock.seconds()
        result: T | StreamError | ValueError
        try:
            if not self._keeper.up:
                raise Away("refused")
            result = do()
        except (StreamError, ValueError) as error:
            result = error
        else:
            until = now + WAIT if until < 0 else until
            if wait is not None and wait(result) and now < until:
                self._keep_waiting(lambda: self._arrive(call, do, wait, until), until)
                return
        delay = self._delay()
        if delay is not None:
            at = now + delay
            if wait is None:
                at = self._here = max(self._here, at)
            self._mine.callLater(at - now, self._answer, call, result)

    def _keep_waiting(self, again: Callable[[], None], until: float) -> None:
        """Once more when there is a record, or at the end."""
        readers = self._keeper.readers

        def wake() -> None:
            if wake in readers:
                readers.remove(wake)
            if timeout.active():
                timeout.cancel()
            again()

        timeout = self._clock.callLater(until - self._clock.seconds(), wake)
        readers.append(wake)

    def _answer(self, call: Deferred[T], result: T | StreamError | ValueError) -> None:
        if self._open.pop(call, self) is None:
            if isinstance(result, (StreamError, ValueError)):
                call.errback(result)
            else:
                call.callback(result)

    def _note(self, book: Book) -> Book:
        self._known = book.generation
        return book

    # Stream

    def look(self) -> Deferred[Book]:
        return self._call(self._keeper.look).addCallback(self._note)

    def enter(self, name: str) -> Deferred[Member]:
        keeper = self._keeper
        both = self._call(lambda: (keeper.enter(name), keeper.book()))

        def entered(found: tuple[Member, Book]) -> Member:
            self._note(found[1])
            return found[0]

        return both.addCallback(entered)

    def append(self, node: int, sequence: int, body: bytes) -> Deferred[None]:
        known = self._known
        self.asked.append((self._mine.seconds(), "append"))
        return self._call(lambda: self._keeper.append(known, node, sequence, body))

    def read(self, after: Position, most: int = 500) -> Deferred[list[Record]]:
        if self._random.random() < self._faults.slow:
            after = Position(after.ms - 1000, 0)  # what is repeated must be ignored
        return self._call(
            lambda: self._keeper.read(after, most), lambda records: not records
        )

    def renew(self, node: int, position: Position) -> Deferred[Book]:
        known = self._known
        self.asked.append((self._mine.seconds(), "renew"))
        return self._call(lambda: self._keeper.renew(known, node, position))

    def expel(self, node: int, body: bytes) -> Deferred[bool]:
        known = self._known
        return self._call(lambda: self._keeper.expel(known, node, body))

    def leave(self, node: int, body: bytes) -> Deferred[None]:
        known = self._known
        return self._call(lambda: self._keeper.leave(known, node, body))

    def put_snapshot(self, position: Position, data: bytes) -> Deferred[None]:
        known = self._known
        return self._call(lambda: self._keeper.put_snapshot(known, position, data))

    def snapshot(
        self, upto: Position | None = None
    ) -> Deferred[tuple[Position, bytes] | None]:
        return self._call(lambda: self._keeper.snapshot(upto))

    def trim(self, before: Position) -> Deferred[None]:
        known = self._known
        return self._call(lambda: self._keeper.trim(known, before))

    def report(
        self, name: str, generation: int, position: Position, others: Sequence[str]
    ) -> Deferred[tuple[Report, ...]]:
        return self._call(
            lambda: self._keeper.report(name, generation, position, others)
        )

    def open(
        self,
        generation: int,
        position: Position,
        data: bytes,
        body: bytes,
        members: Sequence[Epoch] = (),
    ) -> Deferred[None]:
        keeper = self._keeper

        def opened(result: None) -> None:
            self._known = generation + 1

        asked = self._call(
            lambda: keeper.open(generation, position, data, body, members)
        )
        return asked.addCallback(opened)


if TYPE_CHECKING:

    def _conforms(stream: SimStream) -> Stream:
        return stream
