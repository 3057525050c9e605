"""CHATHISTORY: what was said in a room before (IRCv3 chathistory).

Private messages are never kept, so a person has an empty history.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from twisted.internet.defer import Deferred, FirstError, gatherResults, succeed

from ....events import ChatError, Said
from ....grammar.json import stamp
from ....hub import Room
from ....hub.replay import fitting
from ....names import fold, is_room
from ....outcomes import Outcome, run
from .. import batches, msgids
from ..command import Command, always
from ..message import middle

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

T = TypeVar("T")

MOST = 100
"""Messages in one answer; ISUPPORT's CHATHISTORY."""

ROWS_IN_QUERY = 100
"""As how many rows of a list in memory a look into the history counts."""

MILLISECOND = 0.001
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
SELECTORS = {"LATEST": 1, "BEFORE": 1, "AFTER": 1, "AROUND": 1, "BETWEEN": 2}


class DeniedError(Exception):
    """A request that FAILs; the arguments are code, context and text."""


class Point(NamedTuple):
    """A place in a room's history: a message, or a time.

    A time is known to the millisecond, which is what clients are told.

    :ivar id: of the message; None for a time.
    :ivar at: seconds since the epoch.
    """

    room: Room
    id: int | None
    at: float

    def before(self) -> Deferred[int]:
        """Fires with the id that all messages before this place have less than."""
        if self.id is not None:
            return succeed(self.id)
        return self.room.hub.history.id_at(self.room.name, self.at)

    def after(self) -> Deferred[int]:
        """Fires with the id that all messages after this place have more than."""
        if self.id is not None:
            return succeed(self.id)
        found = self.room.hub.history.id_at(self.room.name, self.at + MILLISECOND)
        return found.addCallback(lambda found: int(found) - 1)


def _chathistory(c: IRCConnection, message: Message) -> Outcome:
    return run(_recall(c, *message.params))


async def _recall(c: IRCConnection, what: str, *words: str) -> None:
    sub = what.upper()
    try:
        if sub == "TARGETS":
            await _targets(c, words)
        elif sub in SELECTORS:
            await _page(c, sub, words)
        else:
            raise DeniedError("INVALID_PARAMS", what, "Unknown command")
    except DeniedError as denied:
        code, *more = denied.args
        c.fail("CHATHISTORY", code, *more)


async def _page(c: IRCConnection, sub: str, words: Sequence[str]) -> None:
    wanted = SELECTORS[sub] + 2
    if len(words) != wanted:
        few = "Insufficient" if len(words) < wanted else "Too many"
        raise DeniedError("INVALID_PARAMS", sub, f"{few} parameters")
    target, *selectors, limit = words
    count = _count(sub, limit)
    if not is_room(target):
        _answer(c, target, [])
        return
    room = c.hub.rooms.get(fold(target))
    if room is None or c.session.me not in room.members:
        text = "Messages could not be retrieved"
        raise DeniedError("INVALID_TARGET", sub, target, text)
    if sub == "LATEST" and selectors == ["*"]:
        found = c.hub.history.latest(room.name, count)
    else:
        points = [_point(sub, room, selector) for selector in selectors]
        found = ASK[sub](room, points, count)
    messages = await _read(found, sub, room.name)
    heard = [m for m in messages if c.hub.ignoring.hears(c.session.me, m.nick)]
    newest = sub in ("LATEST", "BEFORE")
    _answer(c, room.name, fitting(heard, c.session, newest))


async def _read(found: Deferred[T], sub: str, target: str) -> T:
    """What was found; raises `DeniedError` when the history can't be read."""
    try:
        return await found
    except (ChatError, FirstError) as error:
        if isinstance(error, FirstError) and not error.subFailure.check(ChatError):
            raise
        text = "Messages could not be retrieved"
        raise DeniedError("MESSAGE_ERROR", sub, target, text) from None


def _count(sub: str, limit: str) -> int:
    if not (limit.isascii() and limit.isdigit() and int(limit[:9])):
        raise DeniedError("INVALID_PARAMS", sub, limit, "Invalid limit")
    return min(int(limit[:9]), MOST)


