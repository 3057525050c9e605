"""Fixtures of the end-to-end tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .browser import browser, people
from .support import Server

__all__ = ["browser", "people"]

StartServer = Callable[..., Server]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers; each must end well, with no traceback in its log.

    A test that provokes tracebacks stops its server itself.
    """
    started: list[Server] = []

    def start(*options: str, **more: Any) -> Server:
        cwd = tmp_path / f"server-{len(started)}"
        cwd.mkdir()
        wait = more.pop("wait", True)
        server = Server(cwd, *options, wait=False, **more)
        started.append(server)
        if wait:
            server.wait_open()
        return server

    try:
        yield start
        for server in started:
            if server.process.returncode is None:
                server.stop()
    finally:
        for server in started:
            server.kill()


@pytest.fixture
def server(start_server: StartServer) -> Server:
    """A server with default options but for its port and no flood limit."""
    return start_server("--flood", "off")
