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
        PrivateCertificate,
        optionsForClientTLS,
        trustRootFromCertificates,
    )

    own = _read(options.cert, PrivateCertificate) if options.cert else None
    more = {}
    if options.ca:
        certificate = _read(options.ca, Certificate)
        more["trustRoot"] = trustRootFromCertificates([certificate])
    return optionsForClientTLS(options.address.host, clientCertificate=own, **more)


def _read(path: str, kind: Any) -> Any:
    """The certificate in a file, of a class of `twisted.internet.ssl`."""
    try:
        return kind.loadPEM(Path(path).expanduser().read_bytes())
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except Exception:
        raise ValueError(f"{path} is no certificate in PEM") from None
