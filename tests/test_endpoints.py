"""Where the doors listen."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock

from twisted_chat.endpoints import BACKLOG, endpoint

from .certificates import self_signed


def backlog(where: str, certificates: bool = False) -> int:
    """How many newcomers may wait at `where`, as the reactor is told."""
    reactor = MemoryReactorClock()
    endpoint(reactor, where, certificates).listen(Factory())
    asked = [backlog for _, _, backlog, _ in reactor.tcpServers]
    asked += [backlog for *_, backlog, _ in reactor.sslServers]
    asked += [backlog for _, _, backlog, _, _ in reactor.unixServers]
    (one,) = asked
    return int(one)


@pytest.mark.parametrize(
    "where",
    [
        "tcp:5004",
        "tcp:5004:interface=127.0.0.1",
        "tcp:5004:127.0.0.1",
        "tcp:port=5004",
        "tcp6:5004",
        "unix:chat.sock",
        "unix:chat.sock:mode=600",
        "haproxy:tcp:5004",
        "haproxy:unix:chat.sock",
    ],
)
def test_as_many_may_wait_as_the_system_allows(where: str) -> None:
    assert backlog(where) == BACKLOG


@pytest.mark.parametrize(
    "where",
    [
        "tcp:5004:backlog=7",
        "tcp:backlog=7:port=5004",
        "tcp:5004:127.0.0.1:7",
        "tcp6:5004:7",
        "unix:chat.sock:600:7",
        "haproxy:tcp:5004:backlog=7",
    ],
)
def test_but_for_an_endpoint_that_says_otherwise(where: str) -> None:
    assert backlog(where) == 7


@pytest.mark.parametrize("certificates", [False, True])
def test_with_tls_too(certificates: bool, tmp_path: Path) -> None:
    pem = tmp_path / "server.pem"
    pem.write_bytes(self_signed("localhost")[1])
    assert backlog(f"ssl:6697:{pem}", certificates) == BACKLOG
    assert backlog(f"ssl:6697:{pem}:backlog=7", certificates) == 7
