"""The lists of bans and mutes: of the whole chat and of each room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..addresses import is_local
from ..events import Ban, ChatError, Notice
from ..names import fold
from ..storage.store import Store
from . import meant
from .administering import unchanged
from .bans import Bans
from .hold import Hold, why
from .masks import parse_mask

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .user import User

EXCEPTIONS = ("except", "invex")
"""Kinds of what lets in: despite bans and mutes, and although a room is locked."""

_CODES = {
    "ban+": "ban-set",
    "ban-": "ban-lifted",
    "mute+": "mute-set",
    "mute-": "mute-lifted",
}


class BanLists:
    """Knows which bans and mutes hold, and for whom; changes them, and has them kept.

    `Moderation` checks who may change them.
    """

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store
        self._bans = Bans()
        self._mutes = Bans()

    def load(self, bans: Iterable[Ban]) -> None:
        """Know the bans that were kept.  Called once, before anybody is there."""
        now = self._hub.at
        for ban in bans:
            if ban.until and ban.until <= now:
                self._store.drop_ban(ban)
            else:
                self.of(ban.kind, ban.room).add(ban)

    def lists(self) -> list[Bans]:
        """All of them: of the chat, then of the rooms."""
        return [self._bans, self._mutes, *self._hub.room_registry.lists()]

    # What holds

    def check_host(self, host: str, now: float) -> None:
        """Raises `ChatError` 465 when `host` may not connect at all at that time."""
        ban = self._bans.match_host(host, now)
        if ban is not None and not is_local(host):
            raise ChatError(465, f"You are banned{why(ban)}")

    def check_guest(self, host: str) -> None:
        """Raises `ChatError` 465 when nobody comes in from `host` as a guest."""
        if ban := self._bans.match_guest(host, self._hub.at):
            text = "Guests from your address are banned, and accounts use LOGIN"
            raise ChatError(465, f"{text}{why(ban)}")

    def check_nick(self, nick: str) -> None:
        """Raises `ChatError` 465 when nobody may be called `nick`."""
        if ban := self._bans.match_nick(nick, self._hub.at):
            raise ChatError(465, f"{nick} is banned{why(ban)}")

    def check_account(self, account: str) -> None:
        """Raises `ChatError` 465 when nobody may log in to `account`."""
        if ban := self._bans.match_account(account, self._hub.at):
            raise ChatError(465, f"{account} is banned{why(ban)}")

    def mute_of(self, user: User) -> Ban | None:
        """What keeps `user` silent everywhere."""
        if user.operator:
            return None
        return self._mutes.hold(user, self._hub.at)

    # Whom it holds for

    def hold_all(self, user: User) -> None:
        """What matches `user` now means them, whatever they become next."""
        now = self._hub.at
        rooms = self._hub.room_registry.lists("ban", "mute")
        for bans in (self._mutes, *rooms):
            bans.hold(user, now)

    def logging_in(self, user: User, account: str, new: bool) -> None:
        """The guest `user` is about to have `account`, which is `new` or was there.

        What means them means the account.  Who was only a guest from somewhere
        proves to be somebody else, but with no account that is made for it.
        """
        if new:
            self.hold_all(user)
        for hold, as_guest in [(hold, hold.people[user]) for hold in user.held]:
            if as_guest and not new:
                hold.release(user)
            else:
                hold.people[user] = False
                self._extend(hold, [account])

    def carry(self, user: User, other: User) -> None:
        """A session of the guest `user` is about to become one of `other`."""
        for hold in [hold for hold in user.held if not hold.people[user]]:
            hold.bind(other)
            self._extend(hold, [other.account])

    def accounts(self) -> set[str]:
        """All accounts that something holds for, folded."""
        return {account for bans in self.lists() for account in bans.accounts()}

    def unregistered(self, account: str) -> None:
        """The account is gone: what held for it holds for who is here, for its
        nick if that is the mask, and for no account that has the nick next.

        An exception that was the account's is one no more."""
        for bans in self.lists():
            for hold in bans.of_account(account):
                if hold.ban.kind in EXCEPTIONS:
                    bans.remove(hold.key)
                    self._store.drop_ban(hold.ban)
                    continue
                bans.forget_account(hold, account)
                self._put(hold.ban)

    def _extend(
        self, hold: Hold, accounts: Iterable[str], hosts: Iterable[str] = ()
    ) -> None:
        bans = self.of(hold.ban.kind, hold.ban.room)
        if bans.has(hold) and bans.extend(hold, accounts, hosts):
            self._put(hold.ban)

    def _put(self, ban: Ban) -> None:
        if not ban.temporary:
            self._store.put_ban(ban)

    # Changing it

    def add(self, by: User, ban: Ban, room: Room | None) -> Hold:
        """Let `ban` hold, also for those here whom it means; `by` is told which.

        :raises ChatError: 478 for too many, 263 as `Audit.check`.
        """
        bans = self.of(ban.kind, ban.room)
        self.purge(bans)
        self._hub.audit.check(by)
        hold, found = self.put(ban, room)
        until = why(ban).strip(" :")
        self._hub.audit.record(by, ban.kind.upper(), room, ban.mask, until)
        self._told(by, ban, room, "+")
        if hold.exact:
            meant.explain(by, ban, found, self._hub.at)
        return hold

    def put(self, ban: Ban, room: Room | None) -> tuple[Hold, meant.Meant]:
        """As `add`, and nobody is told."""
        bans = self.of(ban.kind, ban.room)
        hold = bans.add(ban)
        found = meant.find(self._hub, hold, room)
        for user in found.people:
            hold.bind(user)
        bans.extend(hold, found.accounts, found.hosts)
        self._put(hold.ban)
        return hold, found

    def drop(self, ban: Ban) -> None:
        """It holds no longer, and nobody is told."""
        self.of(ban.kind, ban.room).remove(ban.mask)
        self._store.drop_ban(ban)

    def set_exception(self, by: User, ban: Ban, room: Room, on: bool) -> None:
        """Let what `ban` names be excepted in `room`, or no longer.

        It means whoever is called so, but the account where the nick is registered:
        it binds no others, for it lets in.

        :raises ChatError: 478 for too many, 440 for none, 263 as `Audit.check`.
        """
        bans, mask = self.of(ban.kind, room.name), ban.mask
        known = bans.get(mask)
        if not on and known is None:
            raise ChatError(440, f"{mask} is no exception; BANS lists them")
        if on and known is not None:
            unchanged(self._hub, by, room, ban.kind, f"+{mask}")
            return
        self._hub.audit.check(by)
        if known is None:
            hold = bans.add(ban)
            if hold.exact and (account := self._hub.identities.account_of(mask)):
                bans.extend(hold, [account])
            self._put(hold.ban)
        else:
            bans.remove(known.key)
            self._store.drop_ban(known.ban)
        shown = f"{'+' if on else '-'}{mask}"
        self._hub.audit.record(by, "ROOM", room, ban.kind, shown)
        room.tell_rule(by, ban.kind, shown)

    def remove(self, by: User, kind: str, mask: str, room: Room | None) -> None:
        """Take back all that holds for `mask`: a mask, a nick here, or an account.

        :raises ChatError: 440 where nothing does, 263 as `Audit.check`.
        """
        bans = self.of(kind, room.name if room else "")
        holds = self._aimed(bans, mask)
        user = self._hub.users.get(fold(mask))
        held = [hold for hold in user.held if bans.has(hold)] if user else []
        # Only operators are shown addresses; others could find them by trying.
        guests = bans.of_guests(mask) if by.operator else []
        if not (holds or guests or any(hold.people[user] for hold in held if user)):
            past = "banned" if kind == "ban" else "muted"
            by_mask = f" but by {held[0].ban.mask}" if held else ""
            raise ChatError(440, f"{mask} is not {past}{by_mask}; BANS lists who is")
        self._hub.audit.check(by)
        for hold in holds:
            self.drop(hold.ban)
            self._hub.audit.record(by, f"UN{kind.upper()}", room, hold.ban.mask, "")
            self._told(by, hold.ban, room, "-")
        for hold in held:
            if user and hold.people.get(user):
                self._let_guests(by, bans, hold, user.nick, room)
        for hold in guests:
            self._let_guests(by, bans, hold, mask, room)

    def _aimed(self, bans: Bans, mask: str) -> list[Hold]:
        """The bans of just `mask`, and of its wearer's or account's."""
        found = [bans.get(mask) or bans.get(parse_mask(mask))]
        found += bans.of_account(mask)
        if user := self._hub.users.get(fold(mask)):
            found += [hold for hold in user.held if not hold.people[user]]
        return [
            hold
            for place, hold in enumerate(dict.fromkeys(found))
            if hold and bans.has(hold) and (hold.exact or place == 0)
        ]

    def _let_guests(
        self, by: User, bans: Bans, hold: Hold, nick: str, room: Room | None
    ) -> None:
        """Let guests off who are held only as being from the same address."""
        bans.forget_hosts(hold)
        self._put(hold.ban)
        ban, now = hold.ban, self._hub.at
        self._hub.audit.record(
            by, f"UN{ban.kind.upper()}", room, nick, f"guests: {ban.mask}"
        )
        text = f"The {ban.kind} of {ban.mask} holds for no guests by address any more"
        by.tell(Notice(text, now, "holds-for", ban.mask))

    def _told(self, by: User, ban: Ban, room: Room | None, sign: str) -> None:
        if room is not None:
            room.tell_rule(by, ban.kind, f"{sign}{ban.mask}")
        if room is None or by not in room.members:
            done = "banned" if ban.kind == "ban" else "muted"
            says = "is" if sign == "+" else "is no longer"
            until = why(ban) if sign == "+" else ""
            text = f"{ban.mask} {says} {done}{until}"
            by.tell(Notice(text, self._hub.at, _CODES[ban.kind + sign], ban.mask))

    def end_temporary(self, room: Room) -> None:
        """Nobody is in `room` any more."""
        for bans in self._hub.room_registry.lists_of(room.name).values():
            for ban in [ban for ban in bans if ban.temporary]:
                bans.remove(ban.mask)

    def keep_temporary(self, room: Room) -> None:
        """An account owns `room`, and what holds there stays."""
        for bans in self._hub.room_registry.lists_of(room.name).values():
            for hold in [hold for hold in bans.holds() if hold.ban.temporary]:
                bans.keep(hold)
                self._put(hold.ban)

    def purge(self, bans: Bans) -> None:
        """Forget what is over."""
        for over in bans.expired(self._hub.at):
            self._store.drop_ban(over)

    def of(self, kind: str, room: str) -> Bans:
        """The list of `kind`, of a room or, where that is empty, of the chat."""
        if room:
            return self._hub.room_registry.lists_of(room)[kind]
        return self._bans if kind == "ban" else self._mutes
