"""The keeper of a log in memory, which stands for Redis and its scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field

from twisted_chat.log.stream import (
    BEGINNING,
    KEPT_SNAPSHOTS,
    LEASE,
    MAX_BODY,
    MAX_MEMBERS,
    MAX_NAME,
    QUIET,
    Book,
    Epoch,
    Fenced,
    Gap,
    Member,
    Position,
    Record,
    Report,
    Sealed,
    StreamError,
)

from ..support import START
from .clock import WorldClock

NUMBERS = 1000

AGE = 570.0
"""Seconds for which a record is kept for who hasn't read it."""


@dataclass
class Kept:
    """What is kept of an epoch."""

    name: str
    sequence: int
    position: Position
    end: float


@dataclass
class Data:
    """All that a keeper has.

    :ivar run: in which run of the keeper the log was opened.
    :ivar latest: of a record that there was before that, and may be no more.
    """

    generation: int = 0
    run: int = 0
    head: Position = BEGINNING
    latest: Position = BEGINNING
    records: list[Record] = field(default_factory=list)
    epochs: dict[int, Kept] = field(default_factory=dict)
    number: int = 0
    renewed: float = 0.0
    snapshots: dict[Position, bytes] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)

    def copy(self) -> Data:
        again = copy(self)
        again.records = list(self.records)
        again.epochs = {node: copy(epoch) for node, epoch in self.epochs.items()}
        again.snapshots = dict(self.snapshots)
        again.reports = dict(self.reports)
        return again


