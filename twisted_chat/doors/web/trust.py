"""Whose page may open a WebSocket here, and whose word on an address counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from ipaddress import ip_network
from urllib.parse import urlsplit

from ...addresses import Network, address_of

_PORTS = {"http": 80, "https": 443}


def origin_of(text: str) -> str:
    """An origin as browsers send it, without a default port (RFC 6454 section 6.2).

    :raises ValueError: when `text` is no origin, such as one with a path.
    """
    parts = urlsplit(text)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f"{text!r} is no origin such as https://chat.example")
    return f"{parts.scheme}://{_place(parts.netloc, parts.scheme)}"


def _place(netloc: str, scheme: str) -> str:
    """Host and port, the port left out when it is the scheme's own."""
    parts = urlsplit(f"//{netloc}")
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    return host if port in (None, _PORTS[scheme]) else f"{host}:{port}"


def may_open(origin: str | None, host: str, others: Collection[str]) -> bool:
    """Whether a page of `origin` may open a WebSocket.

    A browser always names the origin, so that a page of another site can't
    talk in its visitor's name (RFC 6455 section 10.2).  What names none is no
    browser and could name any.

    :param host: the request's Host.
    :param others: origins that may, besides the site's own.
    """
    if origin is None or own_origin(origin, host):
        return True
    try:
        return origin_of(origin) in others
    except ValueError:
        return False


def own_origin(origin: str | None, host: str) -> str:
    """`origin`, as `origin_of` has it, if that is the site's own; else empty.

    :param host: the request's Host.
    """
    try:
        given = origin_of(origin or "")
        scheme, _, place = given.partition("://")
        return given if place == _place(host, scheme) else ""
    except ValueError:
        return ""


def networks(text: str) -> list[Network | str]:
    """Addresses and networks, separated by commas; "unix" for a unix socket.

    :raises ValueError: for what is neither.
    """
    return [
        word if word == "unix" else ip_network(word)
        for word in (word.strip() for word in text.split(","))
    ]


def is_trusted(host: str, proxies: Sequence[Network | str]) -> bool:
    """Whether `host` is one of `proxies`."""
    address = address_of(host)
    if address is None:
        return host in proxies
    return any(
        address in proxy
        for proxy in proxies
        if not isinstance(proxy, str) and proxy.version == address.version
    )


def real_host(peer: str, forwarded: str, proxies: Sequence[Network | str]) -> str:
    """Whose request this is: the nearest address that is no trusted proxy.

    :param peer: the address of the connection.
    :param forwarded: all of ``X-Forwarded-For``; each proxy appends whom it
        saw, so only what trusted proxies appended is believed.
    """
    host = peer
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    while hops and is_trusted(host, proxies):
        hop = hops.pop()
        address = address_of(hop)
        if address is None:
            break
        host = str(address)
    return host
