"""The web door on real sockets: TLS, behind nginx, and PROXY on any door."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from ..websockets import CLOSE, TEXT, Frame, events, frame, frames, handshake, request
from .certificate import self_signed
from .conftest import StartServer
from .nginx import plain, running_nginx
from .support import PATIENCE, Client, Server, free_port

INSIDE = "interface=127.0.0.1"


class Socket:
    """A blocking WebSocket."""

    def __init__(self, connection: socket.socket, **headers: str) -> None:
        self.socket = connection
        self.socket.settimeout(PATIENCE)
        self.socket.sendall(handshake(**headers))
        self.head = b""
        while not self.head.endswith(b"\r\n\r\n"):
            self.head += self.socket.recv(1)
        self._rest = b""
        self._frames: list[Frame] = []

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    def send(self, *lines: str) -> None:
        self.socket.sendall(b"".join(map(frame, lines)))

    def frame(self) -> Frame | None:
        """The next frame; None at the end of the stream."""
        while not self._frames:
            data = self.socket.recv(65536)
            if not data:
                return None
            self._frames, self._rest = frames(self._rest + data)
        return self._frames.pop(0)

    def expect(self, text: str) -> None:
        while (got := self.frame()) is not None:
            if got.opcode == TEXT and text in str(events(got.payload)):
                return
        raise AssertionError(f"closed before {text!r}")

    def code(self) -> int:
        """The code of the close frame; then the stream has to end."""
        while (got := self.frame()) is not None:
            if got.opcode == CLOSE:
                assert self.frame() is None
                return int.from_bytes(got.payload[:2], "big")
        raise AssertionError("no close frame")

    def close(self) -> None:
        self.socket.close()


def encrypted(port: int) -> socket.socket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain(port))


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return self_signed(tmp_path, "localhost")


@pytest.mark.parametrize("way", ["quit", "too big", "shutdown", "close"])
def test_end_over_tls(start_server: StartServer, pem: Path, way: str) -> None:
    """Whoever ends it, the connection is closed, and the code says why."""
    web = f"ssl:0:privateKey={pem}:certKey={pem}:{INSIDE}"
    server = start_server("--web", web, "--flood", "5:2")
    server.wait_open(2)
    alice = Socket(encrypted(server.ports[1]))
    alice.send("NICK alice", "MSG hello")
    alice.expect("hello")
    if way == "quit":
        alice.send("QUIT")
        assert alice.code() == 1000
    elif way == "too big":
        alice.send("x" * 70_000)
        assert alice.code() == 1009
    elif way == "shutdown":
        server.signal()
        assert alice.code() == 1001
    else:
        alice.socket.sendall(frame(b"\x03\xe8", CLOSE))
        assert alice.code() == 1000
    alice.close()


def test_slow_reader_over_tcp_is_dropped(start_server: StartServer) -> None:
    server = start_server("--web", f"tcp:0:{INSIDE}", "--flood", "off")
    server.wait_open(2)
    slow = Socket(plain(server.ports[1]))
    slow.send("NICK slow")
    slow.expect("slow")
    carol = server.enter("carol")
    for _ in range(100):
        carol.send(*["MSG " + "x" * 1000] * 100)
        if any("slow left the chat" in line for line in carol.sync()):
            break
    else:
        raise AssertionError("it was never dropped")
    slow.close()


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The ports of an nginx and of what has to be behind it."""
    behind = free_port()
    with running_nginx(tmp_path, behind) as port:
        yield port, behind


def behind_nginx(start: StartServer, behind: int, *options: str) -> Server:
    server = start("--web", f"tcp:{behind}:{INSIDE}", *options)
    server.wait_open(2)
    return server


