"""TLS that asks the peer for a certificate, and takes any.

Twisted's ``ssl:`` endpoints either ask for none or want a chain that can be
verified.  Here a self-signed one will do, and so will none: it is the account
that says which certificate counts.  By public interfaces only: the endpoint
is given a reactor whose `listenSSL` adds the question.
"""

from __future__ import annotations

from typing import Any, NoReturn

from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IReactorSSL
from zope.interface import implementer

from .interfaces import ListeningReactor, Port, ProtocolFactory


def _any(*_: object) -> bool:
    """That the peer has the certificate's key is checked all the same."""
    return True


@implementer(IOpenSSLServerConnectionCreator)
class Asking:
    """Makes the TLS connections that `inner` makes, and each asks for a certificate.

    Source: RFC 8446 section 4.3.2, a server's CertificateRequest.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def serverConnectionForTLS(self, tlsProtocol: Any) -> Any:
        # pyOpenSSL is there only where TLS is.
        from OpenSSL import SSL

        connection = self._inner.serverConnectionForTLS(tlsProtocol)
        connection.set_verify(SSL.VERIFY_PEER, _any)
        return connection


@implementer(IReactorSSL)
class AskingReactor:
    """Listens as `reactor` does, and asks for certificates."""

    def __init__(self, reactor: ListeningReactor) -> None:
        self._reactor = reactor

    def listenSSL(
        self,
        port: int,
        factory: ProtocolFactory,
        contextFactory: object,
        backlog: int = 50,
        interface: str = "",
    ) -> Port:
        asking = contextFactory
        if IOpenSSLServerConnectionCreator.providedBy(contextFactory):
            asking = Asking(contextFactory)
        return self._reactor.listenSSL(
            port, factory, asking, backlog=backlog, interface=interface
        )

    def connectSSL(self, *_: object, **__: object) -> NoReturn:
        """Of the interface, and never called: doors connect nowhere."""
        raise NotImplementedError
