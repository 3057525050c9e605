"""Addresses and networks: whose they are, and what counts as one neighbour.

A `host` here is what a transport calls its peer: an address, or "unix".
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

ADDRESSES_KEPT = 1024
HOUSEHOLD = {4: 32, 6: 64}
"""How long a prefix is whose addresses are one person's."""


@lru_cache(ADDRESSES_KEPT)
def address_of(host: str) -> Address | None:
    """`host` as an address; None when it is none.

    An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) is the IPv4 address
    in it.  A zone (RFC 4007 section 11), as in ``fe80::1%eth0``, is left out.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


@lru_cache(ADDRESSES_KEPT)
def canonical(host: str) -> str:
    """`host` in the one form that is compared; unchanged when it is no address.

    IPv6 is written as in RFC 5952.
    """
    return str(address_of(host) or host)


@lru_cache(ADDRESSES_KEPT)
def is_local(host: str) -> bool:
    """Whether `host` is this machine: a loopback address, or no address at all."""
    address = address_of(host)
    return address is None or address.is_loopback


@lru_cache(ADDRESSES_KEPT)
def network_of(host: str) -> str:
    """The key of what counts as one neighbour: an IPv4 address, or an IPv6 /64.

    A household or a rented server is given at least a whole IPv6 /64
    (RFC 6177), so counting single addresses there would limit nobody.
    """
    address = address_of(host)
    if isinstance(address, IPv6Address):
        return str(int(address) >> 64)
    return str(address or host)


def neighbourhood(host: str) -> str:
    """The addresses that one person at `host` has: an IPv4 address, or an IPv6 /64.

    Empty for this machine's own, which are nobody's.
    """
    address = address_of(host)
    if address is None or is_local(host):
        return ""
    if isinstance(address, IPv4Address):
        return str(address)
    return show_network(IPv6Network((address, HOUSEHOLD[6]), strict=False))


def show_network(network: Network) -> str:
    """`network` in the one way in which we write it; a single address without /."""
    if network.prefixlen == network.max_prefixlen:
        return str(network.network_address)
    return str(network)


def parse_network(text: str) -> Network | None:
    """The addresses that `text` stands for; None when it stands for none.

    IPv4 out of IPv6 is unwrapped.
    """
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped and network.prefixlen >= 96:
        return IPv4Network((mapped, network.prefixlen - 96), strict=False)
    return network
