"""Messages are deleted, a few at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import NamedTuple

from ...events import Said
from ...names import fold
from ...storage.former import Former, all_former, put_former
from ...storage.messages_sqlite import move_room, put_back
from . import rows
from .pages import id_at
from .rooms import rooms

# Messages that are deleted in one statement.
_AT_ONCE = 500


def purge_old(connection: sqlite3.Connection, before: float, most: int) -> int:
    """Delete those of the `most` oldest messages that were said before a time.

    :param before: seconds since the epoch.
    :return: how many it was.
    """
    found = connection.execute(
        "SELECT serial, at FROM messages ORDER BY serial LIMIT ?", (most,)
    )
    return delete_messages(connection, [serial for serial, at in found if at < before])


def purge_long(
    connection: sqlite3.Connection, number: int, upto: int, most: int
) -> int:
    """Delete the messages of a room up to the id `upto`, at most `most` of them.

    :return: how many it was.
    """
    found = connection.execute(
        "SELECT serial FROM messages WHERE room = ? AND id <= ? ORDER BY id LIMIT ?",
        (number, upto, most),
    )
    return delete_messages(connection, [serial for (serial,) in found])


def old_messages(
    connection: sqlite3.Connection, numbers: Iterable[int], before: float
) -> list[tuple[int, int]]:
    """Of these rooms, the latest message said before a time; for `purge_long`.

    :param before: seconds since the epoch.
    :return: numbers of rooms, each with an id; those without such a message are left
        out.
    """
    found = []
    for number in numbers:
        first = connection.execute(
            "SELECT at FROM messages WHERE room = ? ORDER BY id LIMIT 1", (number,)
        ).fetchone()
        if first is not None and first[0] < before:
            newer = id_at(connection, number, before)
            found.append((number, 1 << 62 if newer is None else newer - 1))
    return found


class Moment(NamedTuple):
    """What is known of a time from which on all is to go.

    :ivar at: seconds since the epoch.
    :ivar last_ids: of each room then, by folded name; None where they aren't known:
        then all that was said at `at` or later goes.
    :ivar kept: but not up to these ids, of what was said at `at` exactly.
    :ivar said: messages as they were then, by folded room and id; some of them.
    """

    at: float
    last_ids: Mapping[str, int] | None
    kept: Mapping[str, int]
    said: Mapping[tuple[str, int], Said]


def cut_changes(connection: sqlite3.Connection, then: Moment) -> list[Said]:
    """Messages that were edited or deleted since; reactions that were made since go.

    What was edited is as it was before where that is known.  Else it stays as it is,
    and what was deleted stays so.
    """
    since = then.at
    connection.execute("DELETE FROM reactions WHERE at >= ?", (since,))
    names = {room.number: room.name for room in rooms(connection).values()}
    found = connection.execute(
        f"SELECT {rows.SELECTED} FROM {rows.JOINED}"
        " WHERE m.changed >= ? OR m.deleted_at >= ?",
        (since, since),
    )
    known = (row for row in found.fetchall() if row[1] in names)
    changed = [said for _, said in rows.read(connection, names, known)]
    for said in changed:
        if (before := then.said.get((fold(said.room), said.id))) is not None:
            put_back(connection, before)
    return changed


def delete_messages(connection: sqlite3.Connection, serials: list[int]) -> int:
    """Delete the messages with these serials; gives how many it was."""
    if not serials:
        return 0
    these = f"serial IN ({','.join(map(str, serials))})"
    # The index has only what was indexed.  It has no text of its own, and has to be
    # told what to delete (sqlite.org/fts5.html#the_delete_command).
    connection.execute(
        f"""INSERT INTO words (words, rowid, room, text)
            SELECT 'delete', serial, room, text FROM messages
            WHERE {these} AND serial <=
                (SELECT value FROM meta WHERE name = 'indexed')"""
    )
    connection.execute(
        f"""UPDATE rooms SET last_id = max(last_id, gone.id)
            FROM (SELECT room, max(id) AS id FROM messages WHERE {these}
                GROUP BY room) AS gone WHERE number = gone.room"""
    )
    connection.execute(
        f"""DELETE FROM reactions WHERE (room, id) IN
            (SELECT room, id FROM messages WHERE {these})"""
    )
    connection.execute(f"DELETE FROM messages WHERE {these}")
    return len(serials)


def cut_off(
    connection: sqlite3.Connection, then: Moment
) -> tuple[list[Said], dict[str, int]]:
    """Delete what came after a moment; gives it in order, and what is left.

    :return: what is left: the latest id of each room, which may be 0.
    """
    found: list[tuple[int, Said]] = []
    left: dict[str, int] = {}
    since, last_ids, kept, _ = then
    _move_back(connection, last_ids, since)
    for room in rooms(connection).values():
        if last_ids is not None:
            last = min(room.last_id, last_ids.get(room.key, 0))
        else:
            first = id_at(connection, room.number, since)
            before = room.last_id if first is None else first - 1
            last = max(before, min(room.last_id, kept.get(room.key, 0)))
        left[room.key] = last
        if last == room.last_id:
            continue
        cut = connection.execute(
            f"SELECT {rows.SELECTED} FROM {rows.JOINED} WHERE m.room = ? AND m.id > ?",
            (room.number, last),
        )
        some = rows.read(connection, {room.number: room.name}, cut)
        found += some
        serials = [serial for serial, _ in some]
        for start in range(0, len(serials), _AT_ONCE):
            delete_messages(connection, serials[start : start + _AT_ONCE])
        connection.execute(
            "UPDATE rooms SET last_id = ? WHERE number = ?", (last, room.number)
        )
        if not last:
            connection.execute("DELETE FROM rooms WHERE number = ?", (room.number,))
    found.sort(key=itemgetter(0))
    return [message for _, message in found], left


def _move_back(
    connection: sqlite3.Connection, last_ids: Mapping[str, int] | None, since: float
) -> None:
    """Let rooms that were renamed after that moment be called as they were then."""
    for now, names in all_former(connection):
        key = now
        before = list(names)
        while before and before[-1].at >= since and key not in (last_ids or ()):
            name = before.pop().name
            move_room(connection, _number(connection, key), key, 0, name)
            key = fold(name)
        if len(before) < len(names):
            put_former(connection, Former(now, ()))
            put_former(connection, Former(key, tuple(before)))


def _number(connection: sqlite3.Connection, key: str) -> int:
    """That of the room with a folded name; 0 where there is none."""
    found = connection.execute("SELECT number FROM rooms WHERE key = ?", (key,))
    return next((number for (number,) in found), 0)
