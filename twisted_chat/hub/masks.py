"""Masks of nicks and addresses: what a ban names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ..addresses import Address, Network, parse_network, show_network
from ..events import ChatError
from ..names import NICK_LENGTH
from .hosts import USERNAME_LENGTH

_MOST = 200
_USER_MASK = re.compile(rf"[A-Za-z0-9._~*?-]{{1,{USERNAME_LENGTH + 2}}}")
_HOST_MASK = re.compile(r"[A-Za-z0-9.:/*?-]{1,120}")
_NICK_MASK = re.compile(rf"[A-Za-z0-9_\[\]\\`^{{|}}*?-]{{1,{NICK_LENGTH}}}")


def parse_mask(text: str) -> str:
    """`text` in its normal form, in which it is kept.

    A nick, also with ``*`` and ``?``, an address, or a prefix such as
    192.0.2.0/24; an IPv4 address out of IPv6 is unwrapped.  A mask of IRC's
    nick!user@host is one of these where it says no more.

    :raises ChatError: 476 for anything else.
    """
    if is_source(text):
        return _parse_source(text)
    if _NICK_MASK.fullmatch(text):
        return re.sub(r"\*+", "*", text)
    network = parse_network(text)
    if network is None:
        raise ChatError(
            476, "That's no nick, no address, and no prefix such as 192.0.2.0/24"
        )
    return show_network(network)


def _parse_source(text: str) -> str:
    nick, user, host = (re.sub(r"\*+", "*", part) or "*" for part in cut_source(text))
    if user == host == "*":
        return parse_mask(nick)
    if nick == user == "*" and (network := parse_network(host)):
        return show_network(network)
    checks = ((_NICK_MASK, nick), (_USER_MASK, user), (_HOST_MASK, host))
    if not all(check.fullmatch(part) for check, part in checks):
        raise ChatError(476, "That's no mask of nick!user@host")
    return f"{nick}!{user}@{host}"


def cut_source(mask: str) -> tuple[str, str, str]:
    """Nick, user and host of a mask; empty for what it doesn't have."""
    nick, bang, rest = mask.partition("!")
    if not bang:
        nick, rest = ("", mask) if "@" in mask else (mask, "")
    user, _, host = rest.partition("@")
    return nick, user, host


def is_source(mask: str) -> bool:
    """Whether it is one of nick!user@host."""
    return "!" in mask or "@" in mask


def is_pattern(mask: str) -> bool:
    return "*" in mask or "?" in mask


@lru_cache(maxsize=64)
def glob(mask: str) -> re.Pattern[str]:
    """A pattern for folded names, of the first 200 characters of `mask`.

    What is between two stars is taken where it is found first.  So a match takes
    time linear in the name.
    """
    first, *parts = re.sub(r"\*+", "*", mask.lower()[:_MOST]).split("*")
    pattern = _literal(first)
    for number, part in enumerate(parts, 1):
        if number == len(parts):
            pattern += f".*{_literal(part)}"
        else:
            pattern += f"(?>.*?{_literal(part)})"
    return re.compile(pattern, re.DOTALL)


def _literal(text: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in text)


class Prefixes:
    """Keys by network.  To find one takes one look for each length of prefix."""

    def __init__(self) -> None:
        self._keys: dict[tuple[int, int], dict[int, dict[str, None]]] = {}

    def __bool__(self) -> bool:
        return bool(self._keys)

    def add(self, network: Network, key: str) -> None:
        length, value = _place(network)
        self._keys.setdefault(length, {}).setdefault(value, {})[key] = None

    def discard(self, network: Network, key: str) -> None:
        length, value = _place(network)
        values = self._keys.get(length, {})
        keys = values.get(value, {})
        keys.pop(key, None)
        if not keys:
            values.pop(value, None)
        if not values:
            self._keys.pop(length, None)

    def find(self, address: Address) -> Iterator[str]:
        """The keys of all networks that `address` is in, the narrowest first."""
        for (version, shift), values in sorted(self._keys.items()):
            if version == address.version:
                yield from sorted(values.get(int(address) >> shift, ()))


def _place(network: Network) -> tuple[tuple[int, int], int]:
    shift = network.max_prefixlen - network.prefixlen
    return (network.version, shift), int(network.network_address) >> shift
