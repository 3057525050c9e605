"""MODE: what holds in a room, and for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError
from ....names import fold, is_room
from .command import Command

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message


def _mode(c: IRCConnection, message: Message) -> None:
    target, *rest = message.params
    if is_room(target):
        _room_mode(c, target, rest)
    elif fold(target) != fold(c.nick):
        c.session.hub.user(target)
        raise ChatError(502, "Cant change mode for other users")
    elif rest:
        _change_own(c, rest[0])
    else:
        c.numeric(221, own_modes(c), final=False)


# A person's


def own_modes(c: IRCConnection) -> str:
    user = c.session.me
    return "+" + "B" * user.bot + "i" * c.invisible + "o" * user.operator


def _change_own(c: IRCConnection, changes: str) -> None:
    """+i and +B; -o is asked of UNREGISTER or a new connection."""
    user = c.session.me
    before = own_modes(c)
    on = True
    unknown = False
    for char in changes:
        if char in "+-":
            on = char == "+"
        elif char == "i":
            c.invisible = on
        elif char == "B":
            user.bot = on
        elif char != "o":
            unknown = True
    if unknown:
        c.numeric(501, "Unknown MODE flag")
    after = own_modes(c)
    added = "".join(char for char in after if char not in before)
    taken = "".join(char for char in before if char not in after)
    if added or taken:
        shown = (f"+{added}" if added else "") + (f"-{taken}" if taken else "")
        c.listener.send(
            c.renderer.line(c.nick, c.factory.hub.now(), f"MODE {c.nick} :{shown}")
        )


# A room's


def _room_mode(c: IRCConnection, name: str, rest: list[str]) -> None:
    room = c.session.hub.room(name)
    if not rest:
        c.numeric(324, room.name, "+n", final=False)
        c.numeric(329, room.name, str(int(room.since)), final=False)
    elif rest[0].strip("+") == "b":
        c.numeric(368, room.name, "End of channel ban list")
    else:
        raise ChatError(482, "You're not channel operator")


COMMANDS = {"MODE": Command(_mode, 1)}
