"""Every way down to a socket: straight, through TLS, on other reactors."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.selectreactor import SelectReactor
from twisted.python.failure import Failure

from twisted_chat.wire import tune

from .certificate import self_signed
from .conftest import StartServer
from .support import PATIENCE

COUNT = 6000
FILLER = "x" * 1000


@contextlib.contextmanager
def reader(port: int, pem: Path | None) -> Iterator[socket.socket]:
    """A connection with as little room for unread bytes as the system gives."""
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.settimeout(PATIENCE)
        plain.connect(("127.0.0.1", port))
        if pem is None:
            yield plain
        else:
            context = ssl.create_default_context(cafile=str(pem))
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                yield secure


@pytest.mark.parametrize("way", ["epoll", "poll", "asyncio", "tls"])
def test_who_reads_late_gets_everything_in_order(
    start_server: StartServer, tmp_path: Path, way: str
) -> None:
    """More than the system's buffers hold, so the server has to keep some."""
    pem = self_signed(tmp_path, "localhost") if way == "tls" else None
    door = f"ssl:0:privateKey={pem}:interface=127.0.0.1" if pem else "tcp:0"
    server = start_server(
        *("--port", door, "--port", "tcp:0:interface=127.0.0.1"),
        *("--flood", "off", "--send-queue", "16777216"),
        before=[] if pem else [f"--reactor={way}"],
    )
    server.wait_open(2)
    with reader(server.port, pem) as late:
        late.sendall(b"NICK late\n")
        alice = server.enter("alice", door=1)
        alice.send("NICK anna")
        for start in range(0, COUNT, 500):
            lines = (f"MSG {n} {FILLER}" for n in range(start, start + 500))
            alice.send(*lines)
        alice.sync()
        with late.makefile("rb") as lines_down:
            said = (line for line in lines_down if line.startswith(b"anna: "))
            for number in range(COUNT):
                assert next(said).decode() == f"anna: {number} {FILLER}\n"


def test_what_a_port_has_been_tuned_to_is_not_asked_of_each_connection() -> None:
    """Each has all of it, be it the first of its port or inherits it."""
    user_timeout = socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT
    inherited: list[int] = []
    tuned: list[list[int]] = []
    last: list[Any] = []

    class Tuned(Protocol):
        def connectionMade(self) -> None:
            last.append(self.transport)
            handle = last[-1].getHandle()
            inherited.append(handle.getsockopt(*user_timeout))
            tune(self.transport, 90)
            options = [
                (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                (socket.IPPROTO_TCP, socket.TCP_NODELAY),
                (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
                (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
                user_timeout,
            ]
            tuned.append([handle.getsockopt(*option) for option in options])

    reactor = SelectReactor()
    port = reactor.listenTCP(0, Factory.forProtocol(Tuned), interface="127.0.0.1")
    try:
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port.getHost().port)):
                reactor.iterate(PATIENCE)
        assert inherited == [0, 180_000]
        assert tuned == [[1, 1, 90, 22, 4, 180_000]] * 2
        with socket.create_connection(("127.0.0.1", port.getHost().port)):
            reactor.iterate(PATIENCE)
            port.connectionLost(Failure(ConnectionDone()))
            # As one is whose first words were awaited, while the server ends.
            handle = last[-1].getHandle()
            handle.setsockopt(*user_timeout, 0)
            tune(last[-1], 90)
            assert handle.getsockopt(*user_timeout) == 180_000
    finally:
        for reader in reactor.removeAll():
            reader.connectionLost(Failure(ConnectionDone()))
