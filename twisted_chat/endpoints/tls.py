"""TLS of a door: which protocol is agreed on, and whether a certificate is asked for.

Twisted's ``ssl:`` endpoints either ask for none or want a chain that can be
verified.  Here a self-signed one will do, and so will none: it is the account
that says which certificate counts.  And they end the handshake of whoever offers
protocols by ALPN (RFC 7301), as every browser does, where none is chosen (Twisted
26.10): here the handshake goes on without.  By public interfaces only: the endpoint
is given a reactor whose `listenSSL` adds both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IReactorSSL
from zope.interface import implementer

from .interfaces import ListeningReactor, Port, ProtocolFactory

if TYPE_CHECKING:
    from OpenSSL.SSL import Context


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


def agree(context: Context, protocols: Sequence[bytes]) -> None:
    """Have connections of `context`, of which there is none yet, agree on one of these.

    :param protocols: by their names in ALPN, the best first.
    """
    from OpenSSL.SSL import NO_OVERLAPPING_PROTOCOLS

    def choose(connection: object, offered: list[bytes]) -> Any:
        both = [each for each in protocols if each in offered]
        return both[0] if both else NO_OVERLAPPING_PROTOCOLS

    context.set_alpn_select_callback(choose)


@implementer(IReactorSSL)
class TLSReactor:
    """Listens as `reactor` does, and agrees on what the door speaks.

    :param certificates: each peer is asked for a certificate.
    """

    def __init__(self, reactor: ListeningReactor, certificates: bool) -> None:
        self._reactor = reactor
        self._certificates = certificates

    def listenSSL(
        self,
        port: int,
        factory: ProtocolFactory,
        contextFactory: Any,
        backlog: int = 50,
        interface: str = "",
    ) -> Port:
        made = contextFactory
        if IOpenSSLServerConnectionCreator.providedBy(contextFactory):
            speaks = getattr(factory, "acceptableProtocols", None)
            agree(contextFactory.getContext(), speaks() if speaks is not None else ())
            made = Asking(contextFactory) if self._certificates else contextFactory
        return self._reactor.listenSSL(
            port, factory, made, backlog=backlog, interface=interface
        )

    def connectSSL(self, *_: object, **__: object) -> NoReturn:
        """Of the interface, and never called: doors connect nowhere."""
        raise NotImplementedError
