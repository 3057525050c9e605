"""Where doors listen: ports, endpoint strings, and what may stand in front of them."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

from twisted.internet.endpoints import serverFromString

from .every_interface import EveryInterface
from .interfaces import Endpoint, ListeningReactor, Port
from .proxy_protocol import ProxiedEndpoint
from .tls import TLSReactor

__all__ = ["BACKLOG", "Endpoint", "ListeningReactor", "Port", "endpoint"]

# More newcomers than any system lets wait: each reduces it to its own limit.
BACKLOG = 32767
QUEUING = frozenset({"ssl", "tcp", "tcp6", "unix"})


def endpoint(
    reactor: ListeningReactor, where: str, certificates: bool = False
) -> Endpoint:
    """What `where` means: a port on every interface, or an endpoint string.

    In front of either, ``haproxy:`` expects the PROXY protocol.  As many newcomers
    may wait to be accepted as the system allows, unless the string says otherwise.

    :param certificates: with ``ssl:`` ask the peer for a certificate.  Not behind
        a proxy, whose own would be taken for everyone's.
    :raises ValueError: for a bad endpoint string.
    """
    if where.isdecimal():
        return EveryInterface(reactor, int(where), BACKLOG)
    if where.startswith("haproxy:"):
        inner = endpoint(reactor, where.removeprefix("haproxy:"))
        return ProxiedEndpoint(reactor, inner)
    kind, _, rest = where.partition(":")
    listening = TLSReactor(reactor, certificates) if kind == "ssl" else reactor
    if kind in QUEUING:
        with suppress(TypeError):  # it says so without the option's name
            # Of an option given twice the last counts: the one in the string.
            queuing = f"{kind}:backlog={BACKLOG}:{rest}"
            return cast(Endpoint, serverFromString(listening, queuing))
    return cast(Endpoint, serverFromString(listening, where))
