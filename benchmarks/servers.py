"""The servers under test: how each is started, and what it speaks."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from . import irc
from .generator import Failed, compiled

ROOT = Path(__file__).parent.parent
START = 30.0
STOP = 10.0


class Server(NamedTuple):
    """:ivar command: makes the command line from a port and a directory.
    :ivar dialect: what the generator speaks to it.
    :ivar most: listeners that it can take.
    """

    name: str
    dialect: str
    command: Callable[[int, Path], Sequence[str]]
    most: int = 10_000
    missing: str = ""


class Running(NamedTuple):
    pid: int
    port: int


def product(
    *options: str, reactor: str = "", name: str = "twisted-chat", dialect: str = "text"
) -> Server:
    """This server, without limits; `options` are those of ``twistd chat``.

    The history is kept in memory, unless `options` name a database.
    """

    def command(port: int, where: Path) -> list[str]:
        door = f"tcp:{port}:interface=127.0.0.1:backlog=4096"
        return [
            sys.executable,
            "-c",
            "from twisted.scripts.twistd import run; run()",
            *([f"--reactor={reactor}"] if reactor else []),
            "-n",
            "--pidfile=",
            f"--logfile={where / 'log'}",
            "chat",
            f"--port={door}",
            "--flood=off",
            "--max-clients=20000",
            "--database=:memory:",
            *options,
        ]

    return Server(name, dialect, command)


def _by(dialect: str, *doors: str, name: str) -> Server:
    """This server with other doors, for `dialect` as the generator knows it.

    All are on one port: the first at 127.0.0.1, the next at 127.0.0.2.  Without a
    line door among them, that is on a port that nobody uses.
    """
    line = product(name=name, dialect=dialect)

    def command(port: int, where: Path) -> list[str]:
        at = f"tcp:{port}:backlog=4096:interface=127.0.0."
        places = [f"--{door}={at}{n}" for n, door in enumerate(doors, 1)]
        if "port" not in doors:
            places.append("--port=tcp:0:interface=127.0.0.1")
        words = line.command(port, where)
        return [*(w for w in words if not w.startswith("--port=")), *places]

    return line._replace(command=command)


def _textbook(module: str, name: str, most: int = 10_000) -> Server:
    def command(port: int, where: Path) -> list[str]:
        return [sys.executable, "-m", f"benchmarks.baselines.{module}", str(port)]

    return Server(name, "plain", command, most)


def _in_c(name: str, *options: str) -> Callable[[int, Path], Sequence[str]]:
    """Starts a program of `baselines` that has to be compiled first."""

    def command(port: int, where: Path) -> list[str]:
        source = Path(__file__).parent / "baselines" / f"{name}.c"
        return [str(compiled(where / name, [source])), str(port), *options]

    return command


def _daemon(
    name: str,
    program: str,
    configuration: Callable[[int, Path], str],
    arguments: Callable[[str], Sequence[str]],
) -> Server:
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin")

    def command(port: int, where: Path) -> list[str]:
        file = where / f"{program}.conf"
        file.write_text(configuration(port, where), encoding="utf-8")
        where.chmod(0o755)
        return [str(path), *arguments(str(file))]

    missing = "" if path else f"{program} is not installed (apt install {program})"
    return Server(name, "irc", command, missing=missing)


TWISTED_CHAT = product()
IN_A_FILE = product("--database=history.sqlite", name="history in a file")
TWISTED_CHAT_IRC = _by("irc", "irc", name="twisted-chat, IRC")
IRC_WITH_TAGS = _by("tags", "irc", name="IRC with tags")
DOORS = (
    _by("text", "port", name="line"),
    IRC_WITH_TAGS,
    _by("page", "web", name="page"),
    _by("text+tags+page", "port", "irc", "web", name="all three"),
)
SENDLINE = _textbook("sendline_loop", "sendLine loop")
ASYNCIO = _textbook("asyncio_streams", "asyncio streams")
THREADS = _textbook("threads", "thread per client", most=2_000)
SELECT = _textbook("select_loop", "select loop", most=1_000)
EPOLL = _textbook("epoll_loop", "epoll loop")
EPOLL_C = Server("epoll loop in C", "plain", _in_c("epoll_loop"))
JOINING_C = Server("... that joins", "plain", _in_c("epoll_loop", "joining"))
NGIRCD = _daemon("ngircd", "ngircd", irc.ngircd, lambda file: ["-n", "-f", file])
INSPIRCD = _daemon(
    "InspIRCd",
    "inspircd",
    irc.inspircd,
    lambda file: ["--nofork", "--nopid", "--runasroot", "--config", file],
)
FLOORS = (EPOLL, EPOLL_C)
ALL = (TWISTED_CHAT, SENDLINE, ASYNCIO, THREADS, SELECT, NGIRCD, INSPIRCD)


@contextlib.contextmanager
def running(server: Server, where: Path, core: int | None) -> Iterator[Running]:
    """Start `server` on a free port, pinned to `core`, and stop it at the end."""
    port = free_port()
    where.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (where / "output").open("wb") as output:
        process = subprocess.Popen(
            server.command(port, where),
            cwd=where,
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: _prepare(core),
        )
    try:
        _wait(process, port, where)
        yield Running(process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _prepare(core: int | None) -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if core is not None:
        os.sched_setaffinity(0, [core])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, where: Path) -> None:
    """Until the port is open.

    :raises Failed: when the server ends instead, or takes too long.
    """
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            time.sleep(0.2)
            return
        time.sleep(0.05)
    output = (where / "output").read_text(errors="replace")
    raise Failed(f"the server does not start: {output[-800:]}")
