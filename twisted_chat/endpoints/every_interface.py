"""A TCP port on all addresses at once."""

from __future__ import annotations

import errno
import socket

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IStreamServerEndpoint
from zope.interface import implementer

from .interfaces import ListeningReactor, Port, ProtocolFactory


@implementer(IStreamServerEndpoint)
class EveryInterface:
    """A TCP port on all addresses, IPv4 and IPv6, by one socket.

    :param backlog: how many newcomers may wait to be accepted.
    """

    def __init__(self, reactor: ListeningReactor, port: int, backlog: int) -> None:
        self._reactor = reactor
        self._port = port
        self._backlog = backlog

    def listen(self, protocolFactory: ProtocolFactory) -> Deferred[Port]:
        """Listen; fails with `CannotListenError` when the port can't be had."""
        try:
            listening = self._bind()
        except OSError as error:
            return fail(CannotListenError("", self._port, error))
        with listening:
            listening.setblocking(False)
            return succeed(
                self._reactor.adoptStreamPort(
                    listening.fileno(), listening.family, protocolFactory
                )
            )

    def _bind(self) -> socket.socket:
        if socket.has_dualstack_ipv6():
            try:
                return socket.create_server(
                    ("", self._port),
                    family=socket.AF_INET6,
                    backlog=self._backlog,
                    dualstack_ipv6=True,
                )
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL:
                    raise
        return socket.create_server(("", self._port), backlog=self._backlog)
