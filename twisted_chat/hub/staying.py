"""Registered people who stay in the chat while they have no session."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

from ..events import AwaySet, ChatError, Notice
from ..storage.personal import Stay
from ..storage.store import Store
from .entries import EndStay
from .user import AWAY, TOKEN_LENGTH, User

if TYPE_CHECKING:
    from .hub import Hub

LONGEST = 30 * 86400.0
"""Seconds of absence after which somebody stays no more."""

GONE = "stayed away"


class Staying:
    """State of the hub, in `User.stays` and `User.absent_since`; kept in `store`."""

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store

    def load(self, stays: Iterable[Stay]) -> None:
        """Who stayed when the server ended is there again."""
        for stay in stays:
            account = self._hub.accounts.numbered(stay.account)
            if account is None or not account.stay:
                self._store.drop_stay(stay.account)
            elif self._hub.identities.user_of(account.nick) is None:
                self._come_back(stay, account.nick)

    def _come_back(self, stay: Stay, account: str) -> None:
        hub = self._hub
        try:
            hub.bans.check_account(account)
            nick = hub.people.claim(stay.nick, None, account)
        except ChatError:
            self._store.drop_stay(stay.account)
            return
        user = User(hub, nick, _token(stay.account))
        user.account, user.operator = account, hub.identities.is_operator(account)
        user.stays, user.absent_since = True, stay.since or hub.at
        hub.identities.add(user)
        hub.people.arrive(user)
        if (known := hub.accounts.find(account)) is not None:
            hub.ignoring.restore(user, known.ignores)
        for name in stay.rooms:
            self._enter(user, name)
        self.keep(user)

    def _enter(self, user: User, name: str) -> None:
        """Be in the room again, if it is open to `user`."""
        hub = self._hub
        try:
            room = hub.open_room(name)
        except ChatError:
            return
        try:
            room.rules.check_return(room, user)
        except ChatError:
            hub.close_room(room)
        else:
            room.enter(user)

    # Changes

    def choose(self, user: User, stay: bool) -> None:
        """STAY: stay, or no longer.

        :raises ChatError: 464 for a guest.
        """
        if not user.account:
            raise ChatError(464, "Only registered people can stay; REGISTER")
        self._hub.accounts.set_stay(user.account, stay)
        user.stays = stay
        if stay:
            text = "You keep your rooms and your nick when you are away, up to 30 days"
            self.keep(user)
        else:
            text = "You leave the chat when your last connection ends"
            self._store.drop_stay(user.author)
        user.tell(Notice(text, self._hub.at, "stay", "on" if stay else "off"))

    def entered(self, user: User) -> None:
        """`user` is logged in."""
        account = self._hub.accounts.find(user.account)
        user.stays = account is not None and account.stay and not user.visiting
        self.keep(user)

    def left(self, user: User) -> None:
        """The last session of `user`, who stays, is over."""
        hub = self._hub
        if user.absent_since:
            return  # only a visit is over
        user.absent_since = hub.at
        for room in user.rooms.values():
            hub.markers.left(user, room)
        if not user.own_words()[0]:
            user.tell_others(AwaySet(user.nick, AWAY, hub.at))
        self.keep(user)
        hub.presence_log.record(f"{user.nick} stays without a connection")

    def back(self, user: User) -> None:
        """`user`, who has stayed, has a session again."""
        if not user.absent_since:
            return
        user.absent_since = 0.0
        if not user.own_words()[0]:
            user.tell_others(AwaySet(user.nick, "", self._hub.at))
        self.keep(user)

    def end(self, user: User, reason: str) -> None:
        """`user` stays no more; who has no session leaves."""
        user.stays = False
        if user.author > 0:
            self._store.drop_stay(user.author)
        if not user.sessions:
            self._hub.people.leave(user, reason)
            self._hub.presence_log.record(f"{user.nick} left: {reason}")

    def end_long(self, account: int, since: float) -> None:
        """Somebody has been away for too long, if it is since then that they are."""
        known = self._hub.accounts.numbered(account)
        user = self._hub.identities.user_of(known.nick) if known is not None else None
        if user is not None and user.absent_since == since and not user.sessions:
            self.end(user, GONE)

    def keep(self, user: User) -> None:
        """Keep where `user` is, who stays."""
        if user.stays and user.author > 0:
            self._store.put_stay(_stay(user))

    def kept(self) -> tuple[Stay, ...]:
        """All that is kept of who stays."""
        users = self._hub.users.values()
        return tuple(_stay(user) for user in users if user.stays and user.author > 0)

    def too_long(self) -> list[EndStay]:
        """What to propose of those who have been away for too long."""
        before = self._hub.now() - LONGEST
        return [
            EndStay(user.author, user.absent_since)
            for user in self._hub.users.values()
            if 0 < user.absent_since <= before and not user.sessions
        ]


def _stay(user: User) -> Stay:
    return Stay(user.author, user.nick, tuple(user.rooms), user.absent_since)


def _token(account: int) -> str:
    """See `User.token`: nobody chose it, and it is the same on every node."""
    return blake2b(str(account).encode(), digest_size=TOKEN_LENGTH // 2).hexdigest()
