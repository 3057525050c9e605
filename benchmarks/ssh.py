"""What many full-screen sessions by ssh cost: ``python -m benchmarks.ssh [sessions]``.

A server, and so many clients on loopback, each with a terminal of another size, all in
one room; somebody says 5 messages a second.  A fifth of the clients press 5 keys a
second each, at any time, and wait for the echo; the others don't decrypt what they get,
so that it is the server that is measured.  It prints what of a core the server
takes, how long an echo takes (p50, p99), and the memory of a session.

``--handshakes N``: N connections exchange keys and go, as many at once as there are
descriptors for, while two others talk.  It prints the CPU that one takes, and how long
a message takes meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import NS
from twisted.conch.ssh.connection import SSHConnection
from twisted.conch.ssh.service import SSHService
from twisted.conch.ssh.session import packRequest_pty_req
from twisted.conch.ssh.transport import SSHClientTransport
from twisted.internet import asyncioreactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory

from . import servers

RATE, SECONDS = 5, 20
PATIENCE = 60.0
AT_ONCE = 250
# Letters that nobody else says.
FIRST_KEY = 0x4E00
TEXT = "the build is green 日本 naïve what do you think of https://a.example/b"


class Auth(SSHService):
    """Comes in as a guest."""

    name = b"ssh-userauth"
    transport: Any

    def __init__(self, nick: str) -> None:
        self._nick = nick.encode()

    def serviceStarted(self) -> None:
        method = NS(b"keyboard-interactive") + NS(b"") + NS(b"")
        request = NS(self._nick) + NS(b"ssh-connection") + method
        self.transport.sendPacket(50, request)

    def packetReceived(self, messageNum: int, packet: bytes) -> None:
        if messageNum == 52:
            self.transport.logged_in()


class Screen(SSHChannel):
    """A session with a terminal.

    :ivar pressed: what was typed and when; None when it has been shown.
    """

    name = b"session"
    conn: Any

    def __init__(self, size: tuple[int, int], echoes: list[float]) -> None:
        super().__init__(localWindow=2 * 1024 * 1024)  # as OpenSSH
        self._size = size
        self._echoes = echoes
        self._pressed: tuple[bytes, float] | None = None
        self.shown = 0

    def channelOpen(self, specificData: bytes) -> None:
        rows, columns = self._size
        size = (rows, columns, 0, 0)
        terminal = packRequest_pty_req(b"xterm-256color", size, b"")
        self.conn.sendRequest(self, b"pty-req", terminal)
        self.conn.sendRequest(self, b"shell", b"")

    def dataReceived(self, data: bytes) -> None:
        self.shown += len(data)
        if self._pressed is not None and self._pressed[0] in data:
            self._echoes.append(time.perf_counter() - self._pressed[1])
            self._pressed = None

    def look_away(self) -> None:
        """From now on count what comes, and no more."""

        def count(data: bytes) -> None:
            self.shown += len(data)

        self.conn.transport.dataReceived = count

    def press(self, number: int) -> None:
        """Take back the letter before, and type another."""
        letter = chr(FIRST_KEY + number).encode()
        self._pressed = letter, time.perf_counter()
        self.write(b"\x7f" + letter)


class Client(SSHClientTransport):
    """One client, from the exchange of keys to its screen.

    :param done: called once there are keys; nothing more happens then.
    """

    def __init__(
        self, nick: str, screen: Screen | None, done: Callable[[], None] | None = None
    ) -> None:
        self._nick = nick
        self._screen = screen
        self._done = done

    def verifyHostKey(self, hostKey: bytes, fingerprint: bytes) -> Deferred[Any]:
        return succeed(True)

    def connectionSecure(self) -> None:
        if self._done is not None:
            self._done()
        else:
            self.requestService(Auth(self._nick))

    def logged_in(self) -> None:
        connection = SSHConnection()
        self.setService(connection)
        if self._screen is not None:
            connection.openChannel(self._screen)


class Server:
    """A server with a door for lines and one for ssh."""

    def __init__(self, where: Path) -> None:
        self.port = servers.free_port()
        door = f"tcp:{self.port}:interface=127.0.0.1:backlog=4096"
        options = ("--ssh", door)
        self._running = servers.running(servers.product(*options), where, None)

    def __enter__(self) -> Server:
        running = self._running.__enter__()
        self.pid, self.lines = running.pid, running.port
        return self

    def __exit__(self, *why: Any) -> None:
        self._running.__exit__(*why)

    def cpu(self) -> float:
        """Seconds that it has taken so far."""
        words = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> int:
        """KiB of it that are in memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])


def connect(reactor: Any, server: Server, make: Callable[[], Client]) -> None:
    factory: Any = Factory()
    factory.buildProtocol = lambda addr: make()
    TCP4ClientEndpoint(reactor, "127.0.0.1", server.port).connect(factory)


