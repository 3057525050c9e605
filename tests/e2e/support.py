"""What end-to-end tests share: a real server, and clients on real sockets.

    def test_talk(server: Server) -> None:
        alice, bob = server.enter("alice"), server.enter("bob")
        alice.send("MSG hello")
        bob.expect("alice: hello")

The fixtures are in `conftest`.  Every wait is bounded by `PATIENCE` seconds;
nothing here measures time.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

IN_LOBBY = ("--irc-autojoin", "#lobby")
PATIENCE = 60.0
LOG = "twistd.log"
_OPEN = re.compile(r"(\w+) door open at (.*)\n")
_PORT = re.compile(r"\bport=(\d+)")


def twistd() -> list[str]:
    """The command that runs twistd, as the venv of the tests has it."""
    script = Path(sys.executable).with_name("twistd")
    if script.exists():
        return [str(script)]
    return [sys.executable, "-m", "twisted.scripts.twistd"]


def wait_for(check: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """The first true result of `check`; fails when none comes in time."""
    end = time.monotonic() + patience
    while not (result := check()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s for {what}")
        time.sleep(0.01)
    return result


class Server:
    """`twistd -n chat` as a process of its own, in a directory of its own.

    :param options: of `twistd chat`; without a `--port`, `--port tcp:0` is added.
    :param before: options of twistd itself, such as ``--reactor=poll``.
    :param preexec: called in the new process before it runs twistd.
    :param wrapper: a command that is given the command to run.
    :ivar ports: where the doors listen, in the order in which they opened.
    """

    def __init__(
        self,
        cwd: Path,
        *options: str,
        before: Sequence[str] = (),
        preexec: Callable[[], None] | None = None,
        env: dict[str, str] | None = None,
        wait: bool = True,
        wrapper: Sequence[str] = (),
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.cwd = cwd
        self.clients: list[Client] = []
        if not any(option in ("--port", "-p") for option in options):
            options = ("--port", "tcp:0", *options)
        self.stdout = (cwd / "stdout").open("wb")
        self.process = subprocess.Popen(
            [*wrapper, *twistd(), "-n", "--logfile", LOG, *before, "chat", *options],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=self.stdout,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            preexec_fn=preexec,
            pass_fds=pass_fds,
        )
        if wait:
            self.wait_open()

    # The process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def ports(self) -> list[int]:
        """The TCP ports of the doors, in the order in which they opened."""
        matches = [_PORT.search(where) for _, where in _OPEN.findall(self.log())]
        return [int(match[1]) for match in matches if match]

    def log(self) -> str:
        path = self.cwd / LOG
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def said(self) -> str:
        """What the process wrote on stdout and stderr."""
        return (self.cwd / "stdout").read_text("utf-8", "replace")

    def wait_open(self, doors: int = 1) -> None:
        """Wait until `doors` doors are open."""

        def check() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"exited: {self.said()}\n{self.log()}")
            return len(_OPEN.findall(self.log())) >= doors

        wait_for(check, "the doors to open")

    def wait_log(self, text: str) -> None:
        wait_for(lambda: text in self.log(), f"{text!r} in the log:\n{self.log()}")

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait_exit(self, patience: float = PATIENCE) -> int:
        return self.process.wait(patience)

    def stop(self, tracebacks: bool = False) -> None:
        """End it as an operator would, without clients; fails if it ran badly.

        :param tracebacks: the test has provoked some.
        """
        for client in self.clients:
            client.close()
        try:
            if self.process.poll() is None:
                self.signal()
            status = self.wait_exit()
            assert status == 0, f"exit status {status}: {self.said()}\n{self.log()}"
            if not tracebacks:
                assert "Traceback" not in self.log(), self.log()
                assert "Traceback" not in self.said(), self.said()
        finally:
            self.kill()

    def kill(self) -> None:
        """End it whatever its state; for clean-up."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.stdout.close()
        for client in self.clients:
            client.close()

    # Clients

    def connect(self, host: str = "127.0.0.1", door: int = 0, **options: Any) -> Client:
        """A client that has not read anything."""
        client = Client(self.ports[door], host, **options)
        self.clients.append(client)
        return client

    def enter(self, nick: str, host: str = "127.0.0.1", door: int = 0) -> Client:
        """A client in the lobby, not shown what was said there before."""
        client = self.connect(host, door)
        client.send("REPLAY off", f"NICK {nick}")
        client.expect(f"You are now known as {nick}")
        client.expect("* In #lobby: ")
        return client


class Client:
    """A blocking line client.

    :param receive: bytes of the kernel's buffer for what comes, to be slow with.
    """

    def __init__(
        self,
        port: int,
        host: str = "127.0.0.1",
        patience: float = PATIENCE,
        receive: int | None = None,
    ) -> None:
        self.patience = patience
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family)
        if receive is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.socket.settimeout(patience)
        self.socket.connect((host, port))
        self._unread = b""

    def send(self, *lines: str) -> None:
        self.send_bytes("".join(f"{line}\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        self.socket.sendall(data)

    def line(self) -> str:
        """The next line, without its end; fails at the end of the stream."""
        line = self.read_line()
        assert line is not None, "the server has closed the connection"
        return line

    def read_line(self) -> str | None:
        """The next line, without its end; None at the end of the stream."""
        end = time.monotonic() + self.patience
        while b"\n" not in self._unread:
            if not select.select([self.socket], [], [], end - time.monotonic())[0]:
                raise AssertionError(f"no line in time; got {self._unread!r}")
            data = self.socket.recv(65536)
            if not data:
                assert not self._unread, f"half a line: {self._unread!r}"
                return None
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode().removesuffix("\r")

    def expect(self, text: str) -> str:
        """Read lines up to one that contains `text`, and return that."""
        seen: list[str] = []
        while True:
            try:
                line = self.read_line()
            except AssertionError as error:
                raise AssertionError(f"{error} for {text!r}; came: {seen}") from None
            if line is None:
                raise AssertionError(f"closed before {text!r}; came: {seen}")
            if text in line:
                return line
            seen.append(line)
            if len(seen) > 100_000:
                raise AssertionError(f"no {text!r} in 100,000 lines")

    def event(self) -> dict[str, Any]:
        """As `line`, for FORMAT json."""
        event: dict[str, Any] = json.loads(self.line())
        return event

    def lines_until(self, text: str) -> list[str]:
        """The lines before the one that contains `text`."""
        lines = []
        while text not in (line := self.line()):
            lines.append(line)
        return lines

    def sync(self) -> list[str]:
        """All that came before the answer to a PING sent now."""
        self.send("PING sync-point")
        return self.lines_until("PONG sync-point")

    def rest(self) -> list[str]:
        """All lines up to the end of the stream."""
        lines = []
        while (line := self.read_line()) is not None:
            lines.append(line)
        return lines

    def half_close(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Vanish with a RST."""
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0"
        )
        self.socket.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.close()


def run_tool(
    *command: str, input: bytes = b"", cwd: Path | None = None, patience: float = 60
) -> subprocess.CompletedProcess[bytes]:
    """Run `command` to its end with `input` on its stdin."""
    return subprocess.run(
        command, input=input, cwd=cwd, capture_output=True, timeout=patience
    )


def free_port() -> int:
    """A port that was free a moment ago; prefer `tcp:0` where it will do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def have(tool: str) -> bool:
    """Whether the command `tool` is installed."""
    return shutil.which(tool) is not None
