"""What is done to messages: who may edit, delete and react, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ..events import ChatError, Deleted, Edited, Notice, Reacted, extent_of
from ..names import NICK_LENGTH, beginning, clean, fold, is_conversation
from ..storage.changes import (
    DeleteMessage,
    DropReaction,
    EditMessage,
    PutReaction,
)
from ..storage.purges import Purge
from . import own_copy
from .conversations import Act, Conversation
from .entries import Delete, Edit, Facts, ForgetAccount, PurgeAuthor, React
from .room import Room
from .session_state import SessionState
from .user import User

if TYPE_CHECKING:
    from .hub import Hub

Where: TypeAlias = Room | Conversation

MAX_KINDS = 20
"""Kinds of reaction to one message."""

ADMIN = "admin"
GONE = ChatError(400, "That message is gone")
TOO_OLD = ChatError(482, "That message is too old to be changed")


def edit(hub: Hub, state: SessionState, me: User, entry: Edit) -> None:
    """EDIT.

    :raises ChatError: 442, 403; 400 where it is gone; 482 for who isn't its author, or
        too late; 404 for who may not speak there.
    """
    room, id = _where(hub, me, entry.room), entry.id
    facts = _judge(hub, me, room, id, entry.facts)
    _check_author(hub, me, facts)
    _check_speech(room, me, entry.text)
    place, at = (fold(room.name), id), hub.at
    hub.touched.changed(place, facts._replace(text=beginning(entry.text)), at)
    event = Edited(room.name, id, facts.nick, entry.text, facts.text, at)
    room.change(EditMessage(*place, entry.text, at))
    _emit(room, event, me, state)


def delete(hub: Hub, me: User, entry: Delete) -> None:
    """DELETE.

    :raises ChatError: as `edit`; 263 for a moderator who does too much.
    """
    if is_conversation(entry.room):
        _delete_private(hub, me, entry)
        return
    room, id = hub.room(entry.room, me), entry.id
    facts = _judge(hub, me, room, id, entry.facts)
    if me in room.members and _is_own(hub, me, facts):
        _check_speech(room, me, entry.reason)
    elif room.rules.may_administer(me):
        hub.audit.check(me)
        hub.audit.record(me, "DELETE", room, f"{facts.nick}/{id}", entry.reason)
    else:
        me.here(entry.room)
        _check_author(hub, me, facts)
    _deleted(hub, room, me, entry, facts)


def _delete_private(hub: Hub, me: User, entry: Delete) -> None:
    """One's own words alone: nobody has a say in a conversation but its people."""
    where = hub.conversations.get(me, entry.room)
    facts = _judge(hub, me, where, entry.id, entry.facts)
    _check_author(hub, me, facts)
    _deleted(hub, where, me, entry, facts)


def _deleted(hub: Hub, where: Where, me: User, entry: Delete, facts: Facts) -> None:
    id, at = entry.id, hub.at
    place = fold(where.name), id
    facts = facts._replace(text="", deleted=True, kinds=0)
    hub.touched.changed(place, facts, at)
    where.change(DeleteMessage(*place, me.nick, at))
    what = where.name, id, facts.nick, me.nick, entry.reason, at
    event = Deleted(*what, extent=entry.extent)
    _emit(where, event, me, None)


def react(hub: Hub, state: SessionState, me: User, entry: React) -> None:
    """REACT, UNREACT.

    :raises ChatError: 442, 403, 404; 400 where it is gone, or has too many kinds.
    """
    room, id = _where(hub, me, entry.room), entry.id
    reaction, on = entry.reaction, entry.on
    facts = _judge(hub, me, room, id, entry.facts, reaction)
    _check_speech(room, me, "")
    if facts.mine is on:
        return
    if on and not facts.total and facts.kinds >= MAX_KINDS:
        text = f"A message has at most {MAX_KINDS} kinds of reaction"
        raise ChatError(400, text)
    place, at = (fold(room.name), id), hub.at
    total = facts.total + (1 if on else -1)
    kinds = facts.kinds + (on and not facts.total) - (not on and not total)
    after = facts._replace(kinds=kinds, total=total, mine=on)
    hub.touched.reacted(place, after, at, reaction, me.author)
    what = (*place, reaction, me.author)
    if on:
        room.change(PutReaction(*what, me.nick, at, total))
    else:
        room.change(DropReaction(*what, me.was, me.nick, total))
    event = Reacted(room.name, id, me.nick, reaction, on, total, at)
    _emit(room, event, me, state)
    own_copy.give(state, event)


