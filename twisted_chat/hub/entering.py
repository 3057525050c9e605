"""How somebody gets into a room: by its name, or by one that it had before.

A client that wasn't connected while a room was renamed comes back by the former name.
It is led into the renamed room, where its person may enter that; to anybody else the
name is free, so that a room that is kept from strangers doesn't get about by it.  So is
that of a room in which nobody is, and which no account owns: nobody holds more names
than they are there for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..events import ChatError
from ..names import fold
from .renaming import in_use

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .user import User

MAX_ROOMS = 50
"""Rooms that one person is in at once."""

LED_FOR = 30 * 86400.0
"""Seconds after which a former name leads nowhere any more."""


def admit(hub: Hub, user: User, name: str, key: str, entered: int) -> Room:
    """The room to which `name` leads `user`, who is there or may enter it now.

    Where nobody has to do with it yet, it is deserted: they make it.

    :param entered: how many rooms they have entered.
    :raises ChatError: 479 for the name, 405 for too many rooms; see
        `Rules.check_entry`.
    """
    ask = _Ask(user, key, entered)
    old = fold(name)
    new = hub.former.successor(old, hub.at - LED_FOR)
    lives = new in hub.rooms or new in hub.room_registry.kept
    if new != old and lives and not in_use(hub, old):
        try:
            return _open(hub, hub.room_registry.name_of(new), ask, former=True)
        except ChatError:
            pass  # they learn nothing of it, and make a room of that name
    return _open(hub, name, ask)


class _Ask(NamedTuple):
    """See `admit`."""

    user: User
    key: str
    entered: int


def _open(hub: Hub, name: str, ask: _Ask, former: bool = False) -> Room:
    """:param former: they ask for it by a name that it had before."""
    room = hub.open_room(name)
    if ask.user in room.members:
        return room
    try:
        if ask.entered >= MAX_ROOMS:
            text = f"You are in {MAX_ROOMS} rooms; PART one first"
            raise ChatError(405, text)
        if former and not _known(room, ask.user):
            raise ChatError(403, "No such room")
        room.rules.check_entry(room, ask.user, ask.key)
    except ChatError:
        hub.close_room(room)
        raise
    return room


def _known(room: Room, user: User) -> bool:
    """Whether `user` may know what `room` is called now: who has been there may."""
    markers = room.hub.markers
    been = user.author > 0 and markers.get(user.author, fold(room.name)) is not None
    return been or room.rules.shown_to(room, user)