def test_behind_nginx(start_server: StartServer, nginx: tuple[int, int]) -> None:
    port, behind = nginx
    server = behind_nginx(start_server, behind, "--trusted-proxy", "127.0.0.1")
    forwarded = {"X-Forwarded-For": "203.0.113.9", "Origin": "http://chat.example"}
    alice = Socket(plain(port), **forwarded)
    assert alice.status == 101
    alice.send("NICK alice")
    alice.expect("alice")
    carol = server.enter("carol")
    carol.send("MSG through nginx")
    alice.expect("through nginx")
    alice.send("MSG and back")
    carol.expect("alice: and back")
    # nginx appends 127.0.0.1, whom it saw; the one before is believed because
    # 127.0.0.1 is trusted.
    server.wait_log("alice came from 203.0.113.9")
    other = Socket(plain(port), Origin="http://evil.example")
    assert other.status == 403
    with plain(port) as page:
        page.sendall(request("/", Host="chat.example", Connection="close"))
        assert b"Content-Security-Policy" in page.recv(65536)
    alice.send("QUIT")
    assert alice.code() == 1000
    alice.close()
    other.close()


def test_pipelined_through_nginx(
    start_server: StartServer, nginx: tuple[int, int]
) -> None:
    """Many requests on one connection: each is answered, in order."""
    port, behind = nginx
    behind_nginx(start_server, behind)
    paths = ["/", "/nothing", "/healthz", "/css/theme.css"] * 25
    with plain(port) as page:
        page.settimeout(PATIENCE)
        page.sendall(b"".join(request(path, Host="chat.example") for path in paths))
        answers = page.makefile("rb")
        for path in paths:
            status, body = answer(answers)
            assert status == (404 if path == "/nothing" else 200)
            assert (body == b"ok\n") is (path == "/healthz")
            assert body.startswith(b"<!") is (path == "/")


def answer(stream: BinaryIO) -> tuple[int, bytes]:
    """The status and the body of the next answer."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline().lower().strip()) != b"":
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, stream.read(length)


@pytest.mark.parametrize("tls", [False, True])
def test_pipelined_requests_of_a_slow_reader_fill_no_memory(
    start_server: StartServer, pem: Path, tls: bool
) -> None:
    where = f"ssl:0:privateKey={pem}:certKey={pem}" if tls else "tcp:0"
    server = start_server("--web", f"{where}:{INSIDE}")
    server.wait_open(2)
    connection = encrypted(server.ports[1]) if tls else plain(server.ports[1])
    data = b"GET / HTTP/1.1\r\n\r\n" * 50_000
    before = resident(server.pid)
    connection.setblocking(False)
    sent = got = 0
    while got < 6_000_000:
        ready, free, _ = select.select(
            [connection], [connection] * (sent < len(data)), [], PATIENCE
        )
        assert ready or free
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
            got += len(connection.recv(65536))
        with contextlib.suppress(BlockingIOError, ssl.SSLWantWriteError):
            sent += connection.send(data[sent : sent + 65536])
        assert resident(server.pid) < before + 30_000
    connection.close()


def resident(pid: int) -> int:
    """KiB of memory that the process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def test_untrusted_proxy_is_not_believed(
    start_server: StartServer, nginx: tuple[int, int]
) -> None:
    port, behind = nginx
    server = behind_nginx(start_server, behind)
    alice = Socket(plain(port), **{"X-Forwarded-For": "203.0.113.9"})
    alice.send("NICK alice")
    server.wait_log("alice came from 127.0.0.1")
    alice.close()


PROXY = b"PROXY TCP4 203.0.113.9 203.0.113.1 1234 55555\r\n"


def test_proxy_protocol_at_the_line_door(start_server: StartServer) -> None:
    server = start_server("--port", f"haproxy:tcp:0:{INSIDE}")
    alice = server.connect()
    alice.send_bytes(PROXY)
    alice.expect("Welcome")
    alice.send("NICK alice")
    alice.expect("now known as alice")
    server.wait_log("alice came from 203.0.113.9")
    stranger: Client = server.connect()
    stranger.send("NICK stranger")
    with contextlib.suppress(OSError):
        assert stranger.rest() == []
    alice.half_close()


def test_proxy_protocol_at_the_web_door(start_server: StartServer, pem: Path) -> None:
    server = start_server("--web", f"haproxy:tcp:0:{INSIDE}", "--max-per-ip", "1")
    server.wait_open(2)
    connections = []
    for _ in range(2):
        connection = plain(server.ports[1])
        connection.sendall(PROXY)
        connections.append(Socket(connection))
    first, second = connections
    assert second.code() == 1008
    first.send("NICK alice")
    first.expect("alice")
    server.wait_log("alice came from 203.0.113.9")
    for one in connections:
        one.close()
