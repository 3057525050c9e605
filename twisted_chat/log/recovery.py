"""How a node gets to the state of the log: by a snapshot, or by a new generation."""

from __future__ import annotations

from contextlib import suppress
from typing import Generic, TypeVar

from ..clock import Clock
from .lineage import Forked, Left, is_opener, missing
from .machine import NOWHERE, Machine, Place
from .packed import unpack
from .reader import Reader
from .replica import Replica
from .state import Course
from .stream import Book, Position, Sealed, Stream, StreamError

E = TypeVar("E")

# Seconds.
LOOKING = 5.0
REPORTING = 1.0
FIRST_PATIENCE = 1.0
"""How long a node waits, in seconds, that knows of no log at all, before it begins one.

It is the time in which nodes that are started together see each other's reports.  If
there was a log that the stream has lost, nodes that were in it may take longer to
notice.  They don't take the new one for theirs: its generation is later, and it began
before all that they have shown, so that they stop as forked (see `Recovery._open`), and
what they have is kept for the operator.  A longer wait would make that less likely, not
impossible, and every first start slow.
"""


class Recovery(Generic[E]):
    """All of it raises `StreamError`, and `Interrupted` where the state changes.

    :ivar kept: where this node's own store was when it started.
    :ivar missing: in a sealed log, the names of the nodes that it waits for.
    :param patience: seconds for which a node that has never been in waits for others
        who have, before it opens a log that it has found sealed.
    """

    def __init__(
        self,
        stream: Stream,
        machine: Machine[E],
        replica: Replica[E],
        reader: Reader[E],
        course: Course,
        clock: Clock,
        name: str,
        patience: float,
    ) -> None:
        self._stream = stream
        self._machine = machine
        self._replica = replica
        self._reader = reader
        self._course = course
        self._clock = clock
        self._name = name
        self._patience = patience
        self._forced = False
        self.kept = NOWHERE
        self.missing: set[str] = set()

    def force(self) -> None:
        """Open the next generation, whoever has not reported."""
        self._forced = True
        self._course.wake()

    async def restore(self, sealed: bool = False) -> bool:
        """Go on from a snapshot that this node's store isn't behind, if there is one.

        Else from the newest: what was said before is then missing in the store.  Not
        where a sealed log has lost whole generations.
        """
        newest = await self._course.ask(self._stream.snapshot())
        if newest is None:
            return False
        lineage = unpack(newest[1]).lineage
        if sealed and lineage.generation < self.kept.generation:
            return False
        lineage.check(self.kept)
        position, own = self.kept.position, None
        if self.kept.generation and newest[0] > position:
            own = await self._course.ask(self._stream.snapshot(position))
        self._replica.restore(*(own or newest), NOWHERE)
        self._reader.begin()
        return True

    async def look(self, place: Place) -> Book:
        """Raises `Forked` for a log that can't be of a node that was at `place`.

        Where its generation is a later one, snapshots and records tell.
        """
        book = await self._course.ask(self._stream.look())
        self._replica.see(book)
        if (book.generation, book.head) < place:
            raise Forked(min(book.head, place.position))
        return book

    async def rewind(self, node: int) -> bool:
        """Go back to where the log left this node aside, and be in its state.

        False where there is no snapshot to go on from: the log is lost once more.

        :param node: the number that this node had, which it gives up; 0 for none.
        """
        self._reader.stop()
        if node:
            body = self._machine.encode([self._machine.gone(node)])
            # In a sealed log the number ends by itself, where nobody has it any more.
            with suppress(Sealed):
                await self._course.ask(self._stream.leave(node, body))
        newest = await self._course.ask(self._stream.snapshot())
        if newest is None:
            self._reader.begin()
            return False
        shown = max(self.kept, self._replica.place)
        found = newest
        try:
            unpack(newest[1]).lineage.check(shown)
        except Left as left:
            found = await self._give_way(shown, left, newest)
        self._replica.restore(*found, NOWHERE)
        self._reader.begin()
        return True

    async def _give_way(
        self, shown: Place, left: Left, newest: tuple[Position, bytes]
    ) -> tuple[Position, bytes]:
        """Have the store go back to where it left; from which snapshot to go on."""
        position = left.position
        there = await self._course.ask(self._stream.snapshot(position))
        exact = there is not None and there[0] == position
        data = unpack(there[1]).data if there is not None and exact else None
        place = shown._replace(position=position)
        await self._course.ask(self._machine.rewind(place, data, left.mark))
        self.kept = place
        return there if there is not None and exact else newest

    async def reach_head(self) -> None:
        """Read what there is now; look again where that takes long."""
        generation, head, _ = await self.look(self._replica.place)
        end = Place(generation, head)
        while self._replica.place < end:
            await self._course.wait(lambda: self._replica.place >= end, LOOKING)
            if self._replica.place < end:
                await self.look(self._replica.place)

    async def agree(self, was_in: bool) -> None:
        """Wait for the next generation, or open it.

        :param was_in: this node was one of the cluster, and knows the others.
        """
        began = self._clock.seconds()
        mark, settled = self._reader.mark(), False
        while True:
            try:
                await self._course.ask(self._stream.look())
                break
            except Sealed:
                if not settled and not await self._settle(mark):
                    continue  # it may be open by now, and busy
                # Else others may begin it, and be away.
                settled = self._replica.whole or bool(self.kept.generation)
                waited = self._clock.seconds() - began
                known = was_in or bool(self.kept.generation)
                await self._report(known or waited >= self._enough())
        self._forced = False

    def _enough(self) -> float:
        """How long to wait for others who may know more, where they aren't known."""
        return self._patience if self._replica.whole else FIRST_PATIENCE

    async def _settle(self, mark: int) -> bool:
        """Read what the sealed log still has, and see how far this node is.

        False where that takes longer than a moment.
        """
        if self._replica.whole or await self.restore(sealed=True):
            await self._course.wait(lambda: self._reader.is_dry(mark), REPORTING)
            if not self._reader.is_dry(mark):
                return False
            if self._replica.place < self.kept:
                self._reader.stop()
                self._replica.load(self.kept)
        return True

    async def _report(self, patient: bool) -> None:
        generation, position = self._replica.place
        others = sorted(self._replica.names() - {self._name})
        reports = await self._course.ask(
            self._stream.report(self._name, generation, position, others)
        )
        self.missing = missing(others, reports)
        if self._forced or (patient and is_opener(self._name, others, reports)):
            latest = max(report.generation for report in reports)
            await self._open(max(latest, int(self._replica.time())))
        else:
            await self._course.wait(lambda: self._has_news(generation), REPORTING)

    def _has_news(self, generation: int) -> bool:
        """It is for this node to open the next one, or that is read already."""
        return self._forced or self._replica.place.generation > generation

    async def _open(self, latest: int) -> None:
        """Open the generation after `latest`, from here; who is up stays in.

        The number of a generation is a time, in seconds: if there was one of which
        nobody here knows, whoever has seen it notices, for it had a lower number, and
        this one begins before all that it has seen.

        Where this node has only what its store has, another one may have more of the
        same position.  It is opened a little later then, and all begin from there.
        """
        generation, position = self._replica.place
        if generation and not self._replica.whole:
            position = Position(position.ms, position.seq + 1)
        data = self._replica.snapshot_of_next(latest + 1, position)
        # Where a node was not waited for it may have shown what others have in hand.
        # It says so itself; who sent it can't know that, and must not send it again.
        forced, self._forced = self._forced, False
        members = [] if forced else self._replica.members()
        gone = self._machine.nodes().keys() - {member.node for member in members}
        body = self._machine.encode([self._machine.gone(node) for node in sorted(gone)])
        try:
            opened = self._stream.open(latest, position, data, body, members)
            await self._course.ask(opened)
        except StreamError:
            self._forced = forced
            raise