def _point(sub: str, room: Room, selector: str) -> Point:
    kind, _, value = selector.partition("=")
    if kind == "timestamp":
        return Point(room, None, _time(sub, value))
    if kind != "msgid":
        raise DeniedError("INVALID_MSGREFTYPE", sub, room.name, "Not supported")
    id = msgids.number_of(value, room.name)
    if id is None:
        raise DeniedError("INVALID_PARAMS", sub, value, "Not of that channel")
    return Point(room, id, 0.0)


def _time(sub: str, value: str) -> float:
    if not _TIME.fullmatch(value):
        raise DeniedError("INVALID_PARAMS", sub, value, "Invalid timestamp")
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        raise DeniedError("INVALID_PARAMS", sub, value, "Invalid timestamp") from None


# Asking


def _latest(room: Room, points: list[Point], n: int) -> Deferred[list[Said]]:
    history, end = room.hub.history, room.last_id + 1
    low = points[0].after()
    return low.addCallback(lambda at: history.between(room.name, at, end, n, True))


def _before(room: Room, points: list[Point], n: int) -> Deferred[list[Said]]:
    history = room.hub.history
    return points[0].before().addCallback(lambda at: history.before(room.name, at, n))


def _after(room: Room, points: list[Point], n: int) -> Deferred[list[Said]]:
    history = room.hub.history
    return points[0].after().addCallback(lambda at: history.after(room.name, at, n))


def _around(room: Room, points: list[Point], n: int) -> Deferred[list[Said]]:
    history = room.hub.history
    return points[0].before().addCallback(lambda at: history.around(room.name, at, n))


def _between(room: Room, points: list[Point], n: int) -> Deferred[list[Said]]:
    """From the first towards the second, forwards or backwards in time."""
    history = room.hub.history
    first, second = points
    bounds = [first.before(), first.after(), second.before(), second.after()]

    def ask(ids: list[int]) -> Deferred[list[Said]]:
        before_first, after_first, before_second, after_second = ids
        if before_first <= before_second:
            return history.between(room.name, after_first, before_second, n)
        return history.between(room.name, after_second, before_first, n, True)

    return gatherResults(bounds, consumeErrors=True).addCallback(ask)


ASK: dict[str, Callable[[Room, list[Point], int], Deferred[list[Said]]]] = {
    "LATEST": _latest,
    "BEFORE": _before,
    "AFTER": _after,
    "AROUND": _around,
    "BETWEEN": _between,
}


# Answering


def _answer(c: IRCConnection, target: str, messages: Sequence[Said]) -> None:
    _send(c, f"chathistory {middle(target)}", list(map(c.renderer.speech, messages)))


def _send(c: IRCConnection, opening: str, lines: list[bytes]) -> None:
    data = b"".join(lines)
    if "batch" in c.caps:
        data = batches.batch(data, opening, c.server, c.reference())
    if data:
        c.listener.send(data)


async def _targets(c: IRCConnection, words: Sequence[str]) -> None:
    """The rooms one is in where the latest message lies between two times."""
    if len(words) != 3:
        few = "Insufficient" if len(words) < 3 else "Too many"
        raise DeniedError("INVALID_PARAMS", "TARGETS", f"{few} parameters")
    times = []
    for word in words[:2]:
        kind, _, value = word.partition("=")
        if kind != "timestamp":
            raise DeniedError("INVALID_PARAMS", "TARGETS", word, "Invalid timestamp")
        times.append(_time("TARGETS", value))
    count = _count("TARGETS", words[2])
    low, high = min(times), max(times)
    history = c.hub.history
    rooms = c.session.me.rooms.values()
    c.session.charge(rows=ROWS_IN_QUERY * len(rooms))
    asked = [history.latest(room.name, 1) for room in rooms]
    pages = await _read(gatherResults(asked, consumeErrors=True), "TARGETS", "*")
    last = [page[-1] for page in pages if page and low < page[-1].at < high]
    last.sort(key=lambda speech: speech.at, reverse=times[0] > times[1])
    lines = [
        f":{c.server} CHATHISTORY TARGETS {m.room} {stamp(m.at)}\r\n".encode()
        for m in last[:count]
    ]
    _send(c, "draft/chathistory-targets", lines)


COMMANDS = {
    "CHATHISTORY": Command(
        _chathistory,
        1,
        asks=always,
        usage="subcommand target …",
        about="``LATEST``, ``BEFORE``, ``AFTER``, ``BETWEEN``, ``AROUND``, ``TARGETS``",
    )
}
