"""Keeps what is on its way to the tables, even if the process is killed.

Bytes stored in a mapped file are the kernel's from then on: it writes them to
the file whatever becomes of the process.  That costs neither a system call nor
another thread, so the messages of a turn are put here before they are shown,
and go to the tables many turns at once.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..clock import Clock
from ..events import Said
from ..names import fold
from .mapping import PAGE, Mapping
from .messages import KINDS, NUMBERS
from .writes import ForgetRoom, MoveRoom, Write, from_plain, moved, to_plain

log = Logger()

REGION = 2 << 20  # bytes
REGIONS = (PAGE, PAGE + REGION)  # where they begin; the token is before them
FRESH = 1.0  # seconds for which a page that was stored into doesn't wait
_OLDEST = 2  # version of marshal's format, which every Python reads
_SUM = struct.Struct("<I")
_ABOUT = struct.Struct("<QI")  # a record's number and length
_HEAD = _SUM.size + _ABOUT.size
_FIELDS = len(Said._fields)
_KIND = Said._fields.index("kind")
# What a record's kinds begin with since messages have authors.
_AUTHORED = b"\xff"


class Spool:
    """A mapped file of records, each of them what a turn has brought.

    A store into a page may wait for the disk when it is the first one, or the
    first since the kernel wrote the page out.  So a thread stores something
    into the pages to come (`renew`), and `put` fills only what is fresh.  That
    is in one of two regions, while the other holds what was put before.

    :param run: calls a function in a thread that may wait for the disk.
    :param token: tells this run of the server from all others.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        run: Callable[..., Deferred[Any]],
        token: bytes,
    ) -> None:
        self._path = path
        self._clock = clock
        self._run = run
        self._token = token
        self._memory: Mapping | None = None
        self._number = 0
        self._filled = 0
        self._begin = self._head = self._end = REGIONS[0]
        self._used: set[int] = set()
        self._until = float("-inf")
        self._stained: set[int] = set()
        self._renewing = False
        self._told = False

    def put(self, messages: Sequence[Said], writes: Collection[Write] = ()) -> bool:
        """Keep these now.

        :return: False where that might have to wait for the disk; nothing is kept then.
        """
        if self._memory is None or self._clock.seconds() >= self._until:
            return False
        # The marks, which come last, are in the tables.  The kinds are put in front.
        fields: list[Any] = [b"", *chain.from_iterable(messages)]
        del fields[_FIELDS::_FIELDS]
        kinds = slice(1 + _KIND, None, _FIELDS - 1)
        fields[0] = _AUTHORED + bytes(map(NUMBERS.__getitem__, fields[kinds]))
        del fields[kinds]
        if writes:
            fields[0] = (fields[0], *map(to_plain, writes))
        body = marshal.dumps(fields, _OLDEST)
        about = _ABOUT.pack(self._number, len(body))
        record = _SUM.pack(crc32(body, crc32(about))) + about + body
        end = self._head + len(record)
        self._filled += len(record)
        if end > self._end:
            return False
        if not self._store(self._head, record):
            return False
        self._used.add(self._begin)
        self._head = end
        self._number += 1
        return True

    def clear(self) -> None:
        """All that was put is in the tables."""
        if self._memory is not None:
            # The older region first: what is left when the process dies in between
            # has to be the end of all that was put, or it would undo what came after.
            for begin in sorted(self._used, key=lambda begin: begin == self._begin):
                self._store(begin, bytes(_HEAD))
        self._used.clear()
        self._head = self._begin
        if self._stained:
            self.renew()

    def wipe(self) -> None:
        """Let nothing stay in the file of what was put and cleared, or will be."""
        self._stained.update(REGIONS)

    def _store(self, at: int, data: bytes) -> bool:
        try:
            if self._memory is not None:
                self._memory.store(at, data)
        except OSError:
            self._lost()
        return self._memory is not None

    def _lost(self) -> None:
        """The file was cut short, deleted or replaced: the next is a new one."""
        log.error("{path} was cut short or replaced; it is made anew", path=self._path)
        self._memory = None

    def check(self) -> Deferred[None]:
        """Look whether the file is still there and whole; if not, have it made anew.

        What was in it is still with whoever put it.
        """
        return Deferred.fromCoroutine(self._check())

    async def _check(self) -> None:
        memory = self._memory
        if memory is None:
            return
        with suppress(Exception):  # who can't look now looks again soon
            whole = await self._run(self._is_whole, memory)
            if not whole and self._memory is memory:
                self._lost()

    def _is_whole(self, memory: Mapping) -> bool:
        return memory.is_at(self._path) and memory.begins_with(self._token)

    def renew(self) -> None:
        """Get the other region ready, for twice as much as was put since last time.

        What is in that region has to be in the tables.
        """
        if self._renewing:
            return
        self._renewing = True
        self._until = float("-inf")
        begin = REGIONS[self._begin == REGIONS[0]]
        end = begin + min(max(PAGE, 2 * self._filled), REGION)

        Deferred.fromCoroutine(self._make_ready(begin, end))

    async def _make_ready(self, begin: int, end: int) -> None:
        try:
            self._memory = await self._run(self._touch, begin, end)
        except Exception as error:
            self._not_ready(str(error))
        else:
            self._stained.discard(begin)
            self._begin = self._head = begin
            self._end = end
            self._filled = 0
            self._until = self._clock.seconds() + FRESH
        finally:
            self._renewing = False

    def _touch(self, begin: int, end: int) -> Mapping:
        """Store something into each page from `begin` to `end`."""
        memory = self._memory
        if memory is None:
            memory = Mapping(self._path, REGIONS[-1] + REGION, self._token)
        if begin in self._stained:
            memory.zero(begin, begin + REGION)
        memory.touch(begin, end)
        return memory

    def _not_ready(self, why: str) -> None:
        """Without it each turn waits for its commit: slower, and no worse."""
        if not self._told:
            self._told = True
            log.warn("{path} can't be used: {why}", path=self._path, why=why)

    def stop(self) -> Deferred[None]:
        """Remove the file: all is in the tables, and nothing more comes."""
        self._memory = None
        return self._run(self._path.unlink, missing_ok=True)


