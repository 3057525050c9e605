"""Addresses and networks: whose they are, and what counts as one neighbour."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

ADDRESSES_KEPT = 1024


@lru_cache(ADDRESSES_KEPT)
def address_of(host: str) -> Address | None:
    """`host` as an address, IPv4 out of IPv6 unwrapped; None for no address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


@lru_cache(ADDRESSES_KEPT)
def canonical(host: str) -> str:
    """`host` in the one way in which we write an address."""
    return str(address_of(host) or host)


@lru_cache(ADDRESSES_KEPT)
def is_local(host: str) -> bool:
    """Whether `host` is this machine: loopback, or no network at all (unix)."""
    address = address_of(host)
    return address is None or address.is_loopback


@lru_cache(ADDRESSES_KEPT)
def network_of(host: str) -> str:
    """What counts as one neighbour: an IPv4 address, or an IPv6 /64.

    A household or a rented server is given at least a whole IPv6 /64
    (RFC 6177), so counting single addresses there would limit nobody.
    """
    address = address_of(host)
    if isinstance(address, IPv6Address):
        return str(int(address) >> 64)
    return str(address or host)
