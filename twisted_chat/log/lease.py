"""What a node does every few seconds, to be one of the cluster."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import Generic, TypeVar

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

MAX_HEADS = 100
"""How many ends of the log are remembered, each that a renewal found to be another."""


def silence(member: Member) -> float:
    """For how many seconds a node has not renewed."""
    return LEASE - member.left


class Lease(Generic[E]):
    """Renews a node's number, ends those of others, and keeps snapshots.

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
    ) -> None:
        self._stream = stream
        self._machine = machine
        self._replica = replica
        self._course = course
        self._clock = clock
        self._seconds, self._records = snapshots
        self._renewed = self._snapshot_at = clock.seconds()
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
        due = self._clock.seconds() - self._snapshot_at >= self._seconds
        if due or self._replica.count >= self._records:
            await self._keep_snapshot(node, book)

    async def _keep_snapshot(self, node: int, book: Book) -> None:
        """The live node with the lowest number does it, for all."""
        live = [member for member in book.members if member.left > 0]
        if node != min((member.node for member in live), default=0):
            return
        position, before = self._replica.position, self._snapshot_position
        data = self._replica.snapshot()
        self._snapshot_at = self._clock.seconds()
        try:
            await self._course.ask(self._stream.put_snapshot(position, data))
        except ValueError as error:
            log.error("the state is too large for a snapshot: {error}", error=error)
            return
        self._snapshot_position = position
        if before is not None:
            behind = min(member.position for member in live)
            await self._course.ask(self._stream.trim(min(before, behind)))
