"""Several servers that are one: ``python -m benchmarks.cluster``.

It needs redis-server and two cores, which Redis, two nodes and the clients share:
latencies are worse here than on machines of their own, CPU seconds are not.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from enum import Enum
from operator import truediv
from pathlib import Path
from typing import NamedTuple

from . import generator
from .servers import ROOT, free_port, product

PATIENCE = 60.0
TICK = os.sysconf("SC_CLK_TCK")


class Node(NamedTuple):
    """One running server."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def cpu(self) -> float:
        """CPU seconds that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1]
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / TICK


@contextlib.contextmanager
def redis(where: Path) -> Iterator[str]:
    """A Redis of its own; gives its URL."""
    port = free_port()
    where.mkdir()
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port)]
    command += ["--dir", str(where), "--appendonly", "yes", "--save", ""]
    with (where / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def node(
    where: Path,
    bus: str = "",
    core: int | None = None,
    prefix: str = "bench",
    beside: Node | None = None,
) -> Iterator[Node]:
    """A server with its history on disk; without `bus` it is alone.

    :param beside: has the same port at 127.0.0.1; this is at 127.0.0.2.
    """
    port = free_port() if beside is None else beside.port
    where.mkdir()
    options = ["--max-per-ip=0", f"--database={where / 'chat.sqlite'}"]
    if bus:
        options += [f"--bus={bus}", f"--bus-prefix={prefix}", f"--node={where.name}"]
    with (where / "output").open("wb") as output:
        process = subprocess.Popen(
            [
                word if beside is None else word.replace("=127.0.0.1:", "=127.0.0.2:")
                for word in product(*options).command(port, where)
            ],
            cwd=where,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
        )
    if core is not None:
        os.sched_setaffinity(process.pid, [core])
    running = Node(process, port, where / "log")
    try:
        _wait_for(lambda: _is_up(running, bool(bus)), f"{where.name} to come up")
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_up(running: Node, of_several: bool) -> bool:
    if running.process.poll() is not None:
        raise SystemExit(f"a node ended: {running.log.read_text()[-800:]}")
    said = running.log.read_text() if running.log.exists() else ""
    wanted = r"node \S+ is up" if of_several else "line door open"
    return bool(re.search(wanted, said))


def _wait_for(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"waited too long for {what}")
        time.sleep(0.005)


class Client:
    """A line client; it reads when it is asked to."""

    def __init__(self, port: int, nick: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._unread = b""
        self.send(f"NICK {nick}")
        while not any(b"In #lobby" in line for line in self.lines()):
            pass
        self.socket.setblocking(False)

    def send(self, line: str) -> None:
        self.socket.sendall(line.encode() + b"\n")

    def lines(self) -> list[bytes]:
        """What has come, in whole lines."""
        data = self.socket.recv(1 << 20)
        if not data:
            raise SystemExit("a server has closed a connection")
        *lines, self._unread = (self._unread + data).split(b"\n")
        return lines


# What is measured


class Talk(Enum):
    """Who talks, and who listens."""

    ALONE = "on a server that is alone"
    ONE = "on one of two nodes, where all are"
    BOTH = "on two nodes, with as many on each"


def deliveries(where: Path, bus: str, clients: int, runs: int) -> list[str]:
    """Deliveries per CPU second of all servers on which somebody is."""
    program = generator.build(where)
    rates: dict[Talk, list[float]] = {talk: [] for talk in Talk}
    for run in range(runs):
        for talk in Talk:
            place = where / f"d{run}{talk.name}"
            place.mkdir()
            result = _deliver(program, place, bus, clients, talk)
            if complaint := result.complaint():
                raise SystemExit(complaint)
            rates[talk].append(result.rate)
    return [
        f"{clients} listeners {talk.value}, million deliveries per CPU s:"
        f" {statistics.median(of) / 1e6:.2f}, to alone"
        f" {statistics.median(map(truediv, of, rates[Talk.ALONE])):.0%}"
        f" (median of {runs})"
        for talk, of in rates.items()
    ]


def _deliver(
    program: Path, place: Path, bus: str, clients: int, talk: Talk
) -> generator.Result:
    """One run, with servers of its own."""
    cores = sorted(os.sched_getaffinity(0))
    options: dict[str, object] = {"dialect": "text", "clients": clients}
    kind = "" if talk is Talk.ALONE else bus
    with contextlib.ExitStack() as servers:
        one = servers.enter_context(node(place / "x", kind, cores[0], place.name))
        if kind:
            other = servers.enter_context(
                node(place / "y", kind, cores[-1], place.name, beside=one)
            )
            if talk is Talk.BOTH:
                options |= {"dialect": "text+text", "clients": 2 * clients}
                options["other"] = other.process.pid
        return generator.run(
            program,
            cores[-1],
            pid=one.process.pid,
            port=one.port,
            seconds=3.0,
            warmup=1.0,
            quiet=0.4,
            **options,
        )


def latency(where: Path, bus: str, rate: int = 1000, seconds: float = 10) -> list[str]:
    """From when it was due on one node until it was read from another."""
    with (
        node(where / "la", bus, prefix="l") as a,
        node(where / "lb", bus, prefix="l") as b,
    ):
        senders = [Client(a.port, f"s{number}") for number in range(20)]
        reader = Client(b.port, "reader")
        found: list[float] = []
        start = time.perf_counter() + 0.5
        total, sent = int(rate * seconds), 0
        with selectors.DefaultSelector() as selector:
            for client in (*senders, reader):
                selector.register(client.socket, selectors.EVENT_READ, client)
            while len(found) < total:
                now = time.perf_counter()
                if now > start + seconds + PATIENCE:
                    raise SystemExit(f"only {len(found)} of {total} came")
                while sent < total and start + sent / rate <= now:
                    senders[sent % len(senders)].send(f"MSG n {sent}")
                    sent += 1
                for key, _ in selector.select(0):
                    lines = key.data.lines()
                    if key.data is reader:
                        now = time.perf_counter()
                        for line in lines:
                            if at := re.search(rb": n (\d+)", line):
                                found.append(now - (start + int(at[1]) / rate))
        found = sorted(found[rate:])  # the first second warms up
        p50, p99 = (found[int(len(found) * share)] * 1000 for share in (0.5, 0.99))
    return [
        f"latency across nodes, {rate} messages/s: p50 {p50:.2f} ms, p99 {p99:.2f} ms"
    ]


def idle(where: Path, bus: str, seconds: float = 20) -> list[str]:
    """CPU of a node with nobody on it, while nothing is said."""
    with node(where / "ia", bus, prefix="i") as a, node(where / "ib", bus, prefix="i"):
        time.sleep(2)
        before = a.cpu
        time.sleep(seconds)
        share = (a.cpu - before) / seconds
    return [f"an idle node: {share:.2%} of a core"]


def coming_up(where: Path, bus: str, people: int = 5000) -> list[str]:
    """From the start of a process until people may come in; and a SIGKILL."""
    told = []
    with node(where / "ca", bus, prefix="c") as a:
        clients = [
            socket.create_connection(("127.0.0.1", a.port)) for _ in range(people)
        ]
        for number, client in enumerate(clients):
            client.sendall(f"FORMAT json\nNICK p{number}\n".encode())
        watcher = Client(a.port, "watcher")
        watcher.socket.setblocking(True)
        start = time.perf_counter()
        with node(where / "cb", bus, prefix="c") as b:
            took = time.perf_counter() - start
            told.append(f"a node comes up with {people} people online: {took:.2f} s")
            others = [Client(b.port, f"q{number}") for number in range(5)]
            _wait_for(lambda: _is_here(watcher, "q4"), "people of the other node")
            start = time.perf_counter()
            b.process.kill()
            b.process.wait()
            while _is_here(watcher, "q0"):
                time.sleep(0.05)
            took = time.perf_counter() - start
            others.clear()
            told.append(
                f"from SIGKILL until its people are gone elsewhere: {took:.1f} s"
            )
        for client in clients:
            client.close()
    return told


def _is_here(watcher: Client, nick: str) -> bool:
    """Ask whether somebody wears `nick`."""
    watcher.send(f"WHOIS {nick}")
    while True:
        for line in watcher.lines():
            if b"ERR 401" in line:
                return False
            if f"* {nick} ".encode() in line and b"with you in" in line:
                return True


def applying(where: Path, bus: str, entries: int = 100_000) -> list[str]:
    """Entries a second that a node can apply of what others said, in one process."""
    program = f"""
