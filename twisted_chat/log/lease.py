"""What a node does every few seconds, to be one of the cluster."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..clock import Clock
from .machine import Machine
from .replica import Replica
from .state import Course
from .stream import BEGINNING, LEASE, Book, Member, Position, Stream

log = Logger()
E = TypeVar("E")

RENEW = 3.0
"""Seconds after which a lease is renewed."""

AGREEING = 15.0
"""Seconds for most nodes to say what they have, before they are asked again."""

TRIMMING = 20.0
"""Seconds after which what the stream needs no more is taken out of it, also where
nobody says anything: what was deleted is to be gone from it."""

MAX_HEADS = 100
"""How many ends of the log are remembered, each that a renewal found to be another."""


def silence(member: Member) -> float:
    """For how many seconds a node has not renewed."""
    return LEASE - member.left


class Lease(Generic[E]):
    """Renews a node's number, ends those of others, and keeps snapshots.

    :param propose: see `Log.propose`.
    :param snapshots: after how many seconds, or records, a new one is taken.
    """

    def __init__(
        self,
        stream: Stream,
        machine: Machine[E],
        replica: Replica[E],
        course: Course,
        clock: Clock,
        snapshots: tuple[float, int],
        propose: Callable[[E], Deferred[None]],
    ) -> None:
        self._propose = propose
        self._asked_at: float | None = None
        self._generation = 0
        self._stream = stream
        self._machine = machine
        self._replica = replica
        self._course = course
        self._clock = clock
        self._seconds, self._records = snapshots
        self._renewed = self._snapshot_at = self._trimmed_at = clock.seconds()
        self._snapshot_position: Position | None = None
        self._heads: deque[tuple[float, Position]] = deque(maxlen=MAX_HEADS)

    @property
    def over(self) -> bool:
        """The process stood still: others may take this node for gone."""
        return self._clock.seconds() - self._renewed >= LEASE

    async def enter(self, name: str) -> int:
        """Get a number; raises `StreamError`, `Interrupted`."""
        now = self._clock.seconds()
        member = await self._course.ask(self._stream.enter(name))
        self._renewed = now
        return member.node

    async def leave(self, node: int) -> None:
        """Give the number up; raises `StreamError`, `Interrupted`."""
        body = self._machine.encode([self._machine.gone(node)])
        await self._course.ask(self._stream.leave(node, body))

    async def rest(self) -> None:
        """Until it is time to renew; raises `Interrupted`."""
        seconds = self._renewed + RENEW - self._clock.seconds()
        await self._course.wait(lambda: self.over, seconds)

    async def renew(self, node: int) -> Book:
        """Raises `StreamError`, `Interrupted`."""
        now = self._clock.seconds()
        call = self._stream.renew(node, self._replica.position)
        book = await self._course.ask(call)
        self._renewed = now
        self._replica.see(book)
        last = self._heads[-1][1] if self._heads else BEGINNING
        if book.head < last:
            self._heads.clear()  # a log that has lost something
        if book.head != last:
            self._heads.append((now, book.head))
        return book

    @property
    def lag(self) -> float:
        """As `Log.lag`: since when the log has been further than this node is."""
        return self._behind(self._replica.position, self._clock.seconds())

    def lag_of(self, member: Member) -> float:
        """How far behind `member` was when it last said how far it is, in seconds."""
        return self._behind(member.position, self._clock.seconds() - silence(member))

    def _behind(self, position: Position, at: float) -> float:
        heads = self._heads
        further = bisect_right(heads, position, key=lambda head: head[1])
        return max(0.0, at - heads[further][0]) if further < len(heads) else 0.0

    async def keep(self, node: int, book: Book) -> None:
        """See to the others and to snapshots; raises `StreamError`, `Interrupted`."""
        for member in book.members:
            if member.left <= 0 and member.node != node:
                body = self._machine.encode([self._machine.gone(member.node)])
                await self._course.ask(self._stream.expel(member.node, body))
        # The one that a generation began with is nobody's but its opener's.
        opened, self._generation = book.generation != self._generation, book.generation
        if opened:
            self._snapshot_position = None
        due = self._clock.seconds() - self._snapshot_at >= self._seconds
        due = due or opened or self._replica.count >= self._records
        live = [member for member in book.members if member.left > 0]
        # The live node with the lowest number does it, for all.
        if node != min((member.node for member in live), default=0):
            self._asked_at = None
        elif self._asked_at is not None:
            await self._put_checked(live)
        elif due:
            await self._begin_snapshot(live)
        elif self._clock.seconds() - self._trimmed_at >= TRIMMING:
            await self._trim(live)

    async def _begin_snapshot(self, live: Sequence[Member]) -> None:
        """Have all compare their states, and keep one that most agree with."""
        self._replica.checked = None
        entry = self._machine.check()
        if entry is None:
            await self._put(live, self._replica.position, self._replica.snapshot())
        else:
            self._asked_at = self._clock.seconds()
            self._propose(entry).addErrback(_log_refusal)

    async def _put_checked(self, live: Sequence[Member]) -> None:
        """Keep the state that was checked; ask again where nobody agrees for long."""
        assert self._asked_at is not None
        checked = self._replica.checked
        if checked is not None and self._machine.agrees(checked[0]):
            self._asked_at = self._replica.checked = None
            await self._put(live, *checked)
        elif self._clock.seconds() - self._asked_at >= AGREEING:
            await self._begin_snapshot(live)

    async def _put(
        self, live: Sequence[Member], position: Position, data: bytes
    ) -> None:
        self._snapshot_at = self._clock.seconds()
        try:
            await self._course.ask(self._stream.put_snapshot(position, data))
        except ValueError as error:
            log.error("the state is too large for a snapshot: {error}", error=error)
            return
        self._snapshot_position = position
        await self._trim(live)

    async def _trim(self, live: Sequence[Member]) -> None:
        """Nothing goes that comes after the latest snapshot."""
        self._trimmed_at = self._clock.seconds()
        if (upto := self._snapshot_position) is not None:
            behind = min(member.position for member in live)
            await self._course.ask(self._stream.trim(min(upto, behind)))


def _log_refusal(reason: object) -> None:
    log.warn("the nodes don't compare what they have: {reason}", reason=reason)
