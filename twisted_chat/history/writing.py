"""Brings messages, and what else is to be kept, to the tables and to the spool."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_bytes
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..clock import Clock
from ..events import Said
from ..names import fold
from ..storage.changes import CHANGES
from ..storage.database import Database, DatabaseError, transaction
from ..storage.messages import Diverged
from ..storage.pending import Batch
from ..storage.recorder import Recorder
from ..storage.spool import Spool, recover
from ..storage.sqlite import perform, perform_again
from ..storage.writes import ForgetRoom, MoveRoom, PutPurge, Write
from . import tables
from .purging import Purging
from .rooms import Rooms, Row
from .serials import Serials, in_turn, positions
from .upkeep import Upkeep

log = Logger()

P = ParamSpec("P")
T = TypeVar("T")


class Writer:
    """Writes what its recorder hands over, and what a server that died has left.

    :param rooms: those of the tables.
    :param warn: told, in one line, when messages can't be stored, and when
        they can again.
    :param fail: see `Recorder`.
    """

    def __init__(
        self,
        database: Database,
        rooms: Rooms,
        upkeep: Upkeep,
        purging: Purging,
        clock: Clock,
        warn: Callable[[str], object],
        fail: Callable[[str], object] | None,
    ) -> None:
        self._database = database
        self._rooms = rooms
        self._upkeep = upkeep
        self._purging = purging
        self._strict = fail is not None
        self._serials: Serials = positions if self._strict else in_turn
        self._committed = 0
        self._token = token_bytes(16)
        self._spool: Spool | None = None
        if not database.in_memory:
            self._spool = Spool(self._spool_path, clock, self._beside, self._token)
        self.recorder = Recorder(self._write, clock, warn, self._spool, fail)

    def load(self, connection: sqlite3.Connection) -> None:
        """Know the rooms, and bring to the tables what is in the spool."""
        self._load_rooms(connection)
        if self._spool is not None:
            self._recover(connection)

    def serials(self, messages: Sequence[Said]) -> Sequence[int]:
        """Those that `messages` get, if they are what is written next."""
        return self._serials(messages, self._committed)

    async def stop(self) -> None:
        """Write what is left; returns when that's done or can't be."""
        await self.recorder.stop()
        if self._spool is not None and self.recorder.idle:
            await self._spool.stop()

    def check_files(self) -> Deferred[None]:
        """Notice what others have done to the spool."""
        return succeed(None) if self._spool is None else self._spool.check()

    @property
    def _spool_path(self) -> Path:
        return Path(f"{self._database.path}-spool")

    def _beside(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Any:
        """Call `job` in a thread that may wait for the disk."""
        return self._database.read(lambda _: job(*args, **kwargs))

    # After a sudden end

    def _load_rooms(self, connection: sqlite3.Connection) -> None:
        self._rooms.load(connection)
        self._committed = tables.last_serial(connection)

    def _recover(self, connection: sqlite3.Connection) -> None:
        """Bring to the tables what a server that was killed had still to write."""
        messages, writes = recover(self._spool_path, tables.token(connection))
        messages = _of_the_last(messages)
        forgotten = [each for each in writes if isinstance(each, ForgetRoom | MoveRoom)]
        writes = [e for e in writes if not isinstance(e, ForgetRoom | MoveRoom)]
        # Before what was said in the next room of that name is made rows of.
        for write in forgotten:
            known = self._rooms.get(write.key)
            if known is not None and known.number == write.number:
                if isinstance(write, MoveRoom):
                    self._rooms.rename(write.key, write.name)
                else:
                    self._rooms.forget([write.key])
        new, values = self._rooms.rows(messages, self.serials(messages))

        def bring(connection: sqlite3.Connection) -> list[Exception]:
            bugs = perform(connection, forgotten)
            bugs += tables.insert(connection, new, values)
            tables.set_token(connection, self._token)
            bugs += perform_again(connection, writes)
            return _none(bugs) if self._strict else bugs

        try:
            _tell_bugs(transaction(connection, bring))
        except Diverged as error:
            raise DatabaseError(f"{self._database.path}: {error}") from error
        self._spool_path.unlink(missing_ok=True)
        if writes or forgotten:
            log.info(
                "{n} changes recovered after a sudden end",
                n=len(writes) + len(forgotten),
            )
        if messages or forgotten:
            log.info("{n} messages recovered after a sudden end", n=len(messages))
            self._load_rooms(connection)

    # What is said now

    def _write(self, batch: Batch) -> Deferred[None]:
        return Deferred.fromCoroutine(self._insert(batch))

    async def _insert(self, batch: Batch) -> None:
        messages, writes = batch
        serials = self.serials(messages)
        new, values = self._rooms.rows(messages, serials)
        done = self._database.run(_bring, new, values, writes, self._strict)
        _tell_bugs(await done)
        self._rooms.written(new)
        self._committed = max(serials, default=self._committed)
        self._upkeep.wrote(len(messages))
        if any(isinstance(write, PutPurge) for write in writes):
            self._purging.start()
        if any(isinstance(write, CHANGES) for write in writes):
            self._upkeep.erased()


def _bring(
    connection: sqlite3.Connection,
    rooms: Sequence[Row],
    values: Sequence[object],
    writes: Sequence[Write],
    strict: bool,
) -> list[Exception]:
    """Bring a batch to the tables; see `tables.insert` and `storage.sqlite.perform`.

    :param strict: a bug costs the whole batch, and is raised.
    """
    moves = [write for write in writes if isinstance(write, MoveRoom)]
    others = [write for write in writes if not isinstance(write, MoveRoom)]
    # All else is by what the rooms are called now.
    bugs = perform(connection, moves)
    bugs += [*tables.insert(connection, rooms, values), *perform(connection, others)]
    return _none(bugs) if strict else bugs


def _of_the_last(messages: Sequence[Said]) -> list[Said]:
    """Those of the last room of each name: after one was forgotten ids begin anew."""
    found: dict[str, list[Said]] = {}
    for message in messages:
        of_room = found.setdefault(fold(message.room), [])
        if of_room and message.id <= of_room[-1].id:
            of_room.clear()
        of_room.append(message)
    kept = {id(message) for of_room in found.values() for message in of_room}
    return [message for message in messages if id(message) in kept]


def _none(bugs: list[Exception]) -> list[Exception]:
    """Raises the first of them."""
    for bug in bugs:
        raise bug
    return bugs


def _tell_bugs(bugs: Sequence[Exception]) -> None:
    for bug in bugs:
        log.failure("a bug kept something from being kept", Failure(bug))
