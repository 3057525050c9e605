"""Who sends much at once, on real sockets: nothing lost, and memory bounded."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from pathlib import Path

import pytest

from ..websockets import frame, handshake
from .certificate import self_signed
from .conftest import StartServer
from .support import IN_LOBBY, PATIENCE, Client, Server

QUICK = ("--flood", "5:40")
FLOODERS = 15
MIB = 1024 * 1024


def irc(server: Server, nick: str, door: int, caps: str) -> Client:
    client = server.connect(door=door)
    client.send(f"CAP REQ :{caps}", f"NICK {nick}", f"USER {nick} 0 * :x", "CAP END")
    client.expect(" 366 ")
    return client


def test_a_phone_pastes_and_asks_for_all_at_once(start_server: StartServer) -> None:
    server = start_server(*QUICK, "--irc", "tcp:0", *IN_LOBBY)
    server.wait_open(2)
    bob = server.enter("bob")
    alice = irc(server, "alice", 1, "batch server-time draft/chathistory")
    rooms = [f"#r{number}" for number in range(20)]
    asked = [f"CHATHISTORY LATEST {room} * 100\r\nWHO {room}" for room in rooms]
    pasted = [f"PRIVMSG #lobby :line {number}" for number in range(40)]
    lines = [f"JOIN {','.join(rooms)}", *asked, *pasted, "PING done"]
    alice.send_bytes("".join(f"{line}\r\n" for line in lines).encode())
    got = alice.lines_until("PONG")
    assert len([line for line in got if " 315 " in line]) == 20
    assert len([line for line in got if " chathistory " in line]) == 20
    for number in range(40):
        bob.expect(f"alice: line {number}")


def memory(server: Server) -> int:
    """Bytes that the server has resident."""
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    assert found
    return int(found[1]) * 1024


def secure(port: int) -> socket.socket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), PATIENCE)
    return context.wrap_socket(plain)


def push(peer: socket.socket, data: bytes) -> int:
    """Send `data` until nobody takes it any more; how much was taken."""
    peer.settimeout(0.3)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < len(data):
            sent += peer.send(data[sent : sent + 65536])
    return sent


@pytest.mark.parametrize("way", ["line", "irc", "tls", "web"])
def test_heaps_of_tiny_lines_take_little_memory(
    start_server: StartServer, tmp_path: Path, way: str
) -> None:
    pem = self_signed(tmp_path, "localhost")
    doors = {
        "line": (),
        "irc": ("--irc", "tcp:0", *IN_LOBBY),
        "tls": ("--port", "tcp:0", "--port", f"ssl:0:privateKey={pem}:certKey={pem}"),
        "web": ("--web", "tcp:0:interface=127.0.0.1"),
    }[way]
    server = start_server("--flood", "5:2", *doors)
    server.wait_open(1 if way == "line" else 2)
    bob = server.enter("bob")
    peers = []
    before = memory(server)
    for number in range(FLOODERS):
        if way == "tls":
            peer = secure(server.ports[-1])
        else:
            address = ("127.0.0.1", server.ports[-1])
            peer = socket.create_connection(address, PATIENCE)
        if way == "web":
            peer.sendall(handshake())
            peer.recv(4096)
            data = frame(f"NICK f{number}") + frame("x") * (4 * MIB // 7)
        else:
            data = f"NICK f{number}\n".encode() + b"xy\n" * (4 * MIB)
        peers.append(peer)
        assert push(peer, data) < len(data), "reading is paused"
    grown = memory(server) - before
    assert grown < FLOODERS * MIB // 4, grown
    bob.send("PING x")
    bob.expect("PONG x")
    for peer in peers:
        peer.close()
