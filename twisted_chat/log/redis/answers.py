"""What Redis replies, checked before anything is done with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..stream import (
    MAX_BODY,
    MAX_MEMBERS,
    MAX_NAME,
    MAX_SNAPSHOT,
    Book,
    Malformed,
    Member,
    Position,
    Record,
    Report,
)
from .wire import Reply

MAX_NUMBER = 2**53
"""Redis' scripts count in floats: above this they skip numbers."""

MAX_ADDED = 64
"""How many bytes encryption may add to a body."""

_DIGITS = 16
_MEMBER = re.compile(rb"(\d{1,16}) (\d{1,16}) (\d{1,16}-\d{1,16}) (.*)", re.DOTALL)
_REPORT = re.compile(rb"(\d{1,16}) (\d{1,16}-\d{1,16}) (\d{1,16})\n(.*)", re.DOTALL)
_FIELDS = [b"p", b"g", b"n", b"s", b"b"]


def number(reply: Reply) -> int:
    """A count or a time.

    :raises Malformed: it is none.
    """
    if isinstance(reply, bytes) and len(reply) <= _DIGITS and reply.isdigit():
        reply = int(reply)
    if isinstance(reply, int) and 0 <= reply <= MAX_NUMBER:
        return reply
    raise Malformed("a number is none")


def position(reply: Reply) -> Position:
    """A position; raises `Malformed`."""
    if not isinstance(reply, bytes):
        raise Malformed("a position is none")
    ms, _, seq = reply.partition(b"-")
    return Position(number(ms), number(seq))


def position_text(at: Position) -> str:
    """A position as Redis writes it.

    :raises ValueError: it is out of bounds.
    """
    if not (0 <= at.ms <= MAX_NUMBER and 0 <= at.seq <= MAX_NUMBER):
        raise ValueError(f"{at} is no position")
    return f"{at.ms}-{at.seq}"


def check_name(name: str) -> str:
    """The name of a node.

    :raises ValueError: it may not be called so.
    """
    if not (1 <= len(name.encode()) <= MAX_NAME and name.isprintable()):
        raise ValueError(f"{name[:MAX_NAME]!r} is no name of a node")
    return name


def name(reply: Reply) -> str:
    """The name of a node; raises `Malformed`."""
    try:
        return check_name(data(reply, MAX_NAME).decode())
    except ValueError:
        raise Malformed("the name of a node is none") from None


def data(reply: Reply, most: int) -> bytes:
    """At most `most` bytes; raises `Malformed`."""
    if isinstance(reply, bytes) and len(reply) <= most:
        return reply
    raise Malformed("it has no data, or too much")


def parts(reply: Reply, count: int) -> list[Reply]:
    """A list of `count` parts; raises `Malformed`."""
    if isinstance(reply, list) and len(reply) == count:
        return reply
    raise Malformed("a list has not its length")


def _pairs(reply: Reply) -> Iterator[tuple[Reply, Reply]]:
    if not isinstance(reply, list) or not len(reply) % 2 == 0 <= len(reply):
        raise Malformed("a table is none")
    if len(reply) > 2 * MAX_MEMBERS:
        raise Malformed("a table is too long")
    return zip(reply[::2], reply[1::2], strict=True)


def book(reply: Reply) -> Book:
    """Who is in: generation, head, time, and members by their epoch."""
    generation, head, now, members = parts(reply, 4)
    at = number(now)
    found = sorted(_member(node, kept, at) for node, kept in _pairs(members))
    return Book(number(generation), position(head), tuple(found))


def _member(node: Reply, kept: Reply, now: int) -> Member:
    found = _MEMBER.fullmatch(data(kept, 256))
    if found is None:
        raise Malformed("a member is none")
    sequence, deadline, read, named = found.groups()
    left = (number(deadline) - now) / 1000
    return Member(number(node), name(named), number(sequence), position(read), left)


def reports(reply: Reply) -> tuple[Report, ...]:
    """What nodes said: the time, and reports by name."""
    now, kept = parts(reply, 2)
    at = number(now)
    return tuple(sorted(_report(named, said, at) for named, said in _pairs(kept)))


def _report(named: Reply, said: Reply, now: int) -> Report:
    found = _REPORT.fullmatch(data(said, (MAX_MEMBERS + 1) * (MAX_NAME + 1)))
    if found is None:
        raise Malformed("a report is none")
    generation, shown, at, others = found.groups()
    known = tuple(name(other) for other in others.split(b"\n") if other)
    age = max(now - number(at), 0) / 1000
    return Report(name(named), number(generation), position(shown), known, age)


def snapshot(reply: Reply) -> tuple[Position, bytes] | None:
    """A snapshot and its position, or nothing."""
    if reply == []:
        return None
    at, kept = parts(reply, 2)
    return position(at), data(kept, MAX_SNAPSHOT + MAX_ADDED)


def records(reply: Reply, after: Position, most: int) -> list[Record]:
    """What XREAD found in one stream, in ascending order after `after`.

    :raises Malformed: and says at which position.
    """
    if reply is None:
        return []
    _key, found = parts(parts(reply, 1)[0], 2)
    if not isinstance(found, list) or len(found) > most:
        raise Malformed(f"after {position_text(after)} there are too many records")
    read: list[Record] = []
    for one in found:
        try:
            record = _record(one)
            if not record.previous < record.position > after:
                raise Malformed("positions don't ascend")
        except Malformed as error:
            raise Malformed(
                f"the record after {position_text(after)} is malformed: {error}"
            ) from None
        read.append(record)
        after = record.position
    return read


def _record(reply: Reply) -> Record:
    at, fields = parts(reply, 2)
    found = parts(fields, 10)
    if found[::2] != _FIELDS:
        raise Malformed("it has other fields")
    previous, generation, node, sequence, body = found[1::2]
    return Record(
        position(at),
        position(previous),
        number(generation),
        number(node),
        number(sequence),
        data(body, MAX_BODY + MAX_ADDED),
    )
