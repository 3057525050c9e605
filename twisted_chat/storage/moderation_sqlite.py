"""Bans, rooms' rules and audit entries in SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..events import Ban, ChatError
from ..names import fold
from .database import Database, DatabaseError
from .moderation import (
    MAX_AUDIT_ENTRIES,
    AuditEntry,
    ModerationStore,
    RoomRecord,
    ban_key,
)

log = Logger()

P = ParamSpec("P")

# As the fields of `RoomRecord`; what they mean is in `migrations`.
ROOM_COLUMNS = (
    *("name", "topic", "topic_by", "topic_at", "secret", "locked", "moderated"),
    *("topic_locked", "most", "owners", "voices", "unlisted"),
)


class SqliteModerationStore:
    """Keeps these in `database`.

    When the disk doesn't do its part, what is asked fails with `ChatError` 263.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def bans(self) -> Deferred[list[Ban]]:
        return self._database.read(all_bans).addErrback(_refuse)

    def put_ban(self, ban: Ban) -> Deferred[None]:
        return self._run(_put_ban, ban)

    def drop_ban(self, ban: Ban) -> Deferred[None]:
        return self._run(_drop_ban, ban)

    def rooms(self) -> Deferred[list[RoomRecord]]:
        return self._database.read(all_rooms).addErrback(_refuse)

    def put_room(self, record: RoomRecord) -> Deferred[None]:
        return self._run(_put_room, record)

    def drop_room(self, name: str) -> Deferred[None]:
        return self._run(_drop_room, name)

    def add_audit_entry(self, entry: AuditEntry) -> Deferred[None]:
        return self._run(add_audit_entry, entry)

    def audit_entries(
        self, most: int, since: float = 0.0
    ) -> Deferred[list[AuditEntry]]:
        return self._database.read(last_audit_entries, most, since).addErrback(_refuse)

    def _run(
        self,
        job: Callable[Concatenate[sqlite3.Connection, P], None],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Deferred[None]:
        return self._database.run(job, *args, **kwargs).addErrback(_refuse)


def _conforms(store: SqliteModerationStore) -> ModerationStore:
    return store


def _refuse(failure: Failure) -> Any:
    failure.trap(DatabaseError)
    log.error("bans and rules: {why}", why=failure.getErrorMessage())
    raise ChatError(263, "The server's disk has a problem; try again later")


def all_bans(connection: sqlite3.Connection) -> list[Ban]:
    rows = connection.execute(
        """SELECT kind, room, mask, by, reason, since, until, accounts, hosts
        FROM bans ORDER BY serial"""
    )
    return [
        Ban(*plain)._replace(accounts=_texts(accounts), hosts=_texts(hosts))
        for *plain, accounts, hosts in rows
    ]


def _texts(words: str) -> tuple[str, ...]:
    return tuple(json.loads(words))


def _put_ban(connection: sqlite3.Connection, ban: Ban) -> None:
    *plain, accounts, hosts = ban
    _drop_ban(connection, ban)
    connection.execute(
        "INSERT INTO bans VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*ban_key(ban)[1:], *plain, json.dumps(accounts), json.dumps(hosts)),
    )


def _drop_ban(connection: sqlite3.Connection, ban: Ban) -> None:
    connection.execute(
        "DELETE FROM bans WHERE kind = ? AND room_key = ? AND mask_key = ?",
        ban_key(ban),
    )


def all_rooms(connection: sqlite3.Connection) -> list[RoomRecord]:
    rows = connection.execute(
        f"SELECT {', '.join(ROOM_COLUMNS)} FROM rules ORDER BY key"
    )
    return [_record(*row) for row in rows]


def _record(
    name: str,
    topic: str,
    topic_by: str,
    topic_at: float,
    secret: str,
    locked: int,
    moderated: int,
    topic_locked: int,
    most: int,
    owners: str,
    voices: str,
    unlisted: int,
) -> RoomRecord:
    return RoomRecord(
        name,
        topic,
        topic_by,
        topic_at,
        secret,
        bool(locked),
        bool(moderated),
        bool(topic_locked),
        most,
        _texts(owners),
        _texts(voices),
        bool(unlisted),
    )


def _put_room(connection: sqlite3.Connection, record: RoomRecord) -> None:
    kept = record._replace(
        owners=json.dumps(record.owners),  # type: ignore[arg-type]
        voices=json.dumps(record.voices),  # type: ignore[arg-type]
    )
    connection.execute(
        f"INSERT OR REPLACE INTO rules (key, {', '.join(ROOM_COLUMNS)})"
        f" VALUES (?{', ?' * len(ROOM_COLUMNS)})",
        (fold(record.name), *kept),
    )


def _drop_room(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("DELETE FROM rules WHERE key = ?", (fold(name),))


def add_audit_entry(connection: sqlite3.Connection, entry: AuditEntry) -> None:
    """Keep an entry; the oldest go when there are too many."""
    serial = connection.execute(
        "INSERT INTO deeds VALUES (NULL, ?, ?, ?, ?, ?, ?)", entry
    ).lastrowid
    connection.execute(
        "DELETE FROM deeds WHERE serial <= ?", ((serial or 0) - MAX_AUDIT_ENTRIES,)
    )


def last_audit_entries(
    connection: sqlite3.Connection, most: int, since: float
) -> list[AuditEntry]:
    rows = connection.execute(
        """SELECT at, by, what, room, target, reason FROM deeds WHERE at >= ?
        ORDER BY serial DESC LIMIT ?""",
        (since, most),
    )
    return [AuditEntry(*row) for row in rows][::-1]
