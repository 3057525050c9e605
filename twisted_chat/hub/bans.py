"""All bans and mutes of a room, or of the chat, found by mask and by whom they mean.

``now`` is in seconds of the wall clock everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..addresses import HOUSEHOLD, Network, address_of, parse_network
from ..events import Ban, ChatError
from ..names import fold
from .hold import Hold
from .masks import Prefixes

if TYPE_CHECKING:
    from .user import User

MAX_BANS = 10_000
MAX_BANS_IN_ROOM = 200
MAX_MEANT = 100


class Bans:
    """Bans, by mask and by whom they mean.

    To find one takes one look for a nick, one for an account, and one for each length
    of prefix.

    :param most: how many there may be.
    """

    def __init__(self, most: int = MAX_BANS) -> None:
        self._most = most
        self._holds: dict[str, Hold] = {}
        self._patterns: dict[str, Hold] = {}
        self._sources: dict[str, Hold] = {}
        self._networks = Prefixes()
        self._accounts: dict[str, dict[str, None]] = {}
        self._guests = Prefixes()

    def __len__(self) -> int:
        return len(self._holds)

    def __iter__(self) -> Iterator[Ban]:
        return (hold.ban for hold in self._holds.values())

    def holds(self) -> Iterator[Hold]:
        """All of them, in the order in which they were made."""
        return iter(self._holds.values())

    def add(self, ban: Ban) -> Hold:
        """Put `ban` in, in place of one of the same mask.

        Whom that one meant is meant by this one, too.

        :raises ChatError: 478 for too many.
        """
        hold = self._holds.get(fold(ban.mask))
        if hold is None:
            if len(self._holds) >= self._most:
                raise ChatError(478, f"{self._most} are banned already; UNBAN some")
            hold = Hold(ban)
            self._holds[hold.key] = hold
            self._index(hold)
        else:
            before = hold.ban
            self._replace(
                hold,
                ban._replace(
                    accounts=_joined(before.accounts, ban.accounts),
                    hosts=_joined(before.hosts, ban.hosts),
                    temporary=before.temporary and ban.temporary,
                ),
            )
        return hold

    def extend(
        self, hold: Hold, accounts: Iterable[str] = (), hosts: Iterable[str] = ()
    ) -> bool:
        """Let it hold for these, too.

        :return: whether that is new.
        """
        before = hold.ban
        accounts = _joined(before.accounts, accounts)
        hosts = _joined(before.hosts, hosts)
        if (accounts, hosts) == (before.accounts, before.hosts):
            return False
        self._replace(hold, before._replace(accounts=accounts, hosts=hosts))
        return True

    def keep(self, hold: Hold) -> None:
        """Let it not be temporary any more."""
        self._replace(hold, hold.ban._replace(temporary=False))

    def forget_account(self, hold: Hold, account: str) -> None:
        """Let it hold no more for whoever has `account`."""
        accounts = [a for a in hold.ban.accounts if fold(a) != fold(account)]
        self._replace(hold, hold.ban._replace(accounts=tuple(accounts)))

    def forget_hosts(self, hold: Hold) -> None:
        """Let it hold for no guest by their address any more."""
        self._replace(hold, hold.ban._replace(hosts=()))
        for user in [user for user, as_guest in hold.people.items() if as_guest]:
            hold.release(user)

    def _replace(self, hold: Hold, ban: Ban) -> None:
        self._unindex(hold)
        hold.ban = ban
        self._index(hold)

    def _index(self, hold: Hold) -> None:
        if hold.network is not None:
            self._networks.add(hold.network, hold.key)
        elif hold.source is not None:
            self._sources.setdefault(hold.key, hold)
        elif hold.pattern is not None:
            self._patterns.setdefault(hold.key, hold)
        for account in hold.ban.accounts:
            self._accounts.setdefault(fold(account), {})[hold.key] = None
        for network in _networks(hold.ban):
            self._guests.add(network, hold.key)

    def _unindex(self, hold: Hold) -> None:
        if hold.network is not None:
            self._networks.discard(hold.network, hold.key)
        for account in map(fold, hold.ban.accounts):
            keys = self._accounts.get(account, {})
            keys.pop(hold.key, None)
            if not keys:
                self._accounts.pop(account, None)
        for network in _networks(hold.ban):
            self._guests.discard(network, hold.key)

    def get(self, mask: str) -> Hold | None:
        """The ban of just this mask."""
        return self._holds.get(fold(mask))

    def has(self, hold: Hold) -> bool:
        return self._holds.get(hold.key) is hold

    def remove(self, mask: str) -> Ban | None:
        """Take the ban of just this mask out; it means nobody any more."""
        hold = self._holds.pop(fold(mask), None)
        if hold is None:
            return None
        self._unindex(hold)
        self._patterns.pop(hold.key, None)
        self._sources.pop(hold.key, None)
        hold.lift()
        return hold.ban

    def excepts(self, user: User, now: float) -> bool:
        """Whether there is an exception in force for `user`."""
        return any(h.in_force(now) and h.excepts(user) for h in self._holds.values())

    def expired(self, now: float) -> list[Ban]:
        """Take out, and return, what is over at that time."""
        over = [hold.ban for hold in self._holds.values() if not hold.in_force(now)]
        for ban in over:
            self.remove(ban.mask)
        return over

    # By mask

    def match_host(self, host: str, now: float) -> Ban | None:
        """The ban of the address `host` that is in force, if there is any."""
        hold = self._by_host(self._networks, host, now)
        return _ban(hold)

    def match_nick(self, nick: str, now: float) -> Ban | None:
        """The ban of `nick` that is in force, if there is any."""
        hold = self._by_nick(nick, now)
        return _ban(hold)

    def match(
        self, nicks: Iterable[str], hosts: Iterable[str], now: float
    ) -> Ban | None:
        """A ban in force of any of these nicks and addresses."""
        holds = (self._by_nick(nick, now) for nick in nicks if nick)
        if hold := next(filter(None, holds), None):
            return hold.ban
        holds = (self._by_host(self._networks, host, now) for host in hosts)
        hold = next(filter(None, holds), None)
        return _ban(hold)

    def _by_nick(self, nick: str, now: float) -> Hold | None:
        key = fold(nick)
        hold = self._holds.get(key)
        if hold is not None and hold.in_force(now):
            return hold
        for hold in self._patterns.values():
            if hold.pattern and hold.pattern.fullmatch(key) and hold.in_force(now):
                return hold
        return None

    def _by_host(self, prefixes: Prefixes, host: str, now: float) -> Hold | None:
        address = address_of(host) if prefixes else None
        if address is None:
            return None
        return self._first(prefixes.find(address), now)

    def _first(self, keys: Iterable[str], now: float) -> Hold | None:
        holds = (self._holds[key] for key in keys)
        return next((hold for hold in holds if hold.in_force(now)), None)

    # By whom they mean

    def match_account(self, account: str, now: float) -> Ban | None:
        """The ban of whoever has this account, under whatever nick."""
        hold = self._by_account(account, now) or self._by_nick(account, now)
        return _ban(hold)

    def match_guest(self, host: str, now: float) -> Ban | None:
        """The ban in force that holds for guests who come from `host`."""
        hold = self._by_host(self._guests, host, now)
        return _ban(hold)

    def of_account(self, account: str) -> list[Hold]:
        """All bans that mean this account."""
        keys = self._accounts.get(fold(account), ())
        return [self._holds[key] for key in sorted(keys)]

    def of_guests(self, mask: str) -> list[Hold]:
        """All bans that hold for guests from the address `mask`."""
        wanted = parse_network(mask)
        if wanted is None or wanted.prefixlen < HOUSEHOLD[wanted.version]:
            return []
        keys = self._guests.find(wanted.network_address)
        return [self._holds[key] for key in sorted(keys)]

    def accounts(self) -> list[str]:
        """All accounts that bans mean, folded."""
        return list(self._accounts)

    def _by_account(self, account: str, now: float) -> Hold | None:
        return self._first(sorted(self._accounts.get(fold(account), ())), now)

    def holding(self, user: User, now: float) -> Ban | None:
        """The ban that holds for `user`; see `hold`."""
        return _ban(self._held(user, now) or self._matching(user, now)[0])

    def hold(self, user: User, now: float) -> Ban | None:
        """As `holding`, and `user` is meant by it from now on."""
        if held := self._held(user, now):
            return held.ban
        found, as_guest = self._matching(user, now)
        if found is not None and (found.network is None or as_guest):
            found.bind(user, as_guest)
        return _ban(found)

    def _held(self, user: User, now: float) -> Hold | None:
        """The one in force that means `user` already."""
        for hold in user.held:
            if self.has(hold) and hold.in_force(now):
                return hold
        return None

    def _matching(self, user: User, now: float) -> tuple[Hold | None, bool]:
        """What matches `user` as they are now, and whether only as a guest."""
        if not self._holds:
            return None, False
        if user.account and (found := self._by_account(user.account, now)):
            return found, False
        for name in filter(None, user.names()):
            if found := self._by_nick(name, now):
                return found, False
        for hold in self._sources.values():
            if hold.in_force(now) and hold.means(user):
                return hold, False
        for host in user.hosts():
            if found := self._by_host(self._networks, host, now):
                return found, False
            if not user.account and (found := self._by_host(self._guests, host, now)):
                return found, True
        return None, False


def _ban(hold: Hold | None) -> Ban | None:
    return None if hold is None else hold.ban


def _networks(ban: Ban) -> list[Network]:
    return [network for host in ban.hosts if (network := parse_network(host))]


def _joined(before: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *more)))[:MAX_MEANT]