async def until(check: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not check():
        if time.monotonic() > end:
            raise SystemExit(f"waited too long for {what}")
        await asyncio.sleep(0.05)


async def speaker(server: Server, nick: str) -> Any:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.lines)
    writer.write(f"NICK {nick}\n".encode())
    await reader.readuntil(b"* In #lobby")
    await reader.readline()
    return reader, writer


async def screens(reactor: Any, server: Server, count: int) -> None:
    reader, writer = await speaker(server, "speaker")
    chance = random.Random(1)
    echoes: list[float] = []
    seats = [Screen((20 + n % 20, 80 + n % 40), echoes) for n in range(count)]
    for number in range(300):
        writer.write(f"MSG {number} {TEXT}\n".encode())
    await writer.drain()
    await asyncio.sleep(1)
    before = server.resident()
    for number, seat in enumerate(seats):
        connect(reactor, server, lambda n=number, s=seat: Client(f"s{n}", s))  # type: ignore[misc]
        await asyncio.sleep(0.02)
    await until(lambda: all(seat.shown > 1500 for seat in seats), "the screens")
    await asyncio.sleep(2)
    typing = seats[::5]
    for seat in seats:
        if seat not in typing:
            seat.look_away()
    memory = (server.resident() - before) / count
    shown, cpu, began = sum(s.shown for s in seats), server.cpu(), time.perf_counter()
    for number in range(RATE * SECONDS):
        writer.write(f"MSG {number} {TEXT}\n".encode())
        for seat in typing:
            reactor.callLater(chance.random() / RATE, seat.press, number)
        late = began + (number + 1) / RATE - time.perf_counter()
        await asyncio.sleep(max(late, 0))
    took = time.perf_counter() - began
    busy = (server.cpu() - cpu) / took
    sent = (sum(s.shown for s in seats) - shown) / took / 1024
    echoes.sort()
    print(f"{count} sessions, {RATE} messages a second: {busy:.0%} of a core,")
    print(f"{sent:.0f} KiB/s of screens; {memory:.0f} KiB a session;")
    p50, p99 = (echoes[len(echoes) * p // 100] * 1e3 for p in (50, 99))
    wanted = RATE * SECONDS * len(typing)
    print(f"{len(echoes)} of {wanted} echoes: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    writer.close()
    del reader


async def handshakes(reactor: Any, server: Server, count: int) -> None:
    people = [await speaker(server, nick) for nick in ("listener", "talker")]
    listener, writer = people[0][0], people[1][1]
    opened: list[Client] = []
    done = 0

    def make() -> Client:
        def secure() -> None:
            nonlocal done
            done += 1
            client.transport.abortConnection()  # type: ignore[union-attr]

        client = Client("", None, secure)
        opened.append(client)
        return client

    late: list[float] = []

    async def talk() -> None:
        for number in range(1_000_000):
            said = time.perf_counter()
            writer.write(f"MSG {number} hello\n".encode())
            await listener.readuntil(f"{number} hello\n".encode())
            late.append(time.perf_counter() - said)
            await asyncio.sleep(0.02)

    talking = asyncio.ensure_future(talk())
    await asyncio.sleep(2)
    quiet = sorted(late)
    late.clear()
    cpu, began = server.cpu(), time.perf_counter()
    for number in range(count):
        await until(lambda n=number: n - done < AT_ONCE, "an exchange")  # type: ignore[misc]
        connect(reactor, server, make)
    await until(lambda: done >= count, "the last exchange")
    took, cpu = time.perf_counter() - began, server.cpu() - cpu
    talking.cancel()
    late.sort()
    print(f"{count} exchanges of keys, {AT_ONCE} at once: {count / took:.0f} a second,")
    print(f"{cpu / took:.0%} of a core, {cpu / count * 1e3:.2f} ms each;")
    for name, times in (("before", quiet), ("meanwhile", late)):
        p50, p99 = (times[len(times) * p // 100] * 1e3 for p in (50, 99))
        print(f"a message takes {name} {p50:.1f} ms, p99 {p99:.1f} ms")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ssh")
    parser.add_argument("sessions", nargs="?", type=int, default=100)
    parser.add_argument("--handshakes", type=int, default=0)
    options = parser.parse_args(arguments)
    loop = asyncio.new_event_loop()
    asyncioreactor.install(loop)
    from twisted.internet import reactor as installed

    reactor: Any = installed

    async def run(server: Server) -> None:
        if options.handshakes:
            await handshakes(reactor, server, options.handshakes)
        else:
            await screens(reactor, server, options.sessions)

    with tempfile.TemporaryDirectory() as where, Server(Path(where)) as server:
        failures: list[BaseException] = []

        def start() -> None:
            def over(done: asyncio.Task[None]) -> None:
                if done.exception() is not None:
                    failures.append(done.exception())  # type: ignore[arg-type]
                reactor.stop()

            loop.create_task(run(server)).add_done_callback(over)

        reactor.callWhenRunning(start)
        reactor.run()
        if failures:
            raise failures[0]


if __name__ == "__main__":
    main()
