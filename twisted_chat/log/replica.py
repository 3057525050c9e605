"""A state, and where in the log it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from ..clock import Clock
from .lineage import Lineage, left
from .machine import NOWHERE, Machine, Place, Start, Starts
from .outbox import Batch, Proposal
from .packed import Packed, unpack
from .stream import BEGINNING, Book, Epoch, Position, Record

E = TypeVar("E")

ABSENT = 30_000  # milliseconds


class Broken(Exception):  # noqa: N818
    """This node can't follow the log."""


class Missed(Exception):  # noqa: N818
    """There are records between this one and the last that was applied."""


class Replica(Generic[E]):
    """Applies records to a `Machine`, each once and in order.

    :ivar place: up to where all is applied.
    :ivar whole: the state is the log's; else it is only what this node's store had.
    :ivar kept: the generations that led to what this node's store has.
    :ivar checked: the state where this node last asked for a check, and where that was.
    :ivar count: records that were applied since the last snapshot.
    :param found: gives what this node had proposed in a record, if it is its own.
    :param wall: the time before there is any of the log, in seconds since the epoch.
    """

    def __init__(
        self,
        machine: Machine[E],
        clock: Clock,
        wall: Callable[[], float],
        found: Callable[[Record], Batch[E] | None],
    ) -> None:
        self._machine = machine
        self._clock = clock
        self._wall = wall
        self._found = found
        self._lineage = Lineage()
        self.kept: Starts = ()
        self.checked: tuple[Position, bytes] | None = None
        self._sequences: dict[int, int] = {}
        self._absent: dict[str, int] = {}
        self._book = Book(0, BEGINNING, ())
        self._at = self._read_at = self._told = 0.0
        self.place = NOWHERE
        self.whole = False
        self.count = 0

    @property
    def position(self) -> Position:
        return self.place.position

    def time(self) -> float:
        """The log's time, in seconds since the epoch; never goes back."""
        if not self._at:
            return self._wall()
        passed = self._clock.seconds() - self._read_at
        self._told = max(self._told, self._at + passed)
        return self._told

    def load(self, place: Place) -> None:
        """Begin with what this node's store had at `place`."""
        self._machine.load()
        self.place, self.whole = place, False
        known = [start for start in self.kept if start.position <= place.position]
        if not any(start.generation == place.generation for start in known):
            known.append(Start(*place))
        self._lineage = Lineage(known)
        self._sequences = {}

    def restore(self, position: Position, packed: bytes, seen: Place) -> None:
        """Be in the state of a snapshot.

        :param seen: how far this node has been.
        :raises Forked: the snapshot is of a log that left that aside.
        :raises Broken: it can't be read; also `Malformed`.
        """
        lineage, sequences, data = unpack(packed)
        lineage.check(seen)
        place = Place(lineage.generation, position)
        self._note_absent(position)
        self._machine.began(lineage.starts)
        try:
            self._machine.restore(data, place)
        except Broken:
            raise
        except Exception as error:
            why = str(error) or repr(error)
            raise Broken(
                f"a snapshot can't be read, perhaps for a newer server made it: {why}"
            ) from error
        self._lineage, self.place, self.whole = lineage, place, True
        self._sequences = dict(sequences)
        self.count = 0
        self._note_time(position)

    def snapshot(self) -> bytes:
        """The state at `place`, for `restore`."""
        self.count = 0
        return self._pack(self._lineage)

    def snapshot_of_next(self, generation: int, position: Position) -> bytes:
        """The state, for a generation that begins after `position`."""
        mark = self._machine.mark(self.position)
        return self._pack(self._lineage.next(Start(generation, position, mark)))

    def _pack(self, lineage: Lineage) -> bytes:
        data = self._machine.take_snapshot()
        return Packed(lineage, self._sequences, data).pack()

    def sequence(self, node: int) -> int | None:
        """The sequence of the last record of a node that is up; None for any other.

        :param node: its number.
        """
        return self._sequences.get(node)

    def members(self) -> list[Epoch]:
        """Those who stay in when a generation is opened from here: who is up.

        Whom a store remembers isn't.
        """
        nodes, counts = self._machine.nodes(), sorted(self._sequences.items())
        return [
            Epoch(node, nodes[node], sequence)
            for node, sequence in counts
            if node in nodes
        ]

    def names(self) -> set[str]:
        """The nodes that may have been as far as this one, or further.

        Where a generation was opened from what a store had, nobody is up at first.
        Who was before counts for half a minute of the log's time: they are about to
        enter, and read already.  Who has entered past all that this node has read is
        in the stream's book.
        """
        now = self.position.ms
        names = {name for name, until in self._absent.items() if until >= now}
        names.update(self._machine.nodes().values())
        if (self._book.generation, self._book.head) > self.place:
            names.update(member.name for member in self._book.members)
        return names

    def see(self, book: Book) -> None:
        """The stream has told who is in, which this node may not have read yet."""
        self._book = book

    def _note_absent(self, position: Position) -> None:
        """Who is up now may not be in the state as of `position`, and be there yet."""
        until = position.ms + ABSENT
        self._absent = dict.fromkeys(self.names(), until)

    def take(self, record: Record) -> None:
        """Apply a record that is the next one; one that was applied is ignored.

        :raises Missed: it is a later one.
        :raises Forked: the log went on from before what is applied.
        :raises Broken: it isn't understood, or can't be applied.
        """
        generation, position = self.place
        new = record.generation > generation
        if new and record.previous < position:
            raise left(record.previous)
        if record.position <= position or record.generation < generation:
            return
        if record.previous != position:
            raise Missed
        if new:
            mark = self._machine.mark(position)
            self._lineage.begin(Start(record.generation, position, mark))
            self._machine.began(self._lineage.starts)
            self._note_absent(record.position)
        self._apply(record)
        self._count(record)
        self.place = Place(record.generation, record.position)
        self.count += 1
        self._machine.passed(self.place)
        if self._machine.was_asked():
            self.checked = record.position, self.snapshot()

    def _count(self, record: Record) -> None:
        if record.node:
            self._sequences[record.node] = record.sequence
        else:  # somebody may be gone
            kept = self._sequences.keys() & self._machine.nodes().keys()
            self._sequences = {node: self._sequences[node] for node in kept}

    def _note_time(self, position: Position) -> float:
        self._at = position.ms / 1000
        self._read_at = self._clock.seconds()
        return self._at

    def _apply(self, record: Record) -> None:
        try:
            entries = self._machine.decode(record.body)
        except Exception as error:
            why = str(error) or repr(error)
            raise Broken(f"{_name(record)} isn't understood: {why}") from error
        at = self._note_time(record.position)
        batch = self._found(record)
        own = iter(batch.proposals if batch is not None else ())
        for entry in entries:
            proposal = next(own, None)
            try:
                self._apply_one(entry, at, proposal)
            except Exception as error:
                broken = Broken(f"{_name(record)} fails: {error!r}")
                for each in filter(None, (proposal, *own)):
                    each.fail(broken)
                raise broken from error
        if batch is not None:
            batch.settle()

    def _apply_one(self, entry: E, at: float, own: Proposal[E] | None) -> None:
        try:
            if own is None or own.within is None:
                self._machine.apply(entry, at)
            else:
                with own.within:
                    self._machine.apply(entry, at)
        except self._machine.refusal as error:
            if own is not None:
                own.fail(error)
        else:
            if own is not None and own.outcome is not None:
                own.outcome.callback(None)


def _name(record: Record) -> str:
    return f"the record {record.position.ms}-{record.position.seq}"
