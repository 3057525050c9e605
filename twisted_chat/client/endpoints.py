"""How to reach a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.endpoints import (
    HostnameEndpoint,
    clientFromString,
    wrapClientTLS,
)

from ..clock import Clock
from .options import Options

CONNECT = 15


def endpoint_for(options: Options, reactor: Clock) -> Any:
    """A client endpoint (`IStreamClientEndpoint`).

    :raises ValueError: with one line, for what can't be an endpoint: a bad
        endpoint string, an unreadable certificate, TLS without its packages.
    """
    try:
        if options.address.endpoint:
            return clientFromString(reactor, options.address.endpoint)
        host, port, _ = options.address
        plain: Any = HostnameEndpoint(reactor, host, port, timeout=CONNECT)
        return wrapClientTLS(_tls(options), plain) if options.tls else plain
    except ImportError as error:
        raise ValueError(
            f"TLS needs more packages: pip install 'twisted-chat[tls]' ({error.name})"
        ) from None
    except Exception as error:
        raise ValueError(" ".join(str(error).split()) or repr(error)) from None


def _tls(options: Options) -> Any:
    from twisted.internet.ssl import (
        Certificate,
        optionsForClientTLS,
        trustRootFromCertificates,
    )

    if not options.ca:
        return optionsForClientTLS(options.address.host)
    try:
        certificate = Certificate.loadPEM(Path(options.ca).read_bytes())
    except OSError as error:
        raise ValueError(f"{options.ca}: {error.strerror}") from None
    except Exception:
        raise ValueError(f"{options.ca} is no certificate in PEM") from None
    trust = trustRootFromCertificates([certificate])
    return optionsForClientTLS(options.address.host, trustRoot=trust)
