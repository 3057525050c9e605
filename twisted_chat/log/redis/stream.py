"""The stream of a shared log, in Redis."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from twisted.internet.defer import Deferred

from ...clock import Clock
from ..encryption import Cipher, DecryptionError, Plain
from ..stream import (
    KEPT_SNAPSHOTS,
    LEASE,
    MAX_BODY,
    MAX_MEMBERS,
    MAX_SNAPSHOT,
    QUIET,
    Book,
    Epoch,
    Malformed,
    Member,
    Position,
    Record,
    Report,
    Sealed,
)
from . import answers
from .address import Address
from .answers import check_name, position_text
from .calls import Calls, milliseconds
from .scripts import Script

if TYPE_CHECKING:
    from ..stream import Stream

MAX_READ = 64
"""How many records are read at once: of the longest they are 64 MiB."""

_PREFIX = re.compile(r"[\w.:/-]{1,64}", re.ASCII)


class Limits(NamedTuple):
    """How long things may take and last, in seconds, and how much is kept.

    All nodes of a log have the same.

    :ivar timeout: of a call.
    :ivar bulk_timeout: of a call that carries a snapshot.
    :ivar lease: as `LEASE`; `quiet` as `QUIET`.
    :ivar age: how long a record is kept for who hasn't read it.  With the time until
        the stream is trimmed that is below ten minutes.
    :ivar size: how many bytes of memory the records may take.
    """

    timeout: float = 3.0
    bulk_timeout: float = 30.0
    lease: float = LEASE
    quiet: float = QUIET
    age: float = 570.0
    size: int = 256 * 2**20


class RedisStream:
    """The log ``{prefix}:log`` of a Redis, 7.0 or newer, and what belongs to it.

    What is called in turn is carried out in turn; see `Calls`.

    :param reactor: for sockets and time.
    :param prefix: what its keys begin with.
    :raises ValueError: of the prefix, which may have letters, digits and ``_.:/-``.
    """

    def __init__(
        self,
        reactor: Clock,
        address: Address,
        prefix: str = "chat",
        cipher: Cipher | None = None,
        limits: Limits | None = None,
    ) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"{prefix[:64]!r} can't begin keys of a Redis")
        self._limits = limits = limits or Limits()
        self._prefix = prefix
        self._cipher: Cipher = cipher or Plain()
        self._leases = (milliseconds(limits.quiet), milliseconds(limits.lease))
        self._calls = Calls(
            reactor, address, prefix, limits.timeout, limits.bulk_timeout
        )
        self._generation = 0

    def start(self) -> Deferred[None]:
        """Connect, and stay so; what is called while that isn't so fails with `Away`.

        Fires when all is connected, and fails with `Away` where the first attempt
        fails, of which others follow all the same.
        """
        return self._calls.start()

    def stop(self) -> None:
        """Close the connections; what waits for a reply fails with `Away`."""
        self._calls.stop()

    @property
    def connected(self) -> bool:
        """All connections are there."""
        return self._calls.connected

    # What `Stream` says

    def look(self) -> Deferred[Book]:
        """As `Stream.look`."""
        return Deferred.fromCoroutine(self._look())

    def enter(self, name: str) -> Deferred[Member]:
        """As `Stream.enter`."""
        return Deferred.fromCoroutine(self._enter(name))

    def append(self, node: int, sequence: int, body: bytes) -> Deferred[None]:
        """As `Stream.append`."""
        return Deferred.fromCoroutine(self._append(node, sequence, body))

    def read(self, after: Position, most: int = 500) -> Deferred[list[Record]]:
        """As `Stream.read`."""
        return Deferred.fromCoroutine(self._read(after, max(1, min(most, MAX_READ))))

    def renew(self, node: int, position: Position) -> Deferred[Book]:
        """As `Stream.renew`."""
        return Deferred.fromCoroutine(self._renew(node, position))

    def expel(self, node: int, body: bytes) -> Deferred[bool]:
        """As `Stream.expel`."""
        return Deferred.fromCoroutine(self._remove(node, body, 0))

    def leave(self, node: int, body: bytes) -> Deferred[None]:
        """As `Stream.leave`."""
        return Deferred.fromCoroutine(self._leave(node, body))

    def put_snapshot(self, position: Position, data: bytes) -> Deferred[None]:
        """As `Stream.put_snapshot`."""
        return Deferred.fromCoroutine(self._put_snapshot(position, data))

    def snapshot(
        self, upto: Position | None = None
    ) -> Deferred[tuple[Position, bytes] | None]:
        """As `Stream.snapshot`."""
        return Deferred.fromCoroutine(self._snapshot(upto))

    def trim(self, before: Position) -> Deferred[None]:
        """As `Stream.trim`."""
        return Deferred.fromCoroutine(self._trim(before))

    def report(
        self, name: str, generation: int, position: Position, others: Sequence[str]
    ) -> Deferred[tuple[Report, ...]]:
        """As `Stream.report`."""
        return Deferred.fromCoroutine(self._report(name, generation, position, others))

    def open(
        self,
        generation: int,
        position: Position,
        data: bytes,
        body: bytes,
        members: Sequence[Epoch] = (),
    ) -> Deferred[None]:
        """As `Stream.open`."""
        return Deferred.fromCoroutine(
            self._open(generation, position, data, body, members)
        )

    # How

    async def _look(self) -> Book:
        book = answers.book(await self._calls.run(Script.LOOK))
        self._generation = book.generation
        return book

    async def _enter(self, name: str) -> Member:
        reply = await self._calls.run(
            Script.ENTER, *self._leases, check_name(name), MAX_MEMBERS
        )
        generation, node, head = answers.parts(reply, 3)
        self._generation = answers.number(generation)
        return Member(
            answers.number(node), name, 0, answers.position(head), self._limits.lease
        )

    async def _append(self, node: int, sequence: int, body: bytes) -> None:
        kept = self._encrypted(node, sequence, body)
        await self._calls.run(
            Script.APPEND, self._meant(), *self._leases, node, sequence, kept
        )

    async def _read(self, after: Position, most: int) -> list[Record]:
        reply = await self._calls.read(position_text(after), most)
        return [
            self._decrypted(record) for record in answers.records(reply, after, most)
        ]

    async def _renew(self, node: int, position: Position) -> Book:
        read = position_text(position)
        return answers.book(
            await self._calls.run(
                Script.RENEW, self._meant(), *self._leases, node, read
            )
        )

    async def _remove(self, node: int, body: bytes, at_once: int) -> bool:
        kept = self._encrypted(0, 0, body)
        reply = await self._calls.run(
            Script.REMOVE, self._meant(), *self._leases, node, kept, at_once
        )
        return answers.number(reply) == 1

    async def _leave(self, node: int, body: bytes) -> None:
        await self._remove(node, body, 1)

    async def _put_snapshot(self, position: Position, data: bytes) -> None:
        at = position_text(position)
        kept = self._encrypted_snapshot(at, data)
        await self._calls.run(
            Script.PUT_SNAPSHOT, self._meant(), at, kept, KEPT_SNAPSHOTS
        )

    async def _snapshot(self, upto: Position | None) -> tuple[Position, bytes] | None:
        last = "" if upto is None else position_text(upto)
        found = answers.snapshot(await self._calls.run(Script.SNAPSHOT, last))
        if found is None:
            return None
        at, kept = found
        where = position_text(at)
        try:
            return at, self._cipher.decrypt(kept, self._place("snapshot", where))
        except DecryptionError as error:
            raise Malformed(f"the snapshot at {where}: {error}") from None

    async def _trim(self, before: Position) -> None:
        limits = (KEPT_SNAPSHOTS, milliseconds(self._limits.age), self._limits.size)
        await self._calls.run(
            Script.TRIM, self._meant(), position_text(before), *limits
        )

    async def _report(
        self, name: str, generation: int, position: Position, others: Sequence[str]
    ) -> tuple[Report, ...]:
        if len(others) > MAX_MEMBERS:
            raise ValueError("there are too many others")
        known = "\n".join(check_name(other) for other in others)
        mine = (check_name(name), generation, position_text(position), known)
        return answers.reports(await self._calls.run(Script.REPORT, *mine, MAX_MEMBERS))

    async def _open(
        self,
        generation: int,
        position: Position,
        data: bytes,
        body: bytes,
        members: Sequence[Epoch],
    ) -> None:
        if len(members) > MAX_MEMBERS:
            raise ValueError("there are too many members")
        at, opened = position_text(position), generation + 1
        what = (at, self._encrypted_snapshot(at, data))
        first = self._encrypted(0, 0, body, opened)
        limits = (KEPT_SNAPSHOTS, milliseconds(self._limits.lease))
        stay = [
            word
            for node, name, sequence in members
            for word in (node, sequence, check_name(name))
        ]
        await self._calls.run(
            Script.OPEN, generation, opened, *what, first, *limits, *stay
        )
        self._generation = opened

    def _meant(self) -> int:
        """The generation that is meant."""
        if not self._generation:
            raise Sealed("it was neither looked at nor entered")
        return self._generation

    # Encryption

    def _place(self, *words: object) -> bytes:
        return " ".join(str(word) for word in (self._prefix, *words)).encode()

    def _encrypted(
        self, node: int, sequence: int, body: bytes, generation: int = 0
    ) -> bytes:
        if len(body) > MAX_BODY:
            raise ValueError("the body of a record is too long")
        generation = generation or self._generation
        place = self._place("record", generation, node, sequence)
        return self._cipher.encrypt(body, place)

    def _encrypted_snapshot(self, at: str, data: bytes) -> bytes:
        if len(data) > MAX_SNAPSHOT:
            raise ValueError("a snapshot is too long")
        return self._cipher.encrypt(data, self._place("snapshot", at))

    def _decrypted(self, record: Record) -> Record:
        _, _, generation, node, sequence, kept = record
        place = self._place("record", generation, node, sequence)
        try:
            return record._replace(body=self._cipher.decrypt(kept, place))
        except DecryptionError as error:
            where = position_text(record.position)
            raise Malformed(f"the record at {where}: {error}") from None


if TYPE_CHECKING:

    def _conforms(stream: RedisStream) -> Stream:
        return stream
