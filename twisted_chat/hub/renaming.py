"""How a room is given another name.

All that it is stays: who is in it, its rules, what was said.  The old name is free.
Nobody outside is told: of a room that is kept from strangers neither name gets about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, RoomRenamed
from ..fanout import Format
from ..names import check_room, fold
from .administering import unchanged

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .user import User

PAUSE = 60.0
"""Seconds until a room may be renamed again: each time all in it are told all of it."""

IN_USE = 448
NOT_RENAMED = 447


def rename(hub: Hub, by: User, room: Room, name: str, reason: str) -> None:
    """Call `room` otherwise.

    :raises ChatError: 482 for who may not, 484 for the lobby, 479 for the name, 448
        where that is another room's, 447 too soon after the last time, or where more
        are told than an owner may have told at once, 263.
    """
    hub.moderation.check_owner(by, room)
    if room is hub.lobby:
        raise ChatError(484, f"{room.name} is called so always")
    key, old = fold(check_room(name)), room.name
    if name == old:
        unchanged(hub, by, room, "name", name)
        return
    if key != fold(old) and in_use(hub, key):
        raise ChatError(IN_USE, f"{name} is another room")
    if room.crowded and not by.operator:
        raise ChatError(NOT_RENAMED, f"{old} is too full; operators may rename it")
    former = hub.former.of(fold(old))
    if former and hub.at < former[-1].at + PAUSE:
        text = f"{old} was renamed a moment ago; once in {PAUSE:.0f} s is enough"
        raise ChatError(NOT_RENAMED, text)
    hub.audit.check(by)
    _move(hub, room, name)
    hub.audit.record(by, "RENAME", room, old, reason)
    event = RoomRenamed(old, name, by.nick, reason, hub.at)
    by.tell(event)
    encoded: dict[Format, bytes] = {}
    for user in room.members:
        for listener in user.listeners() if user is not by else ():
            listener.tell_shared(event, encoded)


def in_use(hub: Hub, key: str) -> bool:
    """Whether there is a room of that name, or something of one is kept."""
    kept = key in hub.room_registry.kept or key in hub.last_ids
    return key in hub.rooms or kept or hub.room_registry.has_lists(key)


def _move(hub: Hub, room: Room, name: str) -> None:
    """Let `room` be found under `name` by whoever has something about it."""
    old, key = room.name, fold(room.name)
    hub.room_registry.renamed(room, name)
    hub.markers.renamed(key, fold(name))
    hub.touched.renamed(key, fold(name))
    hub.former.renamed(old, room.last_id, name)
    hub.history.rename(key, room.last_id, name)
    room.renamed(name)
    room.last_id = max(room.last_id, hub.former.floor(fold(name)))
    del hub.rooms[key]
    hub.rooms[fold(name)] = room
    for user in room.members:
        user.rooms = {fold(each.name): each for each in user.rooms.values()}
        hub.staying.keep(user)
    for user in room.visitors:
        user.visits = {fold(each.name): each for each in user.visits.values()}
