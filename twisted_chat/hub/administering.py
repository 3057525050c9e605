"""What the owners of a room change there: ROOM, OWNER, VOICE, INVITE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Invited, InviteSent, Notice
from ..names import fold, is_room
from .room_registry import FLAGS
from .rules import KEY_LENGTH

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .user import User

CLOSING = ("locked", "secret", "key", "limit")
MAX_LIMIT = 1_000_000


def set_rule(hub: Hub, by: User, room: Room, rule: str, value: str) -> None:
    """ROOM: set a rule.

    `FLAGS` are "on" or "off", "key" is a word or "", "limit" is a number of people
    or "".

    :raises ChatError: 482; 461 for a bad value; 484 for what would lock
        everyone out of the lobby.
    """
    hub.moderation.check_owner(by, room)
    if room is hub.lobby and rule in CLOSING:
        raise ChatError(484, f"{room.name} is open to all; that can't be changed")
    setting: bool | str | int
    if rule in FLAGS:
        setting = value == "on"
        shown = value
    elif rule == "key":
        setting = _key(value)
        shown = "on" if value else "off"
    else:
        setting = _limit(value)
        shown = str(setting or "off")
    if getattr(room.rules, rule) == setting:
        unchanged(hub, by, room, rule, shown)
        return
    hub.audit.check(by)
    setattr(room.rules, rule, setting)
    _changed(hub, by, room, rule, shown)


def set_owner(hub: Hub, by: User, room: Room, nick: str, owner: bool = True) -> None:
    """OWNER: let `nick` decide here, or no longer; a guest until they leave.

    :raises ChatError: 482; 401 for nobody; 441 for a guest who isn't there; 484 in
        the lobby, and for a registered nick without LOGIN.
    """
    hub.moderation.check_owner(by, room)
    if room is hub.lobby:
        raise ChatError(484, "The lobby belongs to the operators")
    rules, user = room.rules, hub.users.get(fold(nick))
    account = _account(hub, nick, user, room)
    owns = fold(account) in rules.owners or (user in rules.guest_owners)
    if not owner and not owns:
        raise ChatError(441, f"{account or nick} doesn't own {room.name}")
    shown = f"{'+' if owner else '-'}{nick}"
    if owner and (fold(account) in rules.owners if account else owns):
        unchanged(hub, by, room, "owner", shown)
        return
    hub.audit.check(by)
    if not owner:
        rules.owners.pop(fold(account), None)
    elif account:
        rules.give_ownership(account)
    if user is not None:
        rules.guest_owners.pop(user, None)
        if owner and not account:
            rules.guest_owners[user] = None
    _changed(hub, by, room, "owner", shown)
    if rules.owners:
        hub.bans.keep_temporary(room)


def _account(hub: Hub, nick: str, user: User | None, room: Room) -> str:
    """Whose account `nick` means; empty for the guest `user` in `room`."""
    account = user.account if user else hub.identities.account_of(nick)
    if user is None and not account:
        hub.user(nick)
    if user is not None and not account:
        if hub.identities.account_of(nick):
            raise ChatError(484, f"{nick} is not logged in to that account")
        if user not in room.members:
            raise ChatError(441, f"{nick}, a guest, is not in {room.name}")
    return account


def set_voice(hub: Hub, by: User, room: Room, nick: str, voice: bool = True) -> None:
    """VOICE: let `nick` speak while the room is moderated, or no longer.

    :raises ChatError: 482; 401 or 441 when `nick` isn't there.
    """
    hub.moderation.check_owner(by, room)
    user = hub.user(nick)
    if user not in room.members:
        raise ChatError(441, f"{user.nick} is not in {room.name}")
    shown = f"{'+' if voice else '-'}{user.nick}"
    if room.rules.has_voice(user) is voice:
        unchanged(hub, by, room, "voice", shown)
        return
    hub.audit.check(by)
    if voice:
        room.rules.give_voice(user)
    else:
        room.rules.take_voice(user)
    _changed(hub, by, room, "voice", shown)


def invite(hub: Hub, by: User, room: Room, nick: str) -> None:
    """INVITE: ask `nick` in; a locked room's owner lets them in with it.

    :raises ChatError: 442 when `by` isn't there, 482, 401, 443 when
        `nick` is there already.
    """
    rules = room.rules
    if by not in room.members and not by.operator:
        raise ChatError(442, f"You are not in {room.name}; JOIN it first")
    if rules.locked and not rules.may_administer(by):
        raise ChatError(482, f"Only an owner of {room.name} invites into it")
    if not by.operator:
        rules.check_muted(room, by)
    user = hub.user(nick)
    if user in room.members:
        raise ChatError(443, f"{user.nick} is in {room.name} already")
    if rules.may_administer(by):
        user.invite(room)
    if not hub.ignoring.ignores(user, by):
        user.tell(Invited(room.name, user.nick, by.nick, hub.at))
    sent = InviteSent(room.name, user.nick, by.nick, hub.at)
    room.channel.emit(sent, hidden=by.listeners())
    text = f"{user.nick} is invited to {room.name}"
    by.tell(Notice(text, hub.at, "invited", user.nick))


def _changed(hub: Hub, by: User, room: Room, rule: str, shown: str) -> None:
    hub.room_registry.save(room)
    hub.room_registry.refresh(room)
    hub.audit.record(by, "ROOM", room, rule, shown)
    room.tell_rule(by, rule, shown)


def unchanged(hub: Hub, by: User, room: Room, rule: str, shown: str) -> None:
    """What is so already is no change: only who asked is told."""
    text = f"Nothing changed: {room.name} has {rule.replace('_', ' ')} {shown}"
    by.tell(Notice(text, hub.at, "unchanged", room.name))


def _key(value: str) -> str:
    if not value:
        return ""
    if len(value) > KEY_LENGTH or not value.isprintable() or " " in value:
        raise ChatError(461, f"A key is one word of at most {KEY_LENGTH} characters")
    if "," in value or is_room(value):
        raise ChatError(461, "A key has no comma, and doesn't start with #")
    return value


def _limit(value: str) -> int:
    if not value:
        return 0
    if not (value.isascii() and value.isdigit() and 0 < int(value[:9]) <= MAX_LIMIT):
        raise ChatError(461, f"A limit is a number up to {MAX_LIMIT}")
    return int(value[:9])
