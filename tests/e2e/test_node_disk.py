"""A server of several whose disk is full shows nothing that it doesn't keep."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from .conftest import StartServer
from .redis import RedisServer

LAST = 40
"""Messages that are said."""


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    directory = tmp_path / "redis"
    directory.mkdir()
    server = RedisServer(directory)
    server.start()
    yield server
    server.stop()


def test_a_node_whose_disk_is_full_stops(
    redis: RedisServer, start_server: StartServer, tmp_path: Path
) -> None:
    pytest.importorskip("msgspec")
    bus = ("--bus", f"unix://{redis.socket}", "--flood", "off")
    options = ("--database", str(tmp_path / "one.sqlite"), *bus)
    server = start_server(*options)
    server.wait_log("is up")
    alice, bob = server.enter("alice"), server.enter("bob")
    alice.send("MSG said 0")
    bob.expect("said 0")
    wal = (tmp_path / "one.sqlite-wal").stat().st_size
    full = (max(wal, 64 * 1024), resource.RLIM_INFINITY)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, full)
    with suppress(OSError):
        for number in range(1, LAST):
            alice.send(f"MSG said {number} {'x' * 900}")
    assert server.wait_exit() == 1
    assert "can't keep what is said: " in server.log()
    shown = 1
    with suppress(ConnectionResetError):
        while bob.read_line() is not None:
            shown += 1
    again = start_server(*options)
    again.wait_log("is up")
    carol = again.enter("carol")
    kept = ""
    for before in range(LAST, 0, -5):  # an answer has only so many bytes
        carol.send(f"HISTORY 10 before {before}")
        kept += " ".join(carol.sync())
    assert all(f"said {number}" in kept for number in range(shown))
