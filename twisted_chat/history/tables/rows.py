"""How a message looks in the tables, and how it is read."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from ...events import Marks, Quote, Reaction, Reactor, Said
from ...names import beginning
from ...storage.changes import reaction_of
from ...storage.messages import KINDS

# What it answers is joined to it: that may be deleted, or changed.
SELECTED = """m.serial, m.room, m.kind, m.nick, m.text, m.at, m.id, m.author,
    m.reply_to, m.changed, m.deleted_by, m.deleted_at, answered.nick, answered.text"""
JOINED = """messages AS m LEFT JOIN messages AS answered
    ON m.reply_to AND answered.room = m.room AND answered.id = m.reply_to"""


def read(
    connection: sqlite3.Connection,
    names: dict[int, str],
    rows: Iterable[Any],
    reactions: bool = True,
) -> list[tuple[int, Said]]:
    """The messages of rows of `SELECTED`, each after its serial.

    :param names: of the rooms, by number.
    :param reactions: the tables have some.
    """
    found = [_said(names, *row) for row in rows]
    where = [(room, said.id) for _, room, said in found if reactions]
    there = _reactions(connection, where)
    return [
        (serial, _with(said, there.get((room, said.id), ())))
        for serial, room, said in found
    ]


def _said(
    names: dict[int, str],
    serial: int,
    room: int,
    kind: int,
    nick: str,
    text: str,
    at: float,
    id: int,
    author: int,
    reply_to: int,
    changed: float | None,
    deleted_by: str | None,
    deleted_at: float | None,
    answered: str | None,
    words: str | None,
) -> tuple[int, int, Said]:
    marks = None
    if reply_to or changed is not None or deleted_by is not None:
        quote = None
        if reply_to:
            quote = Quote(answered or "", beginning(words or ""))
        marks = Marks(quote, changed, deleted_by or "", deleted_at or 0.0)
    where = names[room], nick, text, at, id
    return serial, room, Said(*where, KINDS[kind], author, reply_to, marks)


def _with(said: Said, reactions: Sequence[Reaction]) -> Said:
    if not reactions:
        return said
    marks = said.marks or Marks()
    return said._replace(marks=marks._replace(reactions=tuple(reactions)))


def _reactions(
    connection: sqlite3.Connection, messages: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], list[Reaction]]:
    """Those to messages, which are given and found by the room's number and the id."""
    by_room: dict[int, list[int]] = defaultdict(list)
    for room, id in messages:
        by_room[room].append(id)
    found: dict[tuple[int, int], dict[str, list[Reactor]]] = {}
    for room, ids in by_room.items():
        these = ",".join(map(str, ids))
        for id, reaction, *who in connection.execute(
            f"""SELECT id, reaction, author, nick, at FROM reactions
                WHERE room = ? AND id IN ({these}) ORDER BY id, at, author""",
            (room,),
        ):
            kinds = found.setdefault((room, id), {})
            kinds.setdefault(reaction, []).append(Reactor(*who))
    return {
        where: [
            reaction_of(reaction, len(people), people)
            for reaction, people in kinds.items()
        ]
        for where, kinds in found.items()
    }
