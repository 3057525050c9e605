"""The rules of one room: who gets in, who may speak, who decides."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..events import Ban, ChatError, Notice, RoomRules
from ..names import fold
from ..storage.moderation import RoomRecord
from .bans import Bans
from .hold import why

if TYPE_CHECKING:
    from .room import Room
    from .user import User

KEY_LENGTH = 50
MAX_NAMED = 100


class Rules:
    """Operators stand above them all, owners above all but mutes of the chat.

    :ivar locked: only who is invited gets in.
    :ivar moderated: only owners and voices may speak.
    :ivar topic_locked: only owners may set the topic.
    :ivar secret: nobody outside is told that the room is there.
    :ivar no_ctcp: no program asks those of all who are here (IRC's CTCP).
    :ivar excepts: whom bans and mutes spare; `invexes`: whom a lock lets in.
    :ivar key: what JOIN must say; empty for none.
    :ivar limit: the most people; 0 for no limit.
    :ivar owners: accounts by their fold, as they were written; `voices` too.
    :ivar invited: who may come in despite lock, key and limit, once.
    :ivar guests: those without an account who have a voice, while they are here.
    :ivar guest_owners: who owns the room while they are here: guests, and those whose
        accounts own too many rooms already.
    """

    __slots__ = (
        "bans",
        "excepts",
        "guest_owners",
        "guests",
        "invexes",
        "invited",
        "key",
        "limit",
        "locked",
        "moderated",
        "mutes",
        "no_ctcp",
        "owners",
        "secret",
        "topic_locked",
        "voices",
    )

    def __init__(self, bans: Bans, mutes: Bans, excepts: Bans, invexes: Bans) -> None:
        self.bans = bans
        self.mutes = mutes
        self.excepts = excepts
        self.invexes = invexes
        self.locked = self.moderated = self.topic_locked = self.secret = False
        self.no_ctcp = False
        self.key = ""
        self.limit = 0
        self.owners: dict[str, str] = {}
        self.voices: dict[str, str] = {}
        self.guests: dict[User, None] = {}
        self.invited: dict[User, None] = {}
        self.guest_owners: dict[User, None] = {}

    # Who is who

    def is_owner(self, user: User) -> bool:
        return user in self.guest_owners or (
            bool(user.account) and fold(user.account) in self.owners
        )

    def may_administer(self, user: User) -> bool:
        """Whether `user` decides here: an owner or an operator."""
        return user.operator or self.is_owner(user)

    def has_voice(self, user: User) -> bool:
        return user in self.guests or fold(user.account) in self.voices

    @property
    def has_ranks(self) -> bool:
        """Whether anybody may be an owner or have a voice."""
        return bool(self.owners or self.guest_owners or self.voices or self.guests)

    def ranked(self, users: Iterable[User]) -> set[User]:
        """Of `users` those who may have a rank; all others have none.

        Who opens a room owns it, so that nearly every room has somebody of a rank.
        """
        if not self.has_ranks:
            return set()
        guests = self.guest_owners.keys() | self.guests.keys()
        return {user for user in users if user.account or user in guests}

    def rank(self, user: User) -> str:
        """ "owner", "voice" or empty."""
        if not self.has_ranks:
            return ""
        if self.is_owner(user):
            return "owner"
        return "voice" if self.has_voice(user) else ""

    def give_voice(self, user: User) -> None:
        """Let `user` speak while the room is moderated.

        A guest's voice lasts until they leave, an account's until it is taken away.

        :raises ChatError: 478 for more than `MAX_NAMED` accounts.
        """
        if user.account:
            self._name(self.voices, user.account)
        else:
            self.guests[user] = None

    def take_voice(self, user: User) -> None:
        self.guests.pop(user, None)
        self.voices.pop(fold(user.account), None)

    def give_ownership(self, account: str) -> None:
        """Let `account` decide here; raises `ChatError` 478 past `MAX_NAMED`."""
        self._name(self.owners, account)

    @property
    def has_room_for_owners(self) -> bool:
        """Whether one more account may own the room."""
        return len(self.owners) < MAX_NAMED

    def disown(self, account: str) -> list[str]:
        """The account is gone; return the ranks it had here."""
        ranks = {"owner": self.owners, "voice": self.voices}
        return [rank for rank, names in ranks.items() if names.pop(fold(account), None)]

    def _name(self, names: dict[str, str], account: str) -> None:
        if len(names) >= MAX_NAMED and fold(account) not in names:
            raise ChatError(478, f"At most {MAX_NAMED}; take one away first")
        names[fold(account)] = account

    def forget(self, user: User) -> None:
        """`user` has left the room."""
        self.guests.pop(user, None)
        self.guest_owners.pop(user, None)

    # Who may know of the room

    @property
    def hidden(self) -> bool:
        """Whether the room is kept from those who are not in it."""
        return self.locked or self.secret

    @property
    def closed(self) -> bool:
        """Whether its topic and its people are kept from them."""
        return self.hidden or bool(self.key)

    @property
    def fleeting(self) -> bool:
        """Whether what is said goes with the last who leaves.

        Nobody would be there to say who may read it then.
        """
        return self.closed and not self.owners

    def shown_to(self, room: Room, user: User | None) -> bool:
        """Whether `user`, who has no nick yet when None, may know of the room."""
        return not self.hidden or self._concerns(room, user)

    def open_to(self, room: Room, user: User | None) -> bool:
        """Whether `user` may know its topic, and who is in it."""
        return not self.closed or self._concerns(room, user)

    def _concerns(self, room: Room, user: User | None) -> bool:
        return user is not None and (
            user in room.members or user in self.invited or self.may_administer(user)
        )

    # What may be done

    def check_entry(self, room: Room, user: User, key: str) -> None:
        """Raises `ChatError` 474, 473, 475 or 471 when `user` may not enter."""
        if self.may_administer(user):
            return
        name = room.name
        if ban := self.ban_of(user, room.hub.at):
            raise ChatError(474, f"You are banned from {name}{why(ban)}")
        if user in self.invited:
            user.forget_invitation(room)
            return
        if self.locked and not self.invexes.excepts(user, room.hub.at):
            raise ChatError(473, f"{name} is locked; somebody there must INVITE you")
        if self.key and not same_word(key, self.key):
            raise ChatError(475, f"{name} has a key; use JOIN {name} key")
        self._check_limit(room)

    def _check_limit(self, room: Room) -> None:
        if self.limit and _present(room) >= self.limit:
            text = f"{room.name} is full; at most {self.limit} may be in it"
            raise ChatError(471, text)

    def check_return(self, room: Room, user: User) -> None:
        """As `check_entry`, for who was in the room before: 474 or 471."""
        if self.may_administer(user):
            return
        if ban := self.ban_of(user, room.hub.at):
            raise ChatError(474, f"You are banned from {room.name}{why(ban)}")
        self._check_limit(room)

    def ban_of(self, user: User, now: float) -> Ban | None:
        """What keeps `user` out of this room; it means them from now on.

        :param now: seconds of the wall clock.
        """
        if not self.bans or self.excepts.excepts(user, now):
            return None
        return self.bans.hold(user, now)

    def mute_of(self, user: User, now: float) -> Ban | None:
        """What keeps `user` silent in this room alone.

        :param now: seconds of the wall clock.
        """
        return None if self._unmuted(user, now) else self.mutes.holding(user, now)

    def _unmuted(self, user: User, now: float) -> bool:
        """Whether no mute in this room is for `user`."""
        return (
            user.operator
            or not self.mutes
            or self.is_owner(user)
            or self.excepts.excepts(user, now)
        )

    def _hold_muted(self, user: User, now: float) -> Ban | None:
        """As `mute_of`, and it means `user` from now on."""
        return None if self._unmuted(user, now) else self.mutes.hold(user, now)

    def tell_muted(self, room: Room, user: User) -> None:
        """Tell `user` that they are muted here, if they are."""
        now = room.hub.at
        if mute := self._hold_muted(user, now):
            text = f"You are muted in {room.name} by {mute.by}{why(mute)}"
            user.tell(Notice(text, now, "muted", room.name))

    def silences(self, user: User) -> bool:
        """Whether something in this room may keep `user` from speaking."""
        return self.moderated or bool(self.mutes) or user.muted is not None

    def check_speech(self, room: Room, user: User) -> None:
        """Raises `ChatError` 404 when `user` may not speak here now."""
        if user.operator:
            return
        self.check_muted(room, user)
        if self.moderated and not (self.is_owner(user) or self.has_voice(user)):
            raise ChatError(404, f"{room.name} is moderated; ask an owner for VOICE")

    def check_muted(self, room: Room, user: User) -> None:
        """Raises `ChatError` 404 when `user` is muted, here or everywhere."""
        user.check_muted()
        if mute := self._hold_muted(user, room.hub.at):
            raise ChatError(404, f"You are muted in {room.name}{why(mute)}")

    def may_speak(self, room: Room, user: User) -> bool:
        try:
            self.check_speech(room, user)
        except ChatError:
            return False
        return True

    def check_topic(self, room: Room, user: User) -> None:
        """Raises `ChatError` 482 when `user` may not set the topic, 404 muted."""
        if room is room.hub.lobby:
            self._check_lobby_topic(room, user)
        elif self.topic_locked and not self.may_administer(user):
            raise ChatError(482, f"Only an owner of {room.name} sets its topic")
        if self.silences(user):
            self.check_speech(room, user)

    def _check_lobby_topic(self, room: Room, user: User) -> None:
        """The lobby is everyone's; its topic is what strangers see first."""
        who = "operators" if self.topic_locked else room.hub.shared.lobby_topic
        if who == "operators" and not user.operator:
            raise ChatError(482, f"Only operators set the topic of {room.name}")
        if who == "registered" and not user.account:
            raise ChatError(
                482, f"Only registered people set the topic of {room.name}; REGISTER"
            )

    # As data

    def describe(self, room: Room, user: User, at: float) -> RoomRules:
        """The rules as `user` may know them.

        :param at: the time of the event, in seconds of the wall clock.
        """
        key = self.key if self.may_administer(user) else "on" if self.key else ""
        owners = (guest.nick for guest in self.guest_owners)
        voices = (guest.nick for guest in self.guests)
        return RoomRules(
            room.name,
            self.locked,
            self.moderated,
            self.topic_locked,
            self.secret,
            self.no_ctcp,
            key,
            self.limit,
            tuple(sorted({*self.owners.values(), *owners})),
            tuple(sorted((*self.voices.values(), *voices))),
            at,
        )

    def load(self, record: RoomRecord) -> None:
        self.locked = record.locked
        self.moderated = record.moderated
        self.topic_locked = record.topic_locked
        self.secret = record.secret
        self.no_ctcp = record.no_ctcp
        self.key = record.key
        self.limit = record.limit
        self.owners = {fold(owner): owner for owner in record.owners}
        self.voices = {fold(voice): voice for voice in record.voices}

    def record(self, room: Room) -> RoomRecord:
        return RoomRecord(
            room.name,
            room.topic,
            room.topic_by,
            room.topic_at,
            self.key,
            self.locked,
            self.moderated,
            self.topic_locked,
            self.limit,
            tuple(self.owners.values()),
            tuple(self.voices.values()),
            self.secret,
            self.no_ctcp,
        )


def same_word(given: str, wanted: str) -> bool:
    """Compare in a time that tells nothing about `wanted`."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def _present(room: Room) -> int:
    """How many are in `room` who have a session."""
    return sum(bool(user.sessions) for user in room.members)
