"""Masks of nicks and addresses, and whom they match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

from ..durations import show_time
from ..events import Ban, ChatError
from ..limits import address_of
from ..names import NICK_LENGTH, fold

MOST_BANS = 10_000
MOST_BANS_IN_ROOM = 200

Network: TypeAlias = IPv4Network | IPv6Network

_NICK_MASK = re.compile(rf"[A-Za-z0-9_*?-]{{1,{NICK_LENGTH}}}")


def parse_mask(text: str) -> str:
    """`text` in the one way in which it is kept.

    A nick, also with ``*`` and ``?``, an address, or a prefix such as
    192.0.2.0/24; an IPv4 address out of IPv6 is unwrapped.

    :raises ChatError: 476 for anything else.
    """
    if _NICK_MASK.fullmatch(text):
        return re.sub(r"\*+", "*", text)
    network = network_in(text)
    if network is None:
        raise ChatError(
            476, "That's no nick, no address, and no prefix such as 192.0.2.0/24"
        )
    if network.prefixlen == network.max_prefixlen:
        return str(network.network_address)
    return str(network)


def network_in(mask: str) -> Network | None:
    """The addresses that `mask` stands for; None when it is one of nicks."""
    try:
        network = ip_network(mask, strict=False)
    except ValueError:
        return None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped and network.prefixlen >= 96:
        return IPv4Network((mapped, network.prefixlen - 96), strict=False)
    return network


def is_pattern(mask: str) -> bool:
    return "*" in mask or "?" in mask


def why(ban: Ban) -> str:
    """Until when, and for what reason, as the end of a sentence."""
    until = f" until {show_time(ban.until)}" if ban.until else ""
    return f"{until}: {ban.reason}" if ban.reason else until


class Bans:
    """Bans by mask, found fast: one look for an exact nick, one for each length
    of prefix.

    :param most: how many there may be.
    """

    def __init__(self, most: int = MOST_BANS) -> None:
        self._most = most
        self._bans: dict[str, Ban] = {}
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._networks: dict[tuple[int, int], dict[int, str]] = {}

    def __len__(self) -> int:
        return len(self._bans)

    def __iter__(self) -> Iterator[Ban]:
        return iter(self._bans.values())

    def add(self, ban: Ban) -> None:
        """Put `ban` in, in place of one of the same mask; 478 for too many."""
        key = fold(ban.mask)
        if key not in self._bans and len(self._bans) >= self._most:
            raise ChatError(478, f"{self._most} are banned already; UNBAN some")
        self._bans[key] = ban
        if network := network_in(key):
            length = (network.version, network.max_prefixlen - network.prefixlen)
            value = int(network.network_address) >> length[1]
            self._networks.setdefault(length, {})[value] = key
        elif is_pattern(key):
            # Its expressions don't backtrack, however many stars there are.
            self._patterns[key] = re.compile(translate(key))

    def get(self, mask: str, now: float) -> Ban | None:
        """The ban of just this mask, if it holds."""
        ban = self._bans.get(fold(mask))
        return ban if ban is not None and _holds(ban, now) else None

    def remove(self, mask: str) -> Ban | None:
        """Take the ban of just this mask out."""
        key = fold(mask)
        ban = self._bans.pop(key, None)
        if ban is not None:
            self._patterns.pop(key, None)
            self._drop_network(key)
        return ban

    def _drop_network(self, key: str) -> None:
        if network := network_in(key):
            length = (network.version, network.max_prefixlen - network.prefixlen)
            values = self._networks[length]
            del values[int(network.network_address) >> length[1]]
            if not values:
                del self._networks[length]

    def expired(self, now: float) -> list[Ban]:
        """Take out, and return, what is over."""
        over = [ban for ban in self._bans.values() if 0 < ban.until <= now]
        for ban in over:
            self.remove(ban.mask)
        return over

    def match_host(self, host: str, now: float) -> Ban | None:
        """The ban that holds for the address `host`, if any does."""
        if not self._networks:
            return None
        address = address_of(host)
        if address is None:
            return None
        for (version, shift), values in self._networks.items():
            if version == address.version:
                key = values.get(int(address) >> shift)
                if key is not None and _holds(self._bans[key], now):
                    return self._bans[key]
        return None

    def match_nick(self, nick: str, now: float) -> Ban | None:
        """The ban that holds for `nick`, if any does."""
        key = fold(nick)
        ban = self._bans.get(key)
        if ban is not None and _holds(ban, now):
            return ban
        for mask, pattern in self._patterns.items():
            if pattern.fullmatch(key) and _holds(self._bans[mask], now):
                return self._bans[mask]
        return None

    def match(
        self, nicks: Iterable[str], hosts: Iterable[str], now: float
    ) -> Ban | None:
        """The ban that holds for somebody with these nicks and addresses."""
        if not self._bans:
            return None
        for nick in nicks:
            if nick and (ban := self.match_nick(nick, now)):
                return ban
        for host in hosts:
            if ban := self.match_host(host, now):
                return ban
        return None


def _holds(ban: Ban, now: float) -> bool:
    return not ban.until or now < ban.until
