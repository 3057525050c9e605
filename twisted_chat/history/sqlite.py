"""A history in the SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..clock import Clock, sleep
from ..events import ChatError, Said
from ..fair_queue import ANYBODY, FairQueue, Requester
from ..names import fold, is_conversation
from ..storage import places
from ..storage.changes import CHANGES, Change, all_changed, changes_of
from ..storage.database import Database, DatabaseError, transaction
from ..storage.messages import Diverged
from ..storage.messages_sqlite import has_reacted
from ..storage.pending import Batch
from ..storage.places import Place
from ..storage.purges import Purge, purges
from ..storage.recorder import Recorder
from ..storage.spool import Spool, recover
from ..storage.sqlite import perform, perform_again
from ..storage.writes import ForgetRoom, PutPurge, Write
from . import tables, unread
from .base import (
    FOREVER,
    LAST,
    MAX_NAMING,
    SHOWN_AGAIN,
    Found,
    History,
    Pages,
    Retention,
    Tail,
    Unheard,
    Word,
    cut,
    matches,
    words_of,
)
from .fleeting import Fleeting
from .lately import Lately
from .passing import Passing
from .purging import purge_author
from .rooms import Rooms, Row, Tails
from .serials import Serials, in_turn, positions
from .unread import Since
from .upkeep import Upkeep

log = Logger()

P = ParamSpec("P")
T = TypeVar("T")

LOOKED_THROUGH = 2000
"""Conversations in which one job looks for what is too old."""

MAX_SEARCHING = 64
ERASE_AGAIN = 5.0  # seconds
"""Searches that may wait."""
IN_SNAPSHOTS = 100
"""How many messages of a room a node hands to one that comes up with nothing."""
SETTLING = 0.05
"""Seconds between two looks whether all is written."""


class SqliteHistory(Pages):
    """Writes through a `Recorder`, reads in the database's other thread.

    :param warn: told, in one line, when messages can't be stored, and when
        they can again.
    :param fail: see `Recorder`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        warn: Callable[[str], object],
        retention: Retention = FOREVER,
        fail: Callable[[str], object] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._strict = fail is not None
        self._serials: Serials = positions if self._strict else in_turn
        self._retention = retention
        self._token = token_bytes(16)
        self._spool: Spool | None = None
        if not database.in_memory:
            self._spool = Spool(self._spool_path, clock, self._beside, self._token)
        self.recorder = Recorder(self._write, clock, warn, self._spool, fail)
        self.append: Callable[[Said], object] = self.recorder.append
        self._fleeting = Fleeting()
        self.append_fleeting = self._fleeting.append
        self.upkeep = Upkeep(database, clock)
        self._rooms = Rooms()
        self.passing = Passing(database, self.recorder, self._rooms)
        self._tails = Tails(self._rooms, IN_SNAPSHOTS if fail else SHOWN_AGAIN)
        self._committed = 0
        self._lately = Lately(clock)
        self._purges: list[Purge] = []
        self._erasing = False
        self._searches = FairQueue(
            1, MAX_SEARCHING, "Too many searches at once; try again later"
        )

    def load(self, connection: sqlite3.Connection) -> dict[str, int]:
        """Read what has to be known before anybody comes in; for `Database.load`.

        :return: the latest id in each room, by folded name.
        """
        self.upkeep.start()
        self._load_rooms(connection)
        if self._spool is not None:
            self._recover(connection)
        self._tails.load(connection)
        self._purges = purges(connection)
        for purge in self._purges:
            self._tails.erase(purge)
        if self._purges:
            self._clock.callLater(ERASE_AGAIN, self._erase_soon)
        return {room.key: room.last_id for room in self._rooms}

    def _load_rooms(self, connection: sqlite3.Connection) -> None:
        self._rooms.load(connection)
        self._committed = tables.last_serial(connection)

    def _recover(self, connection: sqlite3.Connection) -> None:
        """Bring to the tables what a server that was killed had still to write."""
        messages, writes = recover(self._spool_path, tables.token(connection))
        messages = _of_the_last(messages)
        forgotten = [write for write in writes if isinstance(write, ForgetRoom)]
        writes = [write for write in writes if not isinstance(write, ForgetRoom)]
        # Before what was said in the next room of that name is made rows of.
        for number, key in forgotten:
            known = self._rooms.get(key)
            if known is not None and known.number == number:
                self._rooms.forget([key])
        serials = self._serials(messages, self._committed)
        new, values = self._rooms.rows(messages, serials)

        def bring(connection: sqlite3.Connection) -> list[Exception]:
            bugs = perform(connection, forgotten)
            bugs += tables.insert(connection, new, values)
            tables.set_token(connection, self._token)
            return bugs + perform_again(connection, writes)

        def bring_all(connection: sqlite3.Connection) -> list[Exception]:
            return _none(bring(connection)) if self._strict else bring(connection)

        try:
            _tell_bugs(transaction(connection, bring_all))
        except Diverged as error:
            raise DatabaseError(f"{self.path}: {error}") from error
        self._spool_path.unlink(missing_ok=True)
        if writes or forgotten:
            log.info(
                "{n} changes recovered after a sudden end",
                n=len(writes) + len(forgotten),
            )
        if messages or forgotten:
            log.info("{n} messages recovered after a sudden end", n=len(messages))
            self._load_rooms(connection)

    def stop(self) -> Deferred[None]:
        """Write what is left; fires when that's done or can't be."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self.upkeep.stop()
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

    # Changes

    def change(self, change: Change) -> None:
        self._tails.change(change)
        self._fleeting.change(change)
        self._lately.add(change)
        self.recorder.keep(change)

    def erase(self, purge: Purge) -> list[Said]:
        self._purges.append(purge)
        self._fleeting.erase(purge)
        self.recorder.keep(PutPurge(purge))
        return self._tails.erase(purge)

    def _as_changed(self, messages: list[Said]) -> list[Said]:
        """`messages` after what was done to them and may not be in the file yet."""
        messages = [each for each in messages if not self._is_erased(each)]
        return all_changed([*self.recorder.changes, *self._lately], messages)

    def _is_erased(self, said: Said) -> bool:
        return any(purge.covers(said) for purge in self._purges)

    def _erase_soon(self) -> None:
        """Delete from the file what is to be, unless that goes on already."""
        if self._purges and not self._erasing:
            self._erasing = True
            Deferred.fromCoroutine(self._erase())

    async def _erase(self) -> None:
        try:
            while self._purges:
                await purge_author(self.upkeep, self._purges[0])
                del self._purges[0]
        except Exception as error:
            self.upkeep.trouble(error)
            self._clock.callLater(ERASE_AGAIN, self._erase_soon)
        finally:
            self._erasing = False

    def has_reacted(
        self, room: str, id: int, reaction: str, authors: tuple[int, int]
    ) -> Deferred[bool]:
        known = self._rooms.get(fold(room))
        if known is None:
            return succeed(False)
        where = known.number, id, reaction, authors
        return Deferred.fromCoroutine(
            self._read(self._database.read(has_reacted, *where))
        )

    # Rooms in use

    def open(self, room: str) -> Tail:
        return self._tails.open(room)

    def close(self, room: str, unkept: Container[int] = ()) -> None:
        self._fleeting.drop(fold(room))
        self._tails.close(room, unkept)

    def keep_fleeting(self, room: str) -> None:
        for message in self._fleeting.drop(fold(room)):
            self._append_changed(message)

    def restore_fleeting(self, said: Iterable[Said]) -> None:
        """What is fleeting in the rooms in use is this."""
        self._fleeting.clear()
        for message in said:
            self._fleeting.append(message)

    def tails(self) -> list[Sequence[Said]]:
        """The latest messages of each room of which they are at hand."""
        return [tail.messages for tail in self._tails if tail.messages]

    def restore_tails(self, said: Iterable[Sequence[Said]]) -> None:
        """The latest messages of each room are these, whatever the file has."""
        self._tails.restore(said)

    def adopt(
        self, said: Iterable[Sequence[Said]], last_ids: Mapping[str, int]
    ) -> None:
        """Keep those of these messages that are newer than what the file has.

        Those that it has are edited and deleted in it as they are here.

        :param last_ids: the latest in each room, by folded name.  Where the file is
            further, the room has been forgotten since, and perhaps made anew.
        """
        self.forget(
            room.key for room in self._rooms if last_ids.get(room.key, 0) < room.last_id
        )
        newer = []
        for message in (each for messages in said for each in messages):
            if message.id > self._last_id(message.room):
                newer.append(message)
            else:
                for change in changes_of(message):
                    self.recorder.keep(change)
        for message in sorted(newer, key=lambda message: message.at):
            self._append_changed(message)

    def _append_changed(self, message: Said) -> None:
        """As `append`, for one that may have been changed since it was said."""
        self.append(message)
        for change in changes_of(message):
            self.recorder.keep(change)

    def cut_off(
        self,
        last_ids: Mapping[str, int] | None,
        place: Place,
        aside: Callable[[bytes, list[Said]], bytes],
    ) -> Deferred[None]:
        """Delete what came after `place`, which the log went on without.

        :param last_ids: of each room there, by folded name; None where they aren't
            known: then what was said in that millisecond or later goes.
        :param aside: makes what is put aside of what was before, and of the messages;
            called in the database's thread.
        """
        return Deferred.fromCoroutine(self._cut_off(last_ids, place, aside))

    async def _cut_off(
        self,
        last_ids: Mapping[str, int] | None,
        place: Place,
        aside: Callable[[bytes, list[Said]], bytes],
    ) -> None:
        while not self.recorder.idle:
            await sleep(self._clock, SETTLING)
        self.passing.stop()

        def job(connection: sqlite3.Connection) -> dict[str, int]:
            before = places.aside(connection)
            lost, left = tables.cut_off(connection, last_ids, place.ms / 1000)
            places.put_aside(connection, aside(before, lost))
            places.put_place(connection, place)
            return left

        self._rooms.cut_off(await self._database.run(job))

    def put_aside(self) -> Deferred[bytes]:
        """What was put aside; empty for nothing."""
        return self._database.read(places.aside)

    def drop_aside(self) -> Deferred[None]:
        """All of it is decided."""
        return self._database.run(places.drop_aside)

    def _last_id(self, room: str) -> int:
        known = self._rooms.get(fold(room))
        return known.last_id if known is not None else 0

    @property
    def path(self) -> str:
        """The file."""
        return self._database.path

    # Writing

    def _write(self, batch: Batch) -> Deferred[None]:
        return Deferred.fromCoroutine(self._insert(batch))

    async def _insert(self, batch: Batch) -> None:
        messages, writes = batch
        serials = self._serials(messages, self._committed)
        new, values = self._rooms.rows(messages, serials)
        done = self._database.run(_bring, new, values, writes, self._strict)
        _tell_bugs(await done)
        self._rooms.written(new)
        self._committed = max(serials, default=self._committed)
        self.upkeep.wrote(len(messages))
        if any(isinstance(write, PutPurge) for write in writes):
            self._erase_soon()
        if any(isinstance(write, CHANGES) for write in writes):
            self.upkeep.erased()

    # Reading

    def between(
        self, room: str, low: int, high: int, n: int, newest: bool = False
    ) -> Deferred[list[Said]]:
        key = fold(room)
        fresh = self._as_changed(cut(self._unwritten(key), low, high, n, newest))
        known = self._rooms.get(key)
        if known is None:
            return succeed(fresh)

        async def page() -> list[Said]:
            where = (known.number, known.name, low, high, n, newest)
            stored = await self._read(self._database.read(tables.between, *where))
            stored = self._as_changed(stored)
            # What was fresh when it was asked for may have been written since.
            ids = {message.id for message in fresh}
            both = [message for message in stored if message.id not in ids] + fresh
            both.sort(key=lambda message: message.id)
            return cut(both, low, high, n, newest) if fresh else stored

        return Deferred.fromCoroutine(page())

    def id_at(self, room: str, at: float) -> Deferred[int]:
        key = fold(room)
        fresh = [m.id for m in self._unwritten(key) if m.at >= at] or [LAST]
        known = self._rooms.get(key)
        if known is None:
            return succeed(fresh[0])

        async def first() -> int:
            found = self._database.read(tables.id_at, known.number, at)
            stored = await self._read(found)
            return fresh[0] if stored is None else min(stored, fresh[0])

        return Deferred.fromCoroutine(first())

    def search(
        self,
        rooms: Sequence[str],
        words: str,
        n: int,
        before: int | None = None,
        requester: Requester = ANYBODY,
    ) -> Deferred[Found]:
        wanted = words_of(words)
        names = {
            known.number: known.name
            for known in (self._rooms.get(fold(room)) for room in rooms)
            if known is not None
        }
        upto = LAST if before is None else before
        fresh = self._fresh(rooms, wanted, n + 1, upto)

        async def find() -> Found:
            await self.upkeep.settle()
            job = (tables.search, names, wanted, n + 1, upto)
            found = self._searches.submit(requester, self._database.search, *job)
            stored = await self._read(found)
            known = {(message.room, message.id) for _, message in fresh}
            both = fresh + [
                (serial, message)
                for serial, message in stored
                if (message.room, message.id) not in known
            ]
            both = self._still_found(both, wanted)
            return Found(both[:n], len(both) > n)

        return Deferred.fromCoroutine(find())

    def count(
        self, after: Mapping[str, int], unheard: Unheard, most: int
    ) -> Deferred[dict[str, int]]:
        fresh, places = self._newer(after)
        counts: dict[str, int] = {}
        for message in fresh:
            key = fold(message.room)
            counts[key] = counts.get(key, 0) + (not unheard.hides(message))

        async def counted() -> dict[str, int]:
            job = self._database.read(unread.count, places, unheard, most)
            for key, number in (await self._read(job)).items():
                counts[key] = counts.get(key, 0) + number
            return {key: min(most, number) for key, number in counts.items()}

        return Deferred.fromCoroutine(counted())

    def naming(
        self, after: Mapping[str, int], words: Sequence[str]
    ) -> Deferred[list[Said]]:
        fresh, places = self._newer(after)
        fresh.sort(key=lambda message: (message.at, message.id), reverse=True)

        async def find() -> list[Said]:
            stored = await self._read(self._database.read(unread.naming, places, words))
            return [*fresh, *stored][:MAX_NAMING]

        return Deferred.fromCoroutine(find())

    def _newer(self, after: Mapping[str, int]) -> tuple[list[Said], list[Since]]:
        """What is after these ids: messages that the file has not, and what it has."""
        fresh = [
            message
            for message in self.recorder.unwritten
            if message.id > after.get(fold(message.room), LAST)
        ]
        upto: dict[str, int] = {}
        for message in fresh:
            upto.setdefault(fold(message.room), message.id)
        places = [
            Since(known.number, key, known.name, id, upto.get(key, LAST))
            for key, id in after.items()
            if (known := self._rooms.get(key)) is not None
        ]
        for key, id in after.items():
            fresh += [m for m in self._fleeting.messages(key) if m.id > id]
        return fresh, places

    def _still_found(
        self, found: list[tuple[int, Said]], wanted: Sequence[Word]
    ) -> list[tuple[int, Said]]:
        """What has these words after all that was done to it."""
        found = [each for each in found if not self._is_erased(each[1])]
        now = self._as_changed([message for _, message in found])
        return [
            (serial, after)
            for (serial, before), after in zip(found, now, strict=True)
            if after.text == before.text or matches(wanted, after.text)
        ]

    def _fresh(
        self, rooms: Sequence[str], wanted: Sequence[Word], n: int, upto: int
    ) -> list[tuple[int, Said]]:
        """What a search finds among the messages that are not written yet."""
        keys = {fold(room) for room in rooms}
        found = self._fleeting.search(keys, wanted, n, upto)
        unwritten = self._as_changed(self.recorder.unwritten)
        serials = self._serials(unwritten, self._committed)
        for serial, message in zip(reversed(serials), reversed(unwritten), strict=True):
            if len(found) == n:
                break
            if (
                serial < upto
                and fold(message.room) in keys
                and matches(wanted, message.text)
            ):
                found.append((serial, message))
        return found

    async def _read(self, answer: Deferred[T]) -> T:
        """Whoever asks learns that it can't be read, and the log learns why."""
        try:
            return await answer
        except DatabaseError as error:
            log.error("the history can't be read: {error}", error=error)
            raise ChatError(
                400, "The history can't be read now; try again later"
            ) from error

    def _unwritten(self, key: str) -> list[Said]:
        """What the file has not, or not yet, in ascending order."""
        fleeting = self._fleeting.messages(key)
        unwritten = [m for m in self.recorder.unwritten if fold(m.room) == key]
        return sorted(fleeting + unwritten, key=lambda m: m.id)

    # Retention

    def retain(self, retention: Retention) -> None:
        self._retention = retention

    def purge(
        self, now: float, last_ids: Mapping[str, int]
    ) -> Deferred[list[tuple[str, int]]]:
        age, most, private = self._retention
        old = None if age is None else now - age
        if old is not None:
            for tail in self._tails:
                tail.forget(old)
        if private is not None:
            self._tails.forget_private(now - private)
        long = [
            (room.number, room.last_id - most)
            for room in self._rooms
            if most is not None and room.last_id > most
        ]
        of_private = None if private is None else now - private
        return Deferred.fromCoroutine(self._purge(old, of_private, long, last_ids))

    async def _purge(
        self,
        old: float | None,
        private: float | None,
        long: Sequence[tuple[int, int]],
        last_ids: Mapping[str, int],
    ) -> list[tuple[str, int]]:
        try:
            forgotten = await self._database.read(tables.forgotten_rooms)
            long = [*long, *((number, LAST) for number in forgotten)]
            if private is not None:
                long += await self._old_private(private)
            if not await self.upkeep.purge(old, long):
                return []
            await self.upkeep.merge()
            if forgotten:
                await self._database.run(tables.drop_forgotten)
            empty = await self._database.read(tables.empty_rooms)
        except Exception as error:
            self.upkeep.trouble(error)
            return []
        # Where something was said meanwhile, the latest id is another.
        left = [(key, id) for key, id in empty if last_ids.get(key) == id]
        return left + self._unheard_of(last_ids)

    def _unheard_of(self, last_ids: Mapping[str, int]) -> list[tuple[str, int]]:
        """Where nothing was said that was ever to be written."""
        waiting = {fold(message.room) for message in self.recorder.unwritten}
        return [
            (key, id)
            for key, id in last_ids.items()
            if key not in self._rooms and key not in waiting
        ]

    async def _old_private(self, before: float) -> list[tuple[int, int]]:
        """The conversations of which something is older than that, for `Upkeep`."""
        numbers = [each.number for each in self._rooms if is_conversation(each.key)]
        found: list[tuple[int, int]] = []
        for start in range(0, len(numbers), LOOKED_THROUGH):
            some = numbers[start : start + LOOKED_THROUGH]
            found += await self._database.read(tables.old_messages, some, before)
        return found

    def forget(self, rooms: Iterable[str]) -> None:
        keys = set(rooms)
        # What was said there is not to come into the next room of that name.
        self.recorder.drop(keys)
        self._tails.forget(keys)
        self.passing.forget(keys)
        if self.passing.active:
            return  # the file has forgotten them, and may have the next ones
        for room in self._rooms.forget(keys):
            self.recorder.keep(ForgetRoom(room.number, room.key))


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
    bugs = [*tables.insert(connection, rooms, values), *perform(connection, writes)]
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


if TYPE_CHECKING:

    def _conforms(history: SqliteHistory) -> History:
        return history
