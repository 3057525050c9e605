"""Client certificates over real TLS: CERT, then SASL EXTERNAL."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.certificates import write

from .conftest import StartServer
from .support import IN_LOBBY, PATIENCE, Server

PASSWORD = "open-sesame"
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def trusting(pem: Path | None, version: ssl.TLSVersion = V13) -> ssl.SSLContext:
    """A client's context that shows `pem`, or nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    if pem is not None:
        context.load_cert_chain(pem)
    return context


class Secure:
    """A blocking client of lines over TLS."""

    def __init__(self, socket: ssl.SSLSocket) -> None:
        self.socket = socket
        self._file = socket.makefile("rwb")

    def ask(self, line: str, until: str) -> str:
        """Send `line`; the first line after it that contains `until`."""
        self._file.write(f"{line}\r\n".encode())
        self._file.flush()
        seen = []
        while got := self._file.readline().decode():
            if until in got:
                return got.rstrip("\r\n")
            seen.append(got)
        raise AssertionError(f"closed before {until!r}; came: {seen}")


@contextmanager
def connected(
    server: Server,
    context: ssl.SSLContext,
    door: int = 0,
    session: ssl.SSLSession | None = None,
) -> Iterator[Secure]:
    with (
        socket.create_connection(("127.0.0.1", server.ports[door]), PATIENCE) as plain,
        context.wrap_socket(plain, session=session) as secure,
    ):
        yield Secure(secure)


@pytest.mark.parametrize("version", [V12, V13], ids=["1.2", "1.3"])
def test_a_certificate_in_place_of_the_password(
    start_server: StartServer, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    own, _ = write(tmp_path, "server")
    pem, fingerprint = write(tmp_path, "alice")
    where = f"ssl:0:privateKey={own}:interface=127.0.0.1"
    server = start_server("--port", where, "--irc", where, *IN_LOBBY, wait=False)
    server.wait_open(2)
    with connected(server, trusting(pem, version)) as alice:
        alice.ask(f"NICK alice\r\nREGISTER {PASSWORD}", "logged in as alice")
        assert fingerprint in alice.ask("CERT add", "yours now")
    # Whatever a client keeps to shorten the next handshake, it counts as before.
    context, session = trusting(pem, version), None
    for _ in range(2):
        with connected(server, context, door=1, session=session) as alice:
            assert "sasl=PLAIN,EXTERNAL" in alice.ask("CAP LS 302", " LS ")
            alice.ask("CAP REQ sasl\r\nNICK al\r\nUSER al 0 * :Al", " ACK ")
            alice.ask("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
            alice.ask("AUTHENTICATE +", " 903 al ")
            alice.ask("CAP END", " 001 al ")
            assert alice.ask("WHOIS al", " 330 ").split()[3:5] == ["al", "alice"]
            session = alice.socket.session
    other, _ = write(tmp_path, "mallory")
    for context, answer in (
        (trusting(other, version), "sasl=PLAIN,EXTERNAL"),
        (trusting(None, version), "sasl=PLAIN "),
    ):
        with connected(server, context, door=1) as mallory:
            assert answer in mallory.ask("CAP LS 302", " LS ")
            mallory.ask("CAP REQ sasl", " ACK ")
            mallory.ask("AUTHENTICATE EXTERNAL\r\nAUTHENTICATE +", " 904 ")
