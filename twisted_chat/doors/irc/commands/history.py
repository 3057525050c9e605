"""CHATHISTORY: what was said before, in rooms and in private (IRCv3 chathistory)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from twisted.internet.defer import Deferred, FirstError, gatherResults, succeed

from ....events import ChatError, Said
from ....grammar.json import stamp
from ....hub.past import MAX_SEARCHED
from ....hub.private_past import as_whispered
from ....hub.replay import as_heard, as_shown, fitting, heard
from ....hub.spoken import Pageable
from ....limits import BYTES_PER_TOKEN
from ....names import fold, is_conversation, is_room
from ....outcomes import Outcome, run
from .. import batches
from ..capabilities.event_playback import Playback, history_for
from ..command import Command, always
from ..message import middle
from .messages import place_of

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


class Place(NamedTuple):
    """Whose history is asked for.

    :ivar history: what of it this client can be shown.
    :ivar name: a room's, or the key of a conversation.
    :ivar target: what the client calls it.
    :ivar last: the id of the latest message.
    """

    history: Pageable
    name: str
    target: str
    last: int


class Point(NamedTuple):
    """A place in a history: a message, or a time.

    A time is known to the millisecond, which is what clients are told.

    :ivar id: of the message; None for a time.
    :ivar at: seconds since the epoch.
    """

    place: Place
    id: int | None
    at: float

    def before(self) -> Deferred[int]:
        """Fires with the id that all messages before this place have less than."""
        if self.id is not None:
            return succeed(self.id)
        return self.place.history.id_at(self.place.name, self.at)

    def after(self) -> Deferred[int]:
        """Fires with the id that all messages after this place have more than."""
        if self.id is not None:
            return succeed(self.id)
        place = self.place
        found = place.history.id_at(place.name, self.at + MILLISECOND)
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
    place = _place(c, sub, target)
    if place is None:
        _send(c, f"chathistory {middle(target)}", [])
        return
    if sub == "LATEST" and selectors == ["*"]:
        found = place.history.latest(place.name, count)
    else:
        points = [_point(c, sub, place, selector) for selector in selectors]
        found = ASK[sub](place, points, count)
    messages = await _read(found, sub, place.target)
    audible = [
        as_heard(c.session, m)
        for m in messages
        if heard(c.session, m) and as_shown(c.session, m)
    ]
    newest = sub in ("LATEST", "BEFORE")
    _answer(c, place, fitting(audible, c.session, newest))


def _place(c: IRCConnection, sub: str, target: str) -> Place | None:
    """Whose history `target` means; None for a person with whom there is none.

    :raises DeniedError: for a room in which the client is not.
    """
    hub = c.hub
    if not is_room(target):
        key = place_of(c, target)
        return Place(hub.history, key, target, hub.last_id(key)) if key else None
    room = hub.rooms.get(fold(target))
    if room is None or c.session.me not in room.members:
        text = "Messages could not be retrieved"
        raise DeniedError("INVALID_TARGET", sub, target, text)
    return Place(history_for(c), room.name, room.name, room.last_id)


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


def _point(c: IRCConnection, sub: str, place: Place, selector: str) -> Point:
    kind, _, value = selector.partition("=")
    if kind == "timestamp":
        return Point(place, None, time_of(sub, value))
    if kind != "msgid":
        raise DeniedError("INVALID_MSGREFTYPE", sub, place.target, "Not supported")
    id = c.renderer.ids.number_of(value, place.name)
    if id is None:
        raise DeniedError("INVALID_PARAMS", sub, value, "Not of that channel")
    return Point(place, id, 0.0)


def time_of(sub: str, value: str) -> float:
    """A timestamp, in seconds since the epoch; raises `DeniedError`."""
    if not _TIME.fullmatch(value):
        raise DeniedError("INVALID_PARAMS", sub, value, "Invalid timestamp")
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        raise DeniedError("INVALID_PARAMS", sub, value, "Invalid timestamp") from None


# Asking


def _latest(place: Place, points: list[Point], n: int) -> Deferred[list[Said]]:
    history, end = place.history, place.last + 1
    low = points[0].after()
    return low.addCallback(lambda at: history.between(place.name, at, end, n, True))


def _before(place: Place, points: list[Point], n: int) -> Deferred[list[Said]]:
    history = place.history
    return points[0].before().addCallback(lambda at: history.before(place.name, at, n))


def _after(place: Place, points: list[Point], n: int) -> Deferred[list[Said]]:
    history = place.history
    return points[0].after().addCallback(lambda at: history.after(place.name, at, n))


def _around(place: Place, points: list[Point], n: int) -> Deferred[list[Said]]:
    history = place.history
    return points[0].before().addCallback(lambda at: history.around(place.name, at, n))


def _between(place: Place, points: list[Point], n: int) -> Deferred[list[Said]]:
    """From the first towards the second, forwards or backwards in time."""
    history = place.history
    first, second = points
    bounds = [first.before(), first.after(), second.before(), second.after()]

    def ask(ids: list[int]) -> Deferred[list[Said]]:
        before_first, after_first, before_second, after_second = ids
        if before_first <= before_second:
            return history.between(place.name, after_first, before_second, n)
        return history.between(place.name, after_second, before_first, n, True)

    return gatherResults(bounds, consumeErrors=True).addCallback(ask)


ASK: dict[str, Callable[[Place, list[Point], int], Deferred[list[Said]]]] = {
    "LATEST": _latest,
    "BEFORE": _before,
    "AFTER": _after,
    "AROUND": _around,
    "BETWEEN": _between,
}


# Answering


def _answer(c: IRCConnection, place: Place, messages: Sequence[Said]) -> None:
    playback = Playback(c, messages, place.target)
    lines: list[bytes] = []
    for said in messages:
        is_topic = said.kind == "topic"
        lines.append(playback.topic(said) if is_topic else _line(c, place, said))
        lines += playback.after(said)
    _send(c, f"chathistory {middle(place.target)}", lines)


def _line(c: IRCConnection, place: Place, said: Said) -> bytes:
    """A message; one of a conversation by who is called so now, and to whom."""
    if not is_conversation(said.room):
        return c.renderer.speech(said)
    if not said.text:
        return b""  # it is deleted
    nick = c.hub.conversations.nick(said.author) or said.nick
    mine = said.author == c.session.me.author
    event = as_whispered(c.session, said)._replace(nick=nick)
    return c.renderer.whisper(event, place.target if mine else c.nick)


def _send(c: IRCConnection, opening: str, lines: list[bytes]) -> None:
    data = b"".join(lines)
    if "batch" in c.caps:
        data = batches.batch(data, opening, c.server, c.reference())
    if data:
        c.listener.send(data)
    c.session.spare(1 + len(data) // BYTES_PER_TOKEN)


async def _targets(c: IRCConnection, words: Sequence[str]) -> None:
    """Where the latest message lies between two times."""
    if len(words) != 3:
        few = "Insufficient" if len(words) < 3 else "Too many"
        raise DeniedError("INVALID_PARAMS", "TARGETS", f"{few} parameters")
    times = []
    for word in words[:2]:
        kind, _, value = word.partition("=")
        if kind != "timestamp":
            raise DeniedError("INVALID_PARAMS", "TARGETS", word, "Invalid timestamp")
        times.append(time_of("TARGETS", value))
    count = _count("TARGETS", words[2])
    # A client knows a time by its stamp: one between two milliseconds is at the first.
    low, high = map(stamp, sorted(times))
    names = _named_places(c)
    c.session.charge(rows=ROWS_IN_QUERY * len(names))
    history = history_for(c)
    asked = [history.latest(place, 1) for place in names]
    pages = await _read(gatherResults(asked, consumeErrors=True), "TARGETS", "*")
    last = [
        (page[-1].at, name)
        for name, page in zip(names.values(), pages, strict=True)
        if page and low < stamp(page[-1].at) < high and as_shown(c.session, page[-1])
    ]
    last.sort(key=itemgetter(0), reverse=times[0] > times[1])
    lines = [
        f":{c.server} CHATHISTORY TARGETS {name} {stamp(at)}\r\n".encode()
        for at, name in last[:count]
    ]
    _send(c, "draft/chathistory-targets", lines)


def _named_places(c: IRCConnection) -> dict[str, str]:
    """Rooms that they are in and people they have written with, by what they call them.

    One with several people has no name in IRC.
    """
    me, conversations = c.session.me, c.hub.conversations
    names = {room.name: room.name for room in me.rooms.values()}
    for key in conversations.latest(me, MAX_SEARCHED):
        name = conversations.name(key, me).removeprefix("@")
        if name and "," not in name:
            names[key] = name
    return names


COMMANDS = {
    "CHATHISTORY": Command(
        _chathistory,
        1,
        asks=always,
        usage="subcommand target …",
        about="``LATEST``, ``BEFORE``, ``AFTER``, ``BETWEEN``, ``AROUND``, ``TARGETS``",
    )
}
