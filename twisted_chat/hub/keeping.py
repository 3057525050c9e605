"""The rules of rooms: changing them, and keeping them while nobody is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..events import ChatError, Invited, InviteSent, Notice
from ..ledger import Ledger, RoomRecord
from ..names import fold, is_room
from .bans import MOST_BANS_IN_ROOM, Bans
from .rules import KEY_LENGTH, Rules
from .scribe import Scribe

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .user import User

MOST_OWNED = 20
FLAGS = ("locked", "moderated", "topic_locked")
MOST_LIMIT = 1_000_000


class Keeping:
    """Owned rooms are kept: topic, key, rules, owners; and all rooms' bans."""

    def __init__(self, hub: Hub, ledger: Ledger, scribe: Scribe) -> None:
        self._hub = hub
        self._ledger = ledger
        self._scribe = scribe
        self._records: dict[str, RoomRecord] = {}
        self._lists: dict[str, dict[str, Bans]] = {}
        self._owned: dict[str, set[str]] = {}

    def load(self, records: Iterable[RoomRecord]) -> None:
        """Know the rooms again; once, before the doors open."""
        for record in records:
            self._remember(record)
        self.restore(self._hub.lobby)

    # Rooms come and go

    def lists_of(self, name: str) -> dict[str, Bans]:
        """The bans and mutes of a room, open or not, by kind."""
        return self._lists.setdefault(
            fold(name),
            {"ban": Bans(MOST_BANS_IN_ROOM), "mute": Bans(MOST_BANS_IN_ROOM)},
        )

    def lists(self) -> Iterator[Bans]:
        """The bans and mutes of all rooms that have some."""
        for lists in self._lists.values():
            yield from filter(len, lists.values())

    def rules_for(self, name: str) -> Rules:
        lists = self.lists_of(name)
        return Rules(lists["ban"], lists["mute"])

    def name_of(self, name: str) -> str:
        """`name` as whoever made the room wrote it."""
        record = self._records.get(fold(name))
        return record.name if record else name

    def restore(self, room: Room) -> None:
        """Give `room`, just made, what was kept of it."""
        record = self._records.get(fold(room.name))
        if record is not None:
            room.topic, room.topic_by = record.topic, record.topic_by
            room.topic_at = record.topic_at or room.since
            room.rules.load(record)
        room.refresh_restricted()

    def closed(self, room: Room) -> None:
        """Nobody is in `room` any more."""
        lists = self._lists.get(fold(room.name))
        if lists is not None and not any(lists.values()):
            del self._lists[fold(room.name)]

    def found(self, room: Room, user: User) -> None:
        """`user` has made `room`, and owns it, now or once registered."""
        if room is self._hub.lobby or room.rules.owners:
            return
        if not user.account:
            room.rules.founder = user
        elif len(self._owned.get(fold(user.account), ())) < MOST_OWNED:
            room.rules.give_ownership(user.account)
            self.save(room)
        else:
            text = f"You own {MOST_OWNED} rooms; this one has no owner"
            user.tell(Notice(text, self._hub.now(), "owns-too-many", room.name))

    def registered(self, user: User) -> None:
        """`user` has an account now, and so owns the rooms they have made."""
        for room in user.rooms.values():
            if room.rules.founder is user:
                room.rules.founder = None
                self.found(room, user)

    def unregistered(self, account: str) -> None:
        """The account is gone, and owns nothing any more."""
        for key in list(self._owned.get(fold(account), ())):
            room = self._hub.rooms.get(key)
            record = self._records[key]
            if room is not None:
                room.rules.owners.pop(fold(account), None)
                self.save(room)
            else:
                owners = tuple(o for o in record.owners if fold(o) != fold(account))
                self._keep(record._replace(owners=owners))

    def save(self, room: Room) -> None:
        """Keep what `room` is now."""
        self._keep(room.rules.record(room))

    def _keep(self, record: RoomRecord) -> None:
        key = fold(record.name)
        known = self._forget(key)
        lobby = key == fold(self._hub.lobby.name)
        if record.owners or (lobby and record != RoomRecord(record.name)):
            self._remember(record)
            self._scribe.write(self._ledger.put_room, record, key=("room", key))
        elif known:
            self._scribe.write(self._ledger.drop_room, record.name, key=("room", key))

    def _remember(self, record: RoomRecord) -> None:
        key = fold(record.name)
        self._records[key] = record
        for owner in record.owners:
            self._owned.setdefault(fold(owner), set()).add(key)

    def _forget(self, key: str) -> bool:
        record = self._records.pop(key, None)
        for owner in record.owners if record else ():
            rooms = self._owned[fold(owner)]
            rooms.discard(key)
            if not rooms:
                del self._owned[fold(owner)]
        return record is not None

    # Changing rules

    def set_rule(self, by: User, room: Room, rule: str, value: str) -> None:
        """ROOM: set "locked", "moderated" or "topic_locked" to "on" or "off",
        "key" to a word or "", "limit" to a number or "".

        :raises ChatError: 482; 461 for a bad value; 484 for what would lock
            everyone out of the lobby.
        """
        self._hub.moderation.check_owner(by, room)
        if room is self._hub.lobby and rule in ("locked", "key", "limit"):
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
            self._unchanged(by, room, rule, shown)
            return
        self._hub.moderation.audit.check(by)
        setattr(room.rules, rule, setting)
        self._changed(by, room, rule, shown)

    def own(self, by: User, room: Room, nick: str, owner: bool = True) -> None:
        """OWNER: let `nick`'s account decide here, or no longer.

        :raises ChatError: 482; 401 for nobody; 484 in the lobby.
        """
        self._hub.moderation.check_owner(by, room)
        if room is self._hub.lobby:
            raise ChatError(484, "The lobby belongs to the operators")
        account = self._account(nick)
        if not owner and fold(account) not in room.rules.owners:
            raise ChatError(441, f"{account} doesn't own {room.name}")
        shown = f"{'+' if owner else '-'}{nick}"
        if owner and fold(account) in room.rules.owners:
            self._unchanged(by, room, "owner", shown)
            return
        self._hub.moderation.audit.check(by)
        if owner:
            room.rules.give_ownership(account)
        else:
            del room.rules.owners[fold(account)]
        self._changed(by, room, "owner", shown)

    def _account(self, nick: str) -> str:
        user = self._hub.users.get(fold(nick))
        account = user.account if user else self._hub.registrar.account_of(nick)
        if user is None and not account:
            self._hub.user(nick)
        if not account:
            raise ChatError(484, f"{nick} is not logged in; only accounts own rooms")
        return account

    def voice(self, by: User, room: Room, nick: str, voice: bool = True) -> None:
        """VOICE: let `nick` speak while the room is moderated, or no longer.

        :raises ChatError: 482; 401 or 441 when `nick` isn't there.
        """
        self._hub.moderation.check_owner(by, room)
        user = self._hub.user(nick)
        if user not in room.members:
            raise ChatError(441, f"{user.nick} is not in {room.name}")
        shown = f"{'+' if voice else '-'}{user.nick}"
        if room.rules.has_voice(user) is voice:
            self._unchanged(by, room, "voice", shown)
            return
        self._hub.moderation.audit.check(by)
        if voice:
            room.rules.give_voice(user)
        else:
            room.rules.take_voice(user)
        self._changed(by, room, "voice", shown)

    def invite(self, by: User, room: Room, nick: str) -> None:
        """INVITE: ask `nick` in; a locked room's owner lets them in with it.

        :raises ChatError: 442 when `by` isn't there, 482, 401, 443 when
            `nick` is there already.
        """
        rules = room.rules
        if by not in room.members and not by.operator:
            raise ChatError(442, f"You are not in {room.name}; JOIN it first")
        if rules.locked and not rules.rules(by):
            raise ChatError(482, f"Only an owner of {room.name} invites into it")
        if not by.operator:
            rules.check_muted(room, by)
        user = self._hub.user(nick)
        if user in room.members:
            raise ChatError(443, f"{user.nick} is in {room.name} already")
        if rules.rules(by):
            user.invite(room)
        if fold(by.nick) not in user.ignores:
            user.tell(Invited(room.name, user.nick, by.nick, self._hub.now()))
        sent = InviteSent(room.name, user.nick, by.nick, self._hub.now())
        room.channel.emit(sent, hidden=by.listeners())
        text = f"{user.nick} is invited to {room.name}"
        by.tell(Notice(text, self._hub.now(), "invited", user.nick))

    def _changed(self, by: User, room: Room, rule: str, shown: str) -> None:
        self.save(room)
        room.refresh_restricted()
        self._hub.moderation.audit.note(by, "ROOM", room, rule, shown)
        room.tell_rule(by, rule, shown)

    def _unchanged(self, by: User, room: Room, rule: str, shown: str) -> None:
        """What is so already is no change: only who asked is told."""
        text = f"Nothing changed: {room.name} has {rule.replace('_', ' ')} {shown}"
        by.tell(Notice(text, self._hub.now(), "unchanged", room.name))


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
    if not (value.isascii() and value.isdigit() and 0 < int(value[:9]) <= MOST_LIMIT):
        raise ChatError(461, f"A limit is a number up to {MOST_LIMIT}")
    return int(value[:9])
