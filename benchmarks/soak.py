"""People who come and leave without end: ``python -m benchmarks.soak``.

It prints, each minute, how much memory the server has: that has to level off.
Half of the clients speak lines, half IRC; each comes, joins a room, says
something, and leaves in one of the ways in which people leave.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import ssl
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from . import servers

ROOMS = 50
WORDS = 3
PATIENCE = 30.0


class Load:
    """Clients that come and leave until `stop`.

    :param stay: seconds of one stay, on average.
    :param tls: how they encrypt; None if they don't.
    :ivar visits: how many of them have come and left.
    :ivar failed: how many of them were cut off, or waited in vain.
    """

    def __init__(
        self, line: int, irc: int, stay: float, tls: ssl.SSLContext | None
    ) -> None:
        self._ports = (line, irc)
        self._stay = stay
        self._tls = tls
        self._numbers = itertools.count(1)
        self.visits = 0
        self.failed = 0

    async def client(self) -> None:
        """One visit after another."""
        while True:
            number = next(self._numbers)
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._visit(number)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                self.failed += 1
            self.visits += 1

    async def _visit(self, number: int) -> None:
        irc = number % 2
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._ports[irc], ssl=self._tls
        )
        try:
            await self._talk(reader, writer, number, bool(irc))
            self._leave(writer, number)
        finally:
            writer.close()

    async def _talk(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        number: int,
        irc: bool,
    ) -> None:
        nick, room = f"soak{number}", f"#room{random.randrange(ROOMS)}"
        hello = f"NICK {nick}\r\n" + (f"USER {nick} 0 * :{nick}\r\n" if irc else "")
        say = f"PRIVMSG {room} :" if irc else f"PRIV {room} "
        writer.write(f"{hello}JOIN {room}\r\nPING come\r\n".encode())
        await reader.readuntil(b"come")
        reading = asyncio.create_task(_discard(reader))
        try:
            for word in range(WORDS):
                await asyncio.sleep(random.uniform(0, 2 * self._stay / WORDS))
                writer.write(f"{say}word {word} of {nick}\r\n".encode())
        finally:
            reading.cancel()

    def _leave(self, writer: asyncio.StreamWriter, number: int) -> None:
        way = number // 2 % 4
        if way == 0:
            writer.write(b"QUIT\r\n")
        elif way == 1:
            _half_close(writer)
        elif way == 2:
            writer.transport.abort()


def _half_close(writer: asyncio.StreamWriter) -> None:
    """Say no more; with TLS, which asyncio can't half-close, leave without a word."""
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()


async def _discard(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


def certificate(where: Path) -> str:
    """Make a key and certificate; return how an endpoint string names them."""
    file = where / "server.pem"
    subprocess.run(
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
        f"-keyout {file} -out {where / 'certificate'}".split(),
        check=True,
        capture_output=True,
    )
    with file.open("ab") as both:
        both.write((where / "certificate").read_bytes())
    return f":privateKey={file}:certKey={file}"


def careless() -> ssl.SSLContext:
    """TLS of a client that takes any certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def memory(pid: int) -> tuple[int, int]:
    """Resident KiB of a process: all, and what belongs to no file."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    sizes = dict(line.split()[:2] for line in text.splitlines()[1:])
    return int(sizes["Rss:"]), int(sizes["Anonymous:"])


async def soak(pid: int, load: Load, options: argparse.Namespace) -> None:
    clients = [asyncio.create_task(load.client()) for _ in range(options.clients)]
    start = time.monotonic()
    print("minute connections failed  RSS MiB anon MiB")
    for beat in itertools.count():
        rss, anonymous = memory(pid)
        print(
            f"{beat * options.every / 60:6.2f} {load.visits:11} {load.failed:6} "
            f"{rss / 1024:8.1f} {anonymous / 1024:8.1f}",
            flush=True,
        )
        if beat * options.every >= options.minutes * 60:
            break
        await asyncio.sleep(start + (beat + 1) * options.every - time.monotonic())
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--clients", type=int, default=200, help="at a time")
    parser.add_argument("--stay", type=float, default=5, help="seconds, on average")
    parser.add_argument("--every", type=float, default=60, help="seconds of a row")
    parser.add_argument("--database", default=":memory:")
    parser.add_argument("--tls", action="store_true", help="encrypt all connections")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="soak-") as where:
        churn(Path(where), options)


def churn(where: Path, options: argparse.Namespace) -> None:
    line, irc = servers.free_port(), servers.free_port()
    kind, more = ("ssl", certificate(where)) if options.tls else ("tcp", "")
    server = servers.product(
        "--flood=10:4",
        f"--port={kind}:{line}:interface=127.0.0.1{more}",
        f"--irc={kind}:{irc}:interface=127.0.0.1{more}",
        f"--database={options.database}",
    )
    with servers.running(server, where, None) as target:
        tls = careless() if options.tls else None
        load = Load(line, irc, options.stay, tls)
        asyncio.run(soak(target.pid, load, options))
        if load.failed:
            raise SystemExit(f"{load.failed} of {load.visits} were cut off")


if __name__ == "__main__":
    main()
