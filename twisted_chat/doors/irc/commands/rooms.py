"""JOIN, PART, TOPIC, NAMES, LIST: rooms, which IRC calls channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ....events import ChatError
from ....hub import Room, User, proposals
from ....hub.masks import glob
from ....names import fold, is_room
from ....outcomes import Outcome, run, settled
from .. import replies
from ..command import Command, alone, always, listed
from ..message import middle
from ..read_times import READ_MARKER, learn

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message


def _join(c: IRCConnection, message: Message) -> Outcome:
    if message.params[0] == "0":
        return _part_each(c, [room.name for room in c.session.me.rooms.values()], "")
    rooms = listed(message.params[0])
    key_of = _keys(*message.params[:2]) if len(message.params) > 1 else {}
    c.session.charge(targets=len(rooms) - 1)
    if c.session.me.account:
        c.session.spare(len(rooms))

    def join_one(name: str) -> Outcome:
        return join(c, name, key_of.get(fold(name), ""))

    return run(c.each("JOIN", rooms, join_one))


def _keys(rooms: str, keys: str) -> dict[str, str]:
    """Which room has which key, by the rooms' folded names."""
    named = [fold(name) for name in rooms.split(",") if name]
    return dict(zip(named, keys.split(","), strict=False))


def join(c: IRCConnection, name: str, key: str = "") -> Outcome:
    """Enter the room `name`; raises `ChatError` 403 for what is none, and others."""
    if not is_room(name):
        raise ChatError(403, "No such channel")
    if READ_MARKER in c.caps:
        return run(_join_marked(c, name, key))
    return _enter(c, name, key)


def _enter(c: IRCConnection, name: str, key: str) -> Outcome:
    with c.listener.hush():
        return c.session.join(name, key, c.factory.room_modes)


async def _join_marked(c: IRCConnection, name: str, key: str) -> None:
    """Know how far they have read before they are told that they are there."""
    await learn(c, c.hub.former.successor(fold(name)))
    await settled(_enter(c, name, key))


def _part(c: IRCConnection, message: Message) -> Outcome:
    reason = message.params[1] if len(message.params) > 1 else ""
    return _part_each(c, listed(message.params[0]), reason)


def _part_each(c: IRCConnection, rooms: list[str], reason: str) -> Outcome:
    c.session.charge(targets=len(rooms) - 1)
    return run(c.each("PART", rooms, lambda name: c.session.part(name, reason)))


def _topic(c: IRCConnection, message: Message) -> Outcome:
    room = c.hub.room(message.params[0], c.session.me)
    if len(message.params) > 1:
        return proposals.set_topic(c.session, message.params[1], room.name)
    if not room.rules.open_to(room, c.session.me):
        raise ChatError(442, "You're not on that channel")
    c.listener.send(replies.topic(c, room))
    return None


def _names(c: IRCConnection, message: Message) -> None:
    rooms = listed(message.params[0]) if message.params else []
    left = replies.MAX_BYTES
    for name in rooms:
        room = c.hub.rooms.get(fold(name))
        if room is not None and room.rules.open_to(room, c.session.me):
            shown = replies.names(c, room, left)
            left -= len(shown)
            c.listener.send(shown)
        else:
            c.numeric(366, middle(name), "End of /NAMES list.")
    if not rooms:
        c.numeric(366, "*", "End of /NAMES list.")


# LIST


def _list(c: IRCConnection, message: Message) -> None:
    """LIST with ELIST's C, M, N, T and U (Modern specification, LIST)."""
    me = c.session.me
    rooms = [room for room in c.hub.rooms_shown_to(me) if room.members]
    names = set()
    rows = len(c.hub.rooms)
    for word in listed((message.params or [""])[0]):
        rows += len(rooms)
        if (condition := _condition(word, me)) is not None:
            rooms = [room for room in rooms if condition(room)]
        else:
            names.add(fold(word))
    if names:
        rooms = [room for room in rooms if fold(room.name) in names]
    c.session.charge(rows=rows)
    lines = [c.numeric_line(321, "Channel", "Users  Name")]
    size = 0
    for room in rooms:
        topic = room.topic_for(me)
        line = c.numeric_line(322, room.name, str(len(room.members)), topic)
        size += len(line)
        if size > replies.MAX_BYTES:
            lines.append(c.numeric_line(416, "LIST", "Output too large, truncated"))
            break
        lines.append(line)
    lines.append(c.numeric_line(323, "End of /LIST"))
    c.listener.send(b"".join(lines))


def _condition(word: str, me: User) -> Callable[[Room], bool] | None:
    """What a word such as ">5", "C<10", "T>60" or "!*mask*" asks of a room.

    None for a room's name.
    """
    now = me.hub.now()
    if "*" in word or "?" in word:
        pattern = glob(word.removeprefix("!"))
        wanted = not word.startswith("!")
        return lambda room: bool(pattern.fullmatch(fold(room.name))) is wanted
    if word.startswith("!"):
        return lambda room: fold(room.name) != fold(word[1:])
    kind = word[0].upper() if word[0].upper() in "CT" else ""
    sign, number = word[len(kind) :][:1], word[len(kind) + 1 :]
    if sign not in ("<", ">") or not number.isdecimal():
        return None
    value = int(number[:9])

    def size(room: Room) -> float:
        if not kind:
            return len(room.members)
        if kind == "T" and not room.topic_for(me):
            return -1
        return (now - (room.since if kind == "C" else room.topic_at)) / 60

    if sign == "<":
        return lambda room: 0 <= size(room) < value
    return lambda room: size(room) > value


COMMANDS = {
    "JOIN": Command(
        _join,
        1,
        usage="room[,room] [key[,key]]",
        about="enter rooms; ``JOIN 0`` leaves all",
    ),
    "PART": Command(_part, 1, usage="room[,room] [:reason]", about="leave rooms"),
    "TOPIC": Command(
        _topic,
        1,
        asks=alone,
        usage="room [:topic]",
        about="what it is about, or say it",
    ),
    "NAMES": Command(_names, asks=always, usage="room[,room]", about="who is there"),
    "LIST": Command(
        _list,
        asks=always,
        usage="[condition[,condition]]",
        about="the rooms; masks, ``!mask``, ``>n``, ``<n``, ``C<n``, ``T>n``",
    ),
}
