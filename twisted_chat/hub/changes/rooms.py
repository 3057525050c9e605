"""Rooms, and their rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...events import ChatError, Joined, RoomRenamed
from ...names import fold
from .. import administering, presence, renaming
from .. import entries as e
from ..entering import admit
from ..retention import unused
from .actors import inside, state_of, user_of

if TYPE_CHECKING:
    from ..hub import Hub


def _join(hub: Hub, entry: e.Join) -> None:
    _enter(hub, *entry)


def _join_with(hub: Hub, entry: e.JoinWith) -> None:
    _enter(hub, *entry)


def _enter(
    hub: Hub, who: e.SessionId, name: str, key: str, rules: Sequence[str] = ()
) -> None:
    """Raises 479 for the name, 405 for too many rooms; see `Rules.check_entry`.

    :param rules: flags that are on in a room that is made by it.
    """
    me, state = user_of(hub, who), state_of(hub, who)
    if fold(name) in me.rooms:
        return
    room = admit(hub, me, name, key, len(me.rooms))
    if fold(name) != fold(room.name):
        state.tell(RoomRenamed(name, room.name, "", "", hub.at))
        if me in room.members:
            state.tell(Joined(room.name, me.nick, hub.at))
            state.tell(room.roster(hub.at))
            return
    if room.deserted:
        hub.room_registry.room_created(room, me, rules)
    room.enter(me)
    for state in me.sessions:
        if state.local is not None:
            state.local.entered(room, chosen=state.id == who)


def _part(hub: Hub, entry: e.Part) -> None:
    me, room = inside(hub, entry.who, entry.room)
    if room not in me.rooms.values():
        raise ChatError(442, f"You are not in {room.name}; JOIN it first")
    room.part(me, entry.reason if presence.may_part_with(me, room) else "")


def _rename_room(hub: Hub, entry: e.RenameRoom) -> None:
    who, name, new, reason = entry
    me = user_of(hub, who)
    renaming.rename(hub, me, hub.room(name, me), new, reason)


def _set_topic(hub: Hub, entry: e.SetTopic) -> None:
    me, room = inside(hub, entry.who, entry.room)
    room.set_topic(me, entry.topic, kept=False)


def _change_topic(hub: Hub, entry: e.ChangeTopic) -> None:
    me, room = inside(hub, entry.who, entry.room)
    room.set_topic(me, entry.topic)


def _set_rule(hub: Hub, entry: e.SetRule) -> None:
    me = user_of(hub, entry.who)
    administering.set_rule(hub, me, hub.room(entry.room, me), entry.rule, entry.value)


def _set_owner(hub: Hub, entry: e.SetOwner) -> None:
    me = user_of(hub, entry.who)
    administering.set_owner(hub, me, hub.room(entry.room, me), entry.nick, entry.owner)


def _set_voice(hub: Hub, entry: e.SetVoice) -> None:
    me = user_of(hub, entry.who)
    administering.set_voice(hub, me, hub.room(entry.room, me), entry.nick, entry.voice)


def _invite(hub: Hub, entry: e.Invite) -> None:
    me = user_of(hub, entry.who)
    administering.invite(hub, me, hub.room(entry.room, me), entry.nick)


def _forget_rooms(hub: Hub, entry: e.ForgetRooms) -> None:
    """Those in which something was said since it was proposed stay.

    So do all, where rooms have been forgotten since: one of them may have been made
    anew, and as much said in it as before.
    """
    if entry.after != hub.forgotten:
        return
    rooms = [key for key, _ in unused(hub, entry.rooms)]
    hub.forget_places(rooms)


CHANGES: dict[type[e.Entry], Callable[[Hub, Any], None]] = {
    e.Join: _join,
    e.JoinWith: _join_with,
    e.Part: _part,
    e.SetTopic: _set_topic,
    e.ChangeTopic: _change_topic,
    e.RenameRoom: _rename_room,
    e.SetRule: _set_rule,
    e.SetOwner: _set_owner,
    e.SetVoice: _set_voice,
    e.Invite: _invite,
    e.ForgetRooms: _forget_rooms,
}