import time
from twisted.internet.task import Clock
from twisted_chat.cluster.machine import KINDS
from twisted_chat.fanout import Fanout
from twisted_chat.hub import Hub, Settings
from twisted_chat.hub.entries import Connect, Say, SessionId, TakeNick
from twisted_chat.log.codec import Codec
hub = Hub(Settings(max_per_ip=0), Fanout(lambda flush: None), Clock(), time.time)
codec = Codec(KINDS)
for n in range(100):
    who = SessionId(7, n)
    hub.apply(Connect(who, "192.0.2.1", True, True), 1.0)
    hub.apply(TakeNick(who, f"n{{n}}", "", f"{{n:010x}}"), 1.0)
text = "x" * 64
bodies = [codec.encode([Say(SessionId(7, (i + k) % 100), "#lobby", "message", text)
    for k in range(10)]) for i in range({entries} // 10)]
start = time.process_time()
for body in bodies:
    for entry in codec.decode(body):
        hub.apply(entry, 2.0)
    hub.fanout.flush()
print({entries} / (time.process_time() - start))
"""
    shown = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [f"entries a second that one node applies: {float(shown.stdout):,.0f}"]


def main() -> None:
    """Measure all of it, and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--listeners", type=int, default=1000)
    parser.add_argument("--only-deliveries", action="store_true")
    options = parser.parse_args()
    if shutil.which("redis-server") is None:
        raise SystemExit("redis-server is not installed")
    with tempfile.TemporaryDirectory(prefix="cluster-") as directory:
        where = Path(directory)
        with redis(where / "redis") as bus:
            others = (applying, latency, idle, coming_up)
            for measure in () if options.only_deliveries else others:
                for line in measure(where, bus):
                    print(line, flush=True)
            for line in deliveries(where, bus, options.listeners, options.runs):
                print(line, flush=True)


if __name__ == "__main__":
    main()
