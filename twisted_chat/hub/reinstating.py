"""What was decided and changed, and the log has lost, holds again.

The node that has shown it proposes it; see `repeating`.  What has been decided since
stays, so it does no harm where several nodes propose the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import Ban, ChatError, Deleted, Edited, RoomChanged
from ..names import beginning, fold, is_conversation
from ..storage.changes import DeleteMessage, EditMessage
from ..storage.moderation import RoomRecord
from .acts import ADMIN
from .entries import Facts
from .room_registry import FLAGS, MAX_OWNED

if TYPE_CHECKING:
    from .entries import RepeatDelete, RepeatEdit, RepeatRules
    from .hub import Hub
    from .room import Room

TOPIC = ("topic", "topic_by", "topic_at")
RULES = (*FLAGS, "key", "limit")


def ban(hub: Hub, ban: Ban) -> None:
    """Let a ban, a mute or an exception hold that did.

    :raises ChatError: 400 where it is over, or one that was made later holds; 403 where
        the room isn't there; 478 for too many; 481 for who may not be banned.
    """
    if ban.until and ban.until <= hub.at:
        raise ChatError(400, f"The {ban.kind} of {ban.mask} is over")
    room = _where(hub, ban)
    bans = hub.bans.of(ban.kind, ban.room)
    known = bans.get(ban.mask)
    if known is not None and known.ban.since >= ban.since:
        raise ChatError(400, f"The {ban.kind} of {ban.mask} has been decided since")
    if ban.kind == "ban" and not ban.room:
        hub.moderation.check_harmless(ban.mask)
    hub.bans.purge(bans)
    hold, _ = hub.bans.put(ban, room)
    hub.audit.record_of(ban.by, ban.kind.upper(), ban.room, ban.mask, ban.reason)
    if ban.room and room is None:
        return
    if ban.kind == "ban":
        hub.moderation.expel(hold, room)
    elif ban.kind == "mute":
        hub.moderation.silence(hold, room)


def release(hub: Hub, ban: Ban) -> None:
    """Let what was lifted be so; raises `ChatError` 400 where it isn't there now."""
    room = _where(hub, ban)
    known = hub.bans.of(ban.kind, ban.room).get(ban.mask)
    if known is None or known.ban.since != ban.since:
        raise ChatError(400, f"The {ban.kind} of {ban.mask} has been decided since")
    hub.bans.drop(known.ban)
    hub.audit.record_of(ADMIN, f"UN{ban.kind.upper()}", ban.room, ban.mask, "")
    if room is not None:
        room.refresh_restricted()
    elif not ban.room:
        hub.moderation.refresh_muted()


def _where(hub: Hub, ban: Ban) -> Room | None:
    """The room that it is of, if that is open; None for the whole chat, too.

    :raises ChatError: 403 where nothing is known of the room.
    """
    key = fold(ban.room)
    if ban.room and key not in hub.rooms and key not in hub.room_registry.kept:
        raise ChatError(403, f"There is no room {ban.room}")
    return hub.rooms.get(key)


def rules(hub: Hub, entry: RepeatRules) -> None:
    """Let a kept room have the topic, the rules and the people that it had.

    What has been changed there since stays.

    :raises ChatError: 400 where nothing is left to change; 403 where the room is
        another one now.
    """
    registry, (fork, before, after) = hub.room_registry, entry
    key = fold(after.name)
    room, known = hub.rooms.get(key), registry.record(after.name)
    if not before.owners and room is not hub.lobby:
        # Nobody owned it when it was lost.  Others may have made one of that name.
        made_since = room is not None and room.since * 1000 > fork[0]
        if made_since or known.owners:
            raise ChatError(403, f"{after.name} is another room now")
    now = room.rules.record(room) if room is not None else known
    merged = _without_strangers(hub, now, _merged(before, after, now))
    if merged == now:
        raise ChatError(400, f"{after.name} has been changed since")
    hub.audit.record_of(ADMIN, "ROOM", after.name, "", "as it was before")
    if room is None:
        registry.keep(merged)
    else:
        _change(hub, room, now, merged)