class Recovered(NamedTuple):
    """What was put, in order."""

    messages: list[Said]
    writes: list[Write]


def recover(path: Path, token: bytes) -> Recovered:
    """What was put and not cleared by the server with that token.

    It blocks, and raises `OSError`.
    """
    found = Recovered([], [])
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return found
    if not token or not data.startswith(token):
        return found
    regions = [list(_records(data, begin)) for begin in REGIONS]
    for region in sorted(filter(None, regions), key=lambda records: records[0][0]):
        for _, body in region:
            _decode(body, found)
    return found


def _records(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records from there on, up to the first that is not whole or not next."""
    last = None
    while len(data) >= at + _HEAD:
        [checksum] = _SUM.unpack_from(data, at)
        about = data[at + _SUM.size : at + _HEAD]
        number, length = _ABOUT.unpack(about)
        at += _HEAD + length
        body = data[at - length : at]
        if not length or crc32(body, crc32(about)) != checksum:
            return
        if last not in (None, number - 1):
            return
        last = number
        yield number, body


def _decode(body: bytes, found: Recovered) -> None:
    """Add to `found` what the record with that body says."""
    head, *fields = marshal.loads(body)
    kinds, *writes = head if isinstance(head, tuple) else (head,)
    authored = kinds.startswith(_AUTHORED)
    kept = list(map(from_plain, writes))
    # What was said in the same turn was said in the next room of that name.
    if gone := {write.key for write in kept if isinstance(write, ForgetRoom)}:
        found.messages[:] = [m for m in found.messages if fold(m.room) not in gone]
    each = zip(*[iter(fields)] * (_FIELDS - 2 if authored else _KIND), strict=True)
    kinded = zip(each, kinds.removeprefix(_AUTHORED), strict=True)
    for (room, nick, text, at, id, *more), kind in kinded:
        found.messages.append(Said(room, nick, text, at, id, KINDS[kind], *more))
    found.writes.extend(kept)
    for write in kept:
        if isinstance(write, MoveRoom):
            _move(found, write)


def _move(found: Recovered, move: MoveRoom) -> None:
    """What was put before is about the room as it is called since."""
    for place, said in enumerate(found.messages):
        if said.id <= move.upto and fold(said.room) == move.key:
            found.messages[place] = said._replace(room=move.name)
    for place, write in enumerate(found.writes):
        found.writes[place] = moved(write, move)
