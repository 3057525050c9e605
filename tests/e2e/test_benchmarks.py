"""The benchmark runs, and its load generator notices what a server does wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import servers
from benchmarks.bench import Bench, Cell
from benchmarks.servers import Server

from .support import PATIENCE

# A textbook server that spoils every `when`th line, as `how` says.
SPOILER = """
import itertools, socketserver, sys, threading
how, when, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
people, count, lock = [], itertools.count(1), threading.Lock()

class Chat(socketserver.StreamRequestHandler):
    def handle(self):
        name = self.rfile.readline().strip()
        if not name:
            return
        self.wfile.write(b"Welcome\\n")
        people.append(self)
        for line in self.rfile:
            with lock:
                spoil(self, name + b": " + line)

def spoil(author, line):
    number = next(count)
    first = next(p for p in people if p is not author)
    for person in people:
        if person is author:
            continue
        spoilt = number % when == 0 and person is first
        if spoilt and how == "lose":
            continue
        if spoilt and how == "damage":
            person.wfile.write(line.replace(b"bytes", b"bites"))
            continue
        person.wfile.write(line)
        if spoilt and how == "double":
            person.wfile.write(line)

class Chats(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 100

Chats(("127.0.0.1", port), Chat).serve_forever()
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = Bench(tmp_path_factory.mktemp("bench"), runs=1, seconds=0.3, warmup=0.1)
    made.server_core = made.own_core = None  # other tests run on these cores too
    return made


@pytest.mark.parametrize(
    "cell",
    [
        Cell("all send", servers.TWISTED_CHAT, 5),
        Cell("some only listen", servers.TWISTED_CHAT, 8, {"senders": 3}),
        Cell("mix", servers.TWISTED_CHAT, 12, {"mix": True, "senders": 6}),
        Cell("ignoring", servers.TWISTED_CHAT, 20, {"ignore": True}),
        Cell("rooms", servers.TWISTED_CHAT, 12, {"rooms": 2}),
        Cell("everywhere", servers.TWISTED_CHAT, 6, {"rooms": 2, "everywhere": True}),
        Cell("IRC", servers.TWISTED_CHAT_IRC, 8),
        Cell("paced", servers.TWISTED_CHAT, 6, {"rate": 200, "stopped": 1}),
        Cell("alone", servers.IN_A_FILE, 10, {"rate": 100}),
        *(Cell(server.name, server, 9) for server in servers.DOORS),
        Cell("sendLine loop", servers.SENDLINE, 5),
        Cell("asyncio streams", servers.ASYNCIO, 5),
        Cell("thread per client", servers.THREADS, 5),
        Cell("select loop", servers.SELECT, 5),
        Cell("ngircd", servers.NGIRCD, 5),
        Cell("InspIRCd", servers.INSPIRCD, 5),
    ],
    ids=lambda cell: str(cell.label),
)
def test_a_server_that_keeps_the_order(bench: Bench, cell: Cell) -> None:
    if cell.server.missing:
        pytest.skip(cell.server.missing)
    result = bench.measure(cell._replace(options={"quiet": 0.1, **cell.options}))
    assert result.delivered > 0
    assert result.sent > 0
    assert result.server_cpu > 0
    assert result.complaint() == ""


def test_idle_clients(bench: Bench) -> None:
    options = {"idle": True, "quiet": 0.1}
    result = bench.measure(Cell("idle", servers.TWISTED_CHAT, 50, options))
    assert result.opening_seconds > 0
    assert result.rss_idle >= result.rss_before > 0


@pytest.mark.parametrize("server", [servers.TWISTED_CHAT, servers.TWISTED_CHAT_IRC])
def test_newcomers(bench: Bench, server: Server) -> None:
    options = {"idle": True, "quiet": 0.1, "group": 5}
    result = bench.measure(Cell("newcomers", server, 20, options))
    assert result.registrations > 0
    assert 0 < result.p50 <= result.p99


@pytest.mark.parametrize(
    ("how", "complaint"),
    [("lose", "not heard by all"), ("double", "doubled"), ("damage", "damaged")],
)
@pytest.mark.parametrize("senders", [3, 6], ids=["witness", "merged"])
def test_a_server_that_spoils_lines(
    bench: Bench, tmp_path: Path, how: str, complaint: str, senders: int
) -> None:
    program = tmp_path / "spoiler.py"
    program.write_text(SPOILER)
    spoiler = Server(
        how,
        "plain",
        lambda port, _: [sys.executable, str(program), how, "40", str(port)],
    )
    options = {"quiet": 0.1, "senders": senders, "patience": 0.5}
    result = bench.measure(Cell(how, spoiler, 6, options))
    if senders < 6:
        assert complaint in result.complaint()
    else:  # without an order to compare with, it goes no further
        assert result.complaint()


def test_a_soak() -> None:
    """In a process of its own: where a browser was driven a loop of asyncio runs."""
    command = (sys.executable, "-m", "benchmarks.soak")
    options = ("--minutes", "0.02", "--every", "0.6", "--stay", "0.1")
    done = subprocess.run(
        (*command, *options),
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    _, first, *_, last = done.stdout.splitlines()
    assert int(last.split()[1]) > int(first.split()[1])