def _merged(before: RoomRecord, after: RoomRecord, now: RoomRecord) -> RoomRecord:
    """`now` with what `after` has otherwise than `before`, where `now` has it not."""
    changes: dict[str, object] = {}
    for fields in (TOPIC, *((rule,) for rule in (*RULES, "owners", "voices"))):
        was, had, has = (
            [getattr(record, field) for field in fields]
            for record in (before, after, now)
        )
        # An open room without a topic has had none since it was made.
        if had != was and was[:2] == has[:2]:
            changes.update(zip(fields, had, strict=True))
    return now._replace(**changes)  # type: ignore[arg-type]


def _without_strangers(hub: Hub, now: RoomRecord, merged: RoomRecord) -> RoomRecord:
    """`merged` with accounts only that are there, and may own one more room."""
    owns = hub.room_registry.owned_by
    owners = (
        nick
        for nick in merged.owners
        if nick in now.owners or (hub.accounts.find(nick) and owns(nick) < MAX_OWNED)
    )
    voices = (nick for nick in merged.voices if hub.accounts.find(nick))
    return merged._replace(owners=tuple(owners), voices=tuple(voices))


def _change(hub: Hub, room: Room, now: RoomRecord, merged: RoomRecord) -> None:
    room.topic, room.topic_by = merged.topic, merged.topic_by
    room.topic_at = merged.topic_at
    room.rules.load(merged)
    hub.room_registry.save(room)
    hub.room_registry.refresh(room)
    if merged.owners:
        hub.bans.keep_temporary(room)
    if merged.topic != now.topic:
        room.tell_topic(author=0)
    for rule in RULES:
        value = getattr(merged, rule)
        if value != getattr(now, rule):
            shown = str(value) if rule == "limit" and value else _shown(bool(value))
            room.channel.emit(RoomChanged(room.name, ADMIN, rule, shown, hub.at))
    for rule, had, has in (
        ("owner", now.owners, merged.owners),
        ("voice", now.voices, merged.voices),
    ):
        gone = (f"-{nick}" for nick in had if nick not in has)
        come = (f"+{nick}" for nick in has if nick not in had)
        for shown in (*gone, *come):
            room.channel.emit(RoomChanged(room.name, ADMIN, rule, shown, hub.at))


# Messages


def edit(hub: Hub, entry: RepeatEdit) -> None:
    """Let a message say what it had said.

    :raises ChatError: 400 where it is gone.
    """
    place, id = _message(hub, entry.room, entry.id), entry.id
    event = Edited(entry.room, id, entry.nick, entry.text, "", hub.at)
    _touch(hub, entry.nick, EditMessage(place, id, entry.text, hub.at), event)


def delete(hub: Hub, entry: RepeatDelete) -> None:
    """Delete what had been deleted; raises `ChatError` 400 where it is gone."""
    place, id = _message(hub, entry.room, entry.id), entry.id
    event = Deleted(entry.room, id, entry.nick, entry.by, "", hub.at)
    _touch(hub, entry.nick, DeleteMessage(place, id, entry.by, hub.at), event)


def _message(hub: Hub, room: str, id: int) -> str:
    """The key of its place; raises `ChatError` 400 where there is no such message."""
    place = room if is_conversation(room) else fold(room)
    if not 0 < id <= hub.last_id(place) or hub.touched.is_deleted((place, id)):
        raise ChatError(400, "That message is gone")
    return place


def _touch(
    hub: Hub, nick: str, change: EditMessage | DeleteMessage, event: Edited | Deleted
) -> None:
    key, gone = change.room, isinstance(change, DeleteMessage)
    text = "" if isinstance(change, DeleteMessage) else beginning(change.text)
    facts = Facts(0, nick, 0.0, text, gone, 0, 0, False, hub.at)
    hub.touched.changed((key, change.id), facts, hub.at)
    if room := hub.rooms.get(key):
        room.change(change)
        room.channel.emit(event)
        return
    hub.history.change(change)
    if is_conversation(key):
        conversations = hub.conversations
        for user in conversations.here(key):
            if hub.ignoring.hears(user, nick, 0):
                name = conversations.name(key, user)
                user.tell(event._replace(room=name, place=key))


def _shown(on: bool) -> str:
    return "on" if on else "off"