def _where(hub: Hub, me: User, name: str) -> Where:
    """The room where `me` is, or their conversation; raises `ChatError` 403, 442."""
    if is_conversation(name):
        return hub.conversations.get(me, name)
    return me.here(name)


def _emit(where: Where, event: Act, me: User, state: SessionState | None) -> None:
    if isinstance(where, Conversation):
        where.emit(event, me, state)
    else:
        where.channel.emit(event, state)


def purge(hub: Hub, me: User | None, entry: PurgeAuthor) -> None:
    """PURGE; `me` is None for who asks beside the server.

    :raises ChatError: 481 for who is no operator, 263, 403 for the room.
    """
    nick, by = entry.nick, ADMIN
    if me is not None:
        if not me.operator:
            raise ChatError(481, "Only operators may do that")
        hub.audit.check(me)
        by = me.nick
    account, user = hub.accounts.find(nick), hub.users.get(fold(nick))
    if account is not None:
        what = Purge((account.number,), fold(nick), False, "", 0.0, hub.at)
    elif user is not None:
        numbers = tuple(number for number in (user.author, user.was) if number)
        what = Purge(numbers, "", False, "", 0.0, hub.at)
    else:
        what = Purge((), fold(nick), True, "", 0.0, hub.at)
    _erase(hub, what._replace(room=fold(entry.room), since=entry.since), by)
    hub.audit.record_of(by, "PURGE", entry.room, nick, "")
    if me is not None:
        # What is further back than the latest messages is deleted in silence.
        who = clean(nick)[:NICK_LENGTH]
        text = f"What {who} wrote is being deleted"
        me.tell(Notice(text, hub.at, "purging", who))


def forget(hub: Hub, entry: ForgetAccount) -> None:
    """FORGETME; no-op where the account is gone."""
    account = hub.accounts.find(entry.nick)
    if account is not None:
        user = hub.identities.user_of(entry.nick)
        was = (user.was,) if user is not None and user.was else ()
        what = Purge((account.number, *was), "", False, "", 0.0, hub.at)
        _erase(hub, what, account.nick)
        hub.identities.unregister(entry.nick, entry.token)


def _erase(hub: Hub, purge: Purge, by: str) -> None:
    """Delete it, and tell those who may still show what was said last."""
    erased = hub.history.erase(purge)
    hub.touched.erase(purge)
    for said in erased.messages:
        what = said.room, said.id, said.nick, by, "", hub.at
        _tell_all(hub, Deleted(*what, extent=extent_of(said)))
    for said, reaction, _, nick, total in erased.reactions:
        _tell_all(
            hub, Reacted(said.room, said.id, nick, reaction, False, total, hub.at)
        )
    for room in hub.rooms.values():
        room.replay.forget()


def _tell_all(hub: Hub, event: Act) -> None:
    """Tell those in the room, or of the conversation, that `event` names by its key."""
    if is_conversation(event.room):
        Conversation(hub, event.room).show(event, hub.conversations.here(event.room))
    elif (room := hub.rooms.get(fold(event.room))) is not None:
        room.channel.emit(event._replace(room=room.name))


def _judge(
    hub: Hub, me: User, room: Where, id: int, facts: Facts, reaction: str = ""
) -> Facts:
    authors = {me.author, me.was} - {0}
    place = fold(room.name), id
    facts = hub.touched.judge(place, facts, hub.at, reaction, authors)
    if facts.deleted:
        raise ChatError(*GONE.args)
    return facts


def _is_own(hub: Hub, me: User, facts: Facts) -> bool:
    """Whether they wrote it, and may still change it."""
    if not facts.author or facts.author not in (me.author, me.was):
        return False
    return facts.author < 0 or hub.at - facts.at <= hub.shared.edit_window


def _check_author(hub: Hub, me: User, facts: Facts) -> None:
    if not facts.author or facts.author not in (me.author, me.was):
        raise ChatError(482, "That is not your message")
    if not _is_own(hub, me, facts):
        raise ChatError(*TOO_OLD.args)


def _check_speech(room: Where, me: User, text: str) -> None:
    """As for speaking now."""
    if isinstance(room, Conversation):
        room.check_speech(me, text)
    elif room.restricted:
        room.rules.check_speech(room, me)
        me.check_no_password(text)
