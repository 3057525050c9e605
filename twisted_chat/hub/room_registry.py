"""What of rooms is kept while nobody is there: their rules, and who is banned."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from twisted.logger import Logger

from ..events import Notice, RoomChanged
from ..names import fold
from ..storage.moderation import AuditEntry, RoomRecord
from ..storage.store import Store
from .bans import MAX_BANS_IN_ROOM, Bans
from .rules import Rules

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .user import User

log = Logger()

MAX_OWNED = 20
FLAGS = ("locked", "moderated", "topic_locked", "secret", "no_ctcp")
KINDS = ("ban", "mute", "except", "invex")


class RoomRegistry:
    """Keeps owned rooms (topic, key, rules, owners, voices) and all rooms' bans.

    It also keeps a room that is closed to strangers and has lost its last owner: what
    was said there stays hidden until an operator opens it or gives it to somebody.
    A room that no account has owned is gone with all of its rules when it empties.

    :ivar hidden: the rooms, now open, that not everybody may know of.
    """

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store
        self._records: dict[str, RoomRecord] = {}
        self._lists: dict[str, dict[str, Bans]] = {}
        self._owned: dict[str, set[str]] = {}
        self.hidden: set[Room] = set()

    def load(self, records: Iterable[RoomRecord]) -> None:
        """Know the rooms that were kept.  Called once, before anybody is there."""
        for record in records:
            self._remember(record)

    # Rooms come and go

    def lists_of(self, name: str) -> dict[str, Bans]:
        """Bans and mutes of a room, open or not, and exceptions from them, by kind."""
        key = fold(name)
        if key not in self._lists:
            self._lists[key] = {kind: Bans(MAX_BANS_IN_ROOM) for kind in KINDS}
        return self._lists[key]

    def lists(self, *kinds: str) -> Iterator[Bans]:
        """Those of all rooms that have some, by the rooms' names.

        :param kinds: which; all where none is named.
        """
        for _, lists in sorted(self._lists.items()):
            yield from (lists[kind] for kind in kinds or KINDS if lists[kind])

    def records(self) -> Iterable[RoomRecord]:
        """The rooms that are kept, as they are made again."""
        return self._records.values()

    @property
    def kept(self) -> Container[str]:
        """The folded names of the rooms that are kept."""
        return self._records

    def record(self, name: str) -> RoomRecord:
        """What is kept of a room; where that is nothing, its name."""
        return self._records.get(fold(name), RoomRecord(name))

    def owned_by(self, account: str) -> int:
        """How many rooms are the account's."""
        return len(self._owned.get(fold(account), ()))

    def rules_for(self, name: str) -> Rules:
        lists = self.lists_of(name)
        return Rules(*(lists[kind] for kind in KINDS))

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
        self.refresh(room)

    def refresh(self, room: Room) -> None:
        """The rules of `room` are others than before."""
        room.refresh_restricted()
        room.refresh_fleeting()
        if room.rules.hidden:
            self.hidden.add(room)
        else:
            self.hidden.discard(room)

    def closed(self, room: Room) -> None:
        """Nobody is in `room` any more."""
        key = fold(room.name)
        self.hidden.discard(room)
        self._hub.bans.end_temporary(room)
        lists = self._lists.get(key)
        if lists is not None and not any(lists.values()):
            del self._lists[key]
        record = self._records.get(key)
        if record is not None and not record.owners and not room.last_id:
            self._drop(record)  # nothing was said there that has to stay hidden

    def has_lists(self, key: str) -> bool:
        """Whether anything is banned or excepted in the room `key`, open or not."""
        return any(self._lists.get(key, {}).values())

    def renamed(self, room: Room, name: str) -> None:
        """`room` is about to be called `name`."""
        old, key = fold(room.name), fold(name)
        record = self._records.get(old)
        if record is not None:
            self._drop(record)
            record = record._replace(name=name)
            self._remember(record)
            self._store.put_room(record)
        lists = self._lists[key] = self._lists.pop(old)
        for hold in (hold for bans in lists.values() for hold in bans.holds()):
            if not hold.ban.temporary:
                self._store.drop_ban(hold.ban)
            hold.ban = hold.ban._replace(room=name)
            if not hold.ban.temporary:
                self._store.put_ban(hold.ban)

    def room_created(self, room: Room, user: User, rules: Sequence[str]) -> None:
        """`user` has made `room`, and owns it: a guest until they leave.

        Whoever comes first into a room that is kept has not made it.

        :param rules: which of `FLAGS` are on there.
        """
        if room is self._hub.lobby or fold(room.name) in self._records:
            return
        for flag in FLAGS:
            if flag in rules:
                setattr(room.rules, flag, True)
        self.refresh(room)
        self._give(room, user)

    def registered(self, user: User) -> None:
        """`user` has an account now, and what they own as a guest stays theirs."""
        for room in list(user.rooms.values()):
            if user in room.rules.guest_owners:
                self._give(room, user)

    def carry(self, user: User, other: User) -> None:
        """A session of the guest `user` is about to become one of `other`."""
        for room in user.rooms.values():
            if user in room.rules.guest_owners and other in room.members:
                self._give(room, other)

    def _give(self, room: Room, user: User) -> None:
        """Let `user` own `room`, for good if their account may."""
        rules, account = room.rules, user.account
        rules.guest_owners[user] = None
        if not account or not rules.has_room_for_owners:
            return
        if self.owned_by(account) < MAX_OWNED:
            del rules.guest_owners[user]
            rules.give_ownership(account)
            self._owned_for_good(room)
        else:
            text = f"You own {MAX_OWNED} rooms; {room.name} is yours until you leave it"
            user.tell(Notice(text, self._hub.at, "owns-too-many", room.name))

    def _owned_for_good(self, room: Room) -> None:
        """An account owns `room`: its rules and what was said there are kept."""
        self.save(room)
        self._hub.bans.keep_temporary(room)
        self.refresh(room)

    def unregistered(self, account: str) -> None:
        """The account is gone, and is nothing in any room any more."""
        now = self._hub.at
        for room in self._hub.rooms.values():
            for rank in room.rules.disown(account):
                event = RoomChanged(room.name, account, rank, f"-{account}", now)
                room.channel.emit(event)
                room.refresh_fleeting()
        for record in [r for r in self._records.values() if _names(r, account)]:
            owners = _without(record.owners, account)
            voices = _without(record.voices, account)
            if owners != record.owners:
                entry = AuditEntry(
                    now, account, "OWNER", record.name, f"-{account}", ""
                )
                self._store.add_audit_entry(entry)
            self.keep(record._replace(owners=owners, voices=voices))

    def accounts(self) -> set[str]:
        """All that own a kept room or have a voice there, folded."""
        return {
            fold(name)
            for record in self._records.values()
            for name in (*record.owners, *record.voices)
        }

    def save(self, room: Room) -> None:
        """Keep what `room` is now."""
        self.keep(room.rules.record(room))

    def keep(self, record: RoomRecord) -> None:
        """Keep `record`, where an account owns the room or it stays closed."""
        key = fold(record.name)
        lobby = key == fold(self._hub.lobby.name)
        known = self._records.get(key, record)
        changed = lobby and record != RoomRecord(record.name)
        stays = record.closed and key in self._records
        if not (record.owners or stays or changed):
            self._drop(record)
            return
        self._forget(key)
        self._remember(record)
        self._store.put_room(record)
        if known.owners and not record.owners:
            self._ownerless(record.name)

    def _ownerless(self, room: str) -> None:
        """The last owner of a closed room is gone."""
        text = f"{room} has no owner any more, and stays closed; OWNER gives it away"
        log.info("{text}", text=text)
        self._hub.warn_operators(text, "room-ownerless", room)

    def _drop(self, record: RoomRecord) -> None:
        key = fold(record.name)
        if self._forget(key):
            self._store.drop_room(record.name)

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


def _names(record: RoomRecord, account: str) -> bool:
    key = fold(account)
    return any(fold(name) == key for name in (*record.owners, *record.voices))


def _without(names: tuple[str, ...], account: str) -> tuple[str, ...]:
    return tuple(name for name in names if fold(name) != fold(account))
