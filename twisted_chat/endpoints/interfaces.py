"""What is used of Twisted's interfaces, as types that mypy can check.

Twisted describes a reactor and its ports by interfaces of zope, which are no types:
an intersection of them can't be written down, and a test's reactor is none.
"""

from __future__ import annotations

from socket import AddressFamily
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress

from ..clock import Clock


class ProtocolFactory(Protocol):
    """Makes a protocol of each connection (`IProtocolFactory`)."""

    def doStart(self) -> None:
        """One more port listens for it."""

    def doStop(self) -> None:
        """One port less listens for it."""

    def buildProtocol(self, addr: IAddress, /) -> object:
        """None to refuse it."""


class Port(Protocol):
    """Where something listens (`IListeningPort`)."""

    def getHost(self) -> object:
        """The address, to be shown."""

    def stopListening(self) -> Deferred[None] | None:
        """Listen no more; what is connected stays."""


class Endpoint(Protocol):
    """Where something is to listen (`IStreamServerEndpoint`)."""

    def listen(self, protocolFactory: ProtocolFactory, /) -> Deferred[Port]:
        """Begin to listen.

        The Deferred fails with `CannotListenError`, among others.
        """


class ListeningReactor(Clock, Protocol):
    """A reactor that can listen (`IReactorSocket`, `IReactorSSL`, `IReactorTime`).

    What else an endpoint string needs, Twisted's parser of these asks for.
    """

    def adoptStreamPort(
        self,
        fileDescriptor: int,
        addressFamily: AddressFamily,
        factory: ProtocolFactory,
        /,
    ) -> Port:
        """Listen on a copy of a socket's descriptor; the caller closes its own."""
        ...

    def listenSSL(
        self,
        port: int,
        factory: ProtocolFactory,
        contextFactory: object,
        /,
        backlog: int = ...,
        interface: str = ...,
    ) -> Port:
        """Listen for TLS on a TCP port; 0 for any that is free.

        :param backlog: how many newcomers may wait to be accepted.
        :raises CannotListenError: when the port can't be had.
        """
        ...
