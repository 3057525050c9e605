"""The rules of a room, its owners and voices, and inviting into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..events import ChatError
from ..hub import Room, Session, User
from ..names import is_room
from .command import Command
from .order import here, in_room

if TYPE_CHECKING:
    from .interpreter import Interpreter

ROOM = (
    "ROOM [#room] [lock|unlock|key [word]|limit [number]|moderated on|off|"
    "topic lock|unlock]"
)
INVITE = "INVITE nick [#room]"

_SWITCHES = {
    "lock": ("locked", "on"),
    "unlock": ("locked", "off"),
    "moderated on": ("moderated", "on"),
    "moderated off": ("moderated", "off"),
    "topic lock": ("topic_locked", "on"),
    "topic unlock": ("topic_locked", "off"),
    "key": ("key", ""),
    "limit": ("limit", ""),
}


def _room(interpreter: Interpreter, rest: str) -> None:
    session = interpreter.session
    room, what = in_room(session, rest)
    if not what:
        _show(session, room)
        return
    rule, value = _switch(what)
    session.hub.keeping.set_rule(session.me, room, rule, value)


def _switch(what: str) -> tuple[str, str]:
    words = what.split()
    lowered = " ".join(words).lower()
    if lowered in _SWITCHES:
        return _SWITCHES[lowered]
    if len(words) == 2 and words[0].lower() in ("key", "limit"):
        return words[0].lower(), words[1]
    raise ChatError(461, f"Use {ROOM}")


def _show(session: Session, room: Room) -> None:
    me = session.me
    if me not in room.members and not room.rules.rules(me):
        raise ChatError(442, f"You are not in {room.name}; JOIN it first")
    session.listener.tell(room.rules.describe(room, me))


def _owner(interpreter: Interpreter, rest: str) -> None:
    _rank(interpreter.session, rest, interpreter.session.hub.keeping.own)


def _voice(interpreter: Interpreter, rest: str) -> None:
    _rank(interpreter.session, rest, interpreter.session.hub.keeping.voice)


def _rank(
    session: Session, rest: str, give: Callable[[User, Room, str, bool], object]
) -> None:
    """Give somebody a rank in a room, or take it (``-nick``); alone: show all."""
    room, nick = in_room(session, rest)
    if not nick:
        _show(session, room)
    else:
        on = not nick.startswith("-")
        give(session.me, room, nick.removeprefix("-"), on)


def _invite(interpreter: Interpreter, rest: str) -> None:
    session = interpreter.session
    words = rest.split()
    names = [word for word in words if is_room(word)]
    nicks = [word for word in words if not is_room(word)]
    if len(nicks) != 1 or len(names) > 1:
        raise ChatError(461, f"Use {INVITE}")
    room = session.hub.room(names[0]) if names else here(session)
    session.hub.keeping.invite(session.me, room, nicks[0])


COMMANDS: dict[str, Command] = {
    "ROOM": Command(ROOM, "show a room's rules; its owners change them", _room),
    "OWNER": Command("OWNER [#room] [-]nick", "let somebody decide here", _owner),
    "VOICE": Command(
        "VOICE [#room] [-]nick", "let somebody speak in a moderated room", _voice
    ),
    "INVITE": Command(INVITE, "ask somebody into a room", _invite),
}
