"""A real redis-server, and a reactor that tests turn by hand."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from .support import PATIENCE, wait_for

PROGRAM = "redis-server"


class Turning:
    """A reactor of one's own, which turns while a test waits for something."""

    def __init__(self) -> None:
        self.reactor: Any = EPollReactor()
        self.reactor.startRunning(installSignalHandlers=False)

    def run(self, test: Coroutine[Deferred[Any], Any, Any]) -> Any:
        """Bring a coroutine to its end within `PATIENCE`, and return its result."""
        results: list[Any] = []
        running = ensureDeferred(test)
        running.addBoth(results.append)
        end = time.monotonic() + PATIENCE
        while not results:
            self.reactor.iterate(0.05)
            if time.monotonic() > end:
                running.cancel()
                raise AssertionError(f"waited {PATIENCE} s")
        if isinstance(results[0], Failure):
            results[0].raiseException()
        return results[0]

    def wait(self, seconds: float) -> Deferred[None]:
        return deferLater(self.reactor, seconds)

    def close(self) -> None:
        self.reactor.fireSystemEvent("shutdown")
        self.reactor.iterate(0)
        self.reactor.removeAll()


class RedisServer:
    """`redis-server` in a directory of its own, on a free port and a unix socket.

    :param options: more of its settings, as on its command line; ``PORT`` in them
        stands for the port.
    """

    def __init__(self, directory: Path, *options: str) -> None:
        if shutil.which(PROGRAM) is None:
            pytest.skip(f"{PROGRAM} is not installed")
        self.directory = directory
        self.socket = directory / "socket"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.command = [
            *(PROGRAM, "--dir", str(directory), "--bind", "127.0.0.1"),
            *("--port", str(self.port), "--unixsocket", str(self.socket)),
            # "everysec" holds writes back while the disk is busy: a kill loses them.
            *("--appendonly", "yes", "--appendfsync", "no", "--save", ""),
            *(option.replace("PORT", str(self.port)) for option in options),
        ]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        wait_for(self._answers, "redis-server")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it; what it acknowledged is in its file."""
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(PATIENCE)

    def signal(self, what: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    def ask(self, *command: str) -> str:
        """The reply to a command, up to 64 KiB of it."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.socket))
            words = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in command)
            connection.sendall(f"*{len(command)}\r\n{words}".encode())
            return connection.recv(65536).decode("utf-8", "replace")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.directory / "log").read_text()
        with contextlib.suppress(OSError):
            return "LOADING" not in self.ask("PING")
        return False
