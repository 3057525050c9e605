"""Bans, rooms' rules and audit entries in SQLite: functions of a connection."""

from __future__ import annotations

import json
import sqlite3

from ..events import Ban
from ..names import fold
from .moderation import MAX_AUDIT_ENTRIES, AuditEntry, RoomRecord, ban_key

# As the fields of `RoomRecord`; what they mean is in `migrations`.
ROOM_COLUMNS = (
    *("name", "topic", "topic_by", "topic_at", "secret", "locked", "moderated"),
    *("topic_locked", "most", "owners", "voices", "unlisted", "no_ctcp"),
)


def all_bans(connection: sqlite3.Connection) -> list[Ban]:
    """All bans and mutes, the oldest first."""
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


def put_ban(connection: sqlite3.Connection, ban: Ban) -> None:
    """See `Store.put_ban`."""
    *plain, accounts, hosts, _temporary = ban
    drop_ban(connection, ban)
    connection.execute(
        "INSERT INTO bans VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*ban_key(ban)[1:], *plain, json.dumps(accounts), json.dumps(hosts)),
    )


def drop_ban(connection: sqlite3.Connection, ban: Ban) -> None:
    """See `Store.drop_ban`."""
    connection.execute(
        "DELETE FROM bans WHERE kind = ? AND room_key = ? AND mask_key = ?",
        ban_key(ban),
    )


def all_rooms(connection: sqlite3.Connection) -> list[RoomRecord]:
    """All rooms that are kept, by their folded names."""
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
    no_ctcp: int,
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
        bool(no_ctcp),
    )


def put_room(connection: sqlite3.Connection, record: RoomRecord) -> None:
    """See `Store.put_room`."""
    kept = record._replace(
        owners=json.dumps(record.owners),  # type: ignore[arg-type]
        voices=json.dumps(record.voices),  # type: ignore[arg-type]
    )
    connection.execute(
        f"INSERT OR REPLACE INTO rules (key, {', '.join(ROOM_COLUMNS)})"
        f" VALUES (?{', ?' * len(ROOM_COLUMNS)})",
        (fold(record.name), *kept),
    )


def drop_room(connection: sqlite3.Connection, name: str) -> None:
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
    """The last `most` entries from `since` on, the oldest first.

    :param since: seconds since the epoch.
    """
    rows = connection.execute(
        """SELECT at, by, what, room, target, reason FROM deeds WHERE at >= ?
        ORDER BY serial DESC LIMIT ?""",
        (since, most),
    )
    return [AuditEntry(*row) for row in rows][::-1]