class Keeper:
    """Does at once what a `Stream` asks for, or raises `StreamError`.

    :ivar up: it answers.
    :ivar written: every record that there ever was, by generation and position.
    :ivar generations: in which there was any.
    :ivar waited_for: the names that were known when a generation was opened, of each.
    :ivar readers: are called once when there is a record to read.
    """

    def __init__(self, clock: WorldClock) -> None:
        self.clock = clock
        self.up = True
        self.run = 1
        self.data = Data()
        self.saved = Data()
        self.written: dict[tuple[int, Position], Record] = {}
        self.generations: set[int] = set()
        self.waited_for: list[set[str]] = []
        self.readers: list[Callable[[], None]] = []

    # What may happen to it

    def save(self) -> None:
        """A loss of what was last takes it back to here."""
        self.saved = self.data.copy()

    def restart(self, lose: str) -> None:
        """Start anew.

        :param lose: "nothing", "tail" or "all".
        """
        if lose == "tail":
            self.data = self.saved.copy()
        elif lose == "all":
            self.data = Data()
        self.data.reports.clear()
        self.save()
        self.run += 1
        self.up = True

    @property
    def sealed(self) -> bool:
        return self.data.run != self.run

    def forget(self) -> None:
        """The stream is too long: forget all before the newest snapshot."""
        if not self.sealed:
            newest = max(self.data.snapshots)
            self.data.records = [r for r in self.data.records if r.position > newest]

    # What a stream asks

    def _check(self, known: int) -> None:
        if self.sealed or known != self.data.generation:
            raise Sealed(f"generation {known}")
        self._forgive()

    def _forgive(self) -> None:
        """Where nobody could renew, nobody loses their lease."""
        now = self.clock.seconds()
        if now - self.data.renewed > QUIET:
            self.data.renewed = now
            for each in self.data.epochs.values():
                each.end = now + LEASE

    def _epoch(self, node: int) -> Kept:
        epoch = self.data.epochs.get(node)
        if epoch is None or epoch.end <= self.clock.seconds():
            raise Fenced(f"node {node}")
        return epoch

    def _add(self, node: int, sequence: int, body: bytes) -> None:
        data = self.data
        ms = int((START + self.clock.seconds()) * 1000)
        position = Position(ms, 0)
        latest = max(data.head, data.latest)
        if position <= latest:
            position = Position(latest.ms, latest.seq + 1)
        record = Record(position, data.head, data.generation, node, sequence, body)
        data.records.append(record)
        data.head = position
        self.written[data.generation, position] = record
        self.generations.add(data.generation)
        readers, self.readers = self.readers, []
        for reader in list(readers):  # each takes itself off
            reader()

    def book(self) -> Book:
        now, data = self.clock.seconds(), self.data
        members = (
            Member(node, each.name, each.sequence, each.position, each.end - now)
            for node, each in data.epochs.items()
        )
        return Book(data.generation, data.head, tuple(members))

    def look(self) -> Book:
        if self.sealed:
            raise Sealed
        return self.book()

    def enter(self, name: str) -> Member:
        _check_name(name)
        self.look()
        self._forgive()
        data = self.data
        data.renewed = self.clock.seconds()
        data.number += 1
        node = data.number
        data.epochs[node] = Kept(name, 0, data.head, self.clock.seconds() + LEASE)
        return self.book().members[-1]

    def append(self, known: int, node: int, sequence: int, body: bytes) -> None:
        _check_length(body, MAX_BODY)
        self._check(known)
        epoch = self._epoch(node)
        if sequence > epoch.sequence + 1:
            raise Gap
        if sequence == epoch.sequence + 1:
            epoch.sequence = sequence
            self._add(node, sequence, body)

    def read(self, after: Position, most: int) -> list[Record]:
        records = self.data.records
        if not records or records[-1].position <= after:
            return []
        return [record for record in records if record.position > after][:most]

    def renew(self, known: int, node: int, position: Position) -> Book:
        self._check(known)
        now = self.clock.seconds()
        epoch = self._epoch(node)
        epoch.end, epoch.position, self.data.renewed = now + LEASE, position, now
        return self.book()

    def expel(self, known: int, node: int, body: bytes) -> bool:
        self._check(known)
        _check_length(body, MAX_BODY)
        epoch = self.data.epochs.get(node)
        if epoch is None or epoch.end > self.clock.seconds():
            return False
        del self.data.epochs[node]
        self._add(0, 0, body)
        return True

    def leave(self, known: int, node: int, body: bytes) -> None:
        _check_length(body, MAX_BODY)
        self._check(known)
        if self.data.epochs.pop(node, None):
            self._add(0, 0, body)

    def put_snapshot(self, known: int, position: Position, data: bytes) -> None:
        self._check(known)
        kept = self.data.snapshots
        if position > self.data.head or position <= max(kept, default=BEGINNING):
            return
        kept[position] = data
        for old in sorted(kept)[:-KEPT_SNAPSHOTS]:
            del kept[old]

    def snapshot(self, upto: Position | None) -> tuple[Position, bytes] | None:
        kept = self.data.snapshots
        found = [each for each in kept if upto is None or each <= upto]
        return (max(found), kept[max(found)]) if found else None

    def trim(self, known: int, before: Position) -> None:
        self._check(known)
        data, now = self.data, self.clock.seconds()
        read = [each.position for each in data.epochs.values() if each.end > now]
        last = min([*data.snapshots, *read]) if data.snapshots else BEGINNING
        old = Position(int((START + now - AGE) * 1000), 0)
        kept, last = data.records, max(last, old)
        data.records = [r for r in kept if r.position > last or r.position >= before]
        for place in sorted(data.snapshots)[:-1]:
            first = data.records[0].previous if data.records else place
            if place < max(first, old):
                del data.snapshots[place]

    def report(
        self, name: str, generation: int, position: Position, others: Sequence[str]
    ) -> tuple[Report, ...]:
        if not self.sealed:
            raise StreamError("the log is open")
        mine = Report(name, generation, position, tuple(others), 0.0)
        self.data.reports[name] = mine
        return tuple(self.data.reports.values())

    def open(
        self,
        generation: int,
        position: Position,
        data: bytes,
        body: bytes,
        members: Sequence[Epoch],
    ) -> None:
        _check_length(body, MAX_BODY)
        _check_length(members, MAX_MEMBERS)
        for member in members:
            _check_name(member.name)
        if not self.sealed or self.data.generation > generation:
            raise Sealed
        old = self.data
        reports = old.reports.values()
        self.waited_for.append(set(old.reports).union(*(r.others for r in reports)))
        self.data = Data(generation + 1, self.run, position)
        self.data.latest = max(old.latest, old.head)
        self.data.records = [r for r in old.records if r.position <= position]
        self.data.snapshots = {p: d for p, d in old.snapshots.items() if p < position}
        self.data.snapshots[position] = data
        self.data.renewed = now = self.clock.seconds()
        numbers = (node for node, _, _ in members)
        self.data.number = max((generation + 1) * NUMBERS, old.number, *numbers)
        for node, name, sequence in members:
            self.data.epochs[node] = Kept(name, sequence, BEGINNING, now + LEASE)
        self._add(0, 0, body)


def _check_name(name: str) -> None:
    if not 0 < len(name.encode()) <= MAX_NAME or not name.isprintable():
        raise ValueError("not a name")


def _check_length(data: Sequence[object], most: int) -> None:
    if len(data) > most:
        raise ValueError("too long")
