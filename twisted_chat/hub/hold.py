"""A ban or a mute in force, and whom it means.

A ban names a mask.  Those who are here when it is made, and whoever it matches
later, are meant by it from then on, whatever they are called: it is bound to the
person (`Hold.people`) and to their account.  Against new guests it is bound to an
address, too, as `events.Ban.hosts` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..addresses import address_of, parse_network
from ..durations import show_time
from ..events import Ban
from ..names import fold
from .masks import glob, is_pattern, is_source

if TYPE_CHECKING:
    from .user import User


def why(ban: Ban) -> str:
    """Until when, and for what reason, as the end of a sentence."""
    until = f" until {show_time(ban.until)}" if ban.until else ""
    return f"{until}: {ban.reason}" if ban.reason else until


class Hold:
    """A ban in force.

    :ivar key: the folded mask.
    :ivar people: those here whom it means; True for who is only a guest from an
        address that it holds for.
    :ivar source: what the nick!user@host of whom it means is like, if the mask is such.
    :ivar network: the addresses that the mask stands for, if it is of addresses.
    """

    __slots__ = ("ban", "key", "network", "pattern", "people", "source")

    def __init__(self, ban: Ban) -> None:
        self.ban = ban
        self.key = key = fold(ban.mask)
        self.people: dict[User, bool] = {}
        self.source = glob(key) if is_source(key) else None
        self.network = parse_network(key) if self.source is None else None
        pattern = self.source is None and is_pattern(key)
        self.pattern = glob(key) if pattern else None

    @property
    def exact(self) -> bool:
        """Whether the mask is just a nick."""
        return self.network is None and self.pattern is None and self.source is None

    def in_force(self, now: float) -> bool:
        """Whether it isn't over at that time, in seconds of the wall clock."""
        return not self.ban.until or now < self.ban.until

    def bind(self, user: User, as_guest: bool = False) -> None:
        """Mean `user` from now on, whatever they are called."""
        self.people[user] = as_guest and self.people.get(user, True)
        user.held[self] = None

    def release(self, user: User) -> None:
        self.people.pop(user, None)
        user.held.pop(self, None)

    def lift(self) -> None:
        """Mean nobody any more."""
        for user in list(self.people):
            self.release(user)

    def includes(self, host: str) -> bool:
        """Whether its mask is of addresses, and `host` is one of them."""
        address = address_of(host) if self.network is not None else None
        return address is not None and address in (self.network or ())

    def means(self, user: User) -> bool:
        """Whether it holds for `user`, who is here."""
        if user in self.people:
            return True
        if self.source is not None:
            return self._is_source_of(user)
        if self.network is not None:
            return any(map(self.includes, user.hosts()))
        names = {fold(name) for name in user.names() if name}
        if self.pattern is not None:
            return any(self.pattern.fullmatch(name) for name in names)
        return self.key in names

    def _is_source_of(self, user: User) -> bool:
        source = fold(f"{user.nick}!{user.origin}")
        return self.source is not None and bool(self.source.fullmatch(source))

    def excepts(self, user: User) -> bool:
        """Whether an exception of this mask is for `user`, who proves what they are.

        That is an account; a nick, but of one who may have to give it up; an address.
        """
        if self.ban.accounts:
            return fold(user.account) in map(fold, self.ban.accounts)
        if self.source is not None:
            return not user.grace and self._is_source_of(user)
        if self.network is not None:
            return any(map(self.includes, user.hosts()))
        names = {fold(user.account), "" if user.grace else fold(user.nick)} - {""}
        if self.pattern is not None:
            return any(self.pattern.fullmatch(name) for name in names)
        return self.key in names
