"""How the server starts, and what it says when it can't."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import StartServer
from .support import IN_LOBBY, Client, free_port, have, run_tool, twistd, wait_for


def run(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return run_tool(*twistd(), *arguments, cwd=cwd)


def test_what_is_wrong_is_one_line_and_status_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        cases = {
            "--flood": ["--flood", "fast"],
            "--surprise": ["--surprise"],
            "endpoint": ["--port", "tcp:x"],
            f"port {port}": ["--port", str(port)],
            "in use": ["--port", "tcp:0", "--port", str(port)],
            "listen": ["--port", "unix:/nonexistent/socket"],
        }
        running: dict[str, subprocess.Popen[bytes]] = {}
        for word, options in cases.items():
            cwd = tmp_path / str(len(running))
            cwd.mkdir()
            running[word] = subprocess.Popen(
                [*twistd(), "-n", "--logfile", "log", "chat", *options],
                cwd=cwd,
                stderr=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        for word, process in running.items():
            out, err = process.communicate(timeout=60)
            assert process.returncode == 1, (word, out, err)
            assert err.count(b"\n") == 1, (word, err)
            assert word.encode().strip(b"-") in err, (word, err)
            assert b"Traceback" not in out + err
            assert not list(tmp_path.glob("*/twistd.pid")), "nothing is left behind"


def test_help(tmp_path: Path) -> None:
    shown = run(tmp_path, "chat", "--help")
    assert shown.returncode == 0
    for option in ("port", "max-per-ip", "password", "flood", "send-queue"):
        assert f"--{option}=".encode() in shown.stdout
    assert b"[default: 55555]" in shown.stdout
    assert b" chat " in run(tmp_path, "--help").stdout


def test_a_number_listens_on_every_interface(start_server: StartServer) -> None:
    server = start_server("--port", str(free_port()))
    server.enter("alice", "127.0.0.1").send("MSG hi")
    if socket.has_dualstack_ipv6():
        six = server.enter("bob", "::1")
        six.send("MSG hello")
        six.send("WHO")
        assert "alice" in six.expect("* In #lobby")


def test_several_ports_are_one_chat(start_server: StartServer, tmp_path: Path) -> None:
    path = tmp_path / "chat.sock"
    server = start_server(
        *("--port", "tcp:0:interface=127.0.0.1", "--port", "tcp:0"),
        *("--port", f"unix:{path}"),
        wait=False,
    )
    server.wait_open(3)
    alice, bob = server.enter("alice", door=0), server.enter("bob", door=1)
    with socket.socket(socket.AF_UNIX) as carol:
        carol.settimeout(30)
        carol.connect(str(path))
        carol.sendall(b"NICK carol\nMSG from a unix socket\n")
        for person in (alice, bob):
            person.expect("carol: from a unix socket")
        alice.send("MSG hi carol")
        got = b""
        while b"alice: hi carol" not in got:
            got += carol.recv(4096)
        carol.sendall(b"QUIT\n")
        while carol.recv(4096):
            pass
    bob.expect("* carol left the chat!")


@pytest.mark.skipif(not have("ss"), reason="needs iproute2")
def test_as_many_may_wait_as_the_system_allows(
    start_server: StartServer, tmp_path: Path
) -> None:
    most = int(Path("/proc/sys/net/core/somaxconn").read_text())
    pem = certificate(tmp_path)
    tls = f"ssl:0:privateKey={pem}:certKey={pem}"
    server = start_server(
        *("--port", str(free_port()), "--port", "tcp:0", "--port", "haproxy:tcp:0"),
        *("--port", tls, "--irc", "tcp:0", "--irc", tls, *IN_LOBBY, "--web", "tcp:0"),
        *("--textbook", "at:tcp:0", "--port", "tcp:0:backlog=7"),
        wait=False,
    )
    server.wait_open(9)
    server.enter("alice")  # the start is over
    shown = run_tool("ss", "-Hltn").stdout.decode()
    waiting = {
        int(local.rpartition(":")[2]): int(most)
        for _, _, most, local, *_ in map(str.split, shown.splitlines())
    }
    asked = [waiting[port] for port in server.ports]
    assert asked.count(7) == 1
    assert set(asked) == {7, min(most, 32767)}


def test_tls(start_server: StartServer, tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    server = start_server("--port", f"ssl:0:privateKey={pem}:certKey={pem}")
    context = ssl.create_default_context(cafile=str(pem))
    context.check_hostname = False
    with (
        socket.create_connection(("127.0.0.1", server.port), 30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(b"NICK alice\nECHO on\nMSG secret tea\nQUIT\n")
        got = b""
        while data := secure.recv(4096):
            got += data
    assert b"alice: secret tea" in got


def certificate(folder: Path) -> Path:
    """A PEM file with a fresh key and a certificate for it."""
    pem = folder / "server.pem"
    key, cert = folder / "key.pem", folder / "cert.pem"
    made = run_tool(
        *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
        *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"),
        *("-keyout", str(key), "-out", str(cert)),
    )
    if made.returncode:
        pytest.skip("openssl can't make a certificate")
    pem.write_bytes(key.read_bytes() + cert.read_bytes())
    return pem


HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_socket_activation(start_server: StartServer) -> None:
    """As systemd would: the socket is there before the server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        descriptor = listening.fileno()
        server = start_server(
            *("--port", "systemd:domain=INET:index=0"),
            wrapper=[sys.executable, "-c", HAND_OVER, str(descriptor)],
            pass_fds=[descriptor],
            env={"LISTEN_FDS": "1", "LISTEN_FDNAMES": "chat"},
        )
        alice = Client(port)
        server.clients.append(alice)
        alice.expect("NICK")
        alice.send("NICK alice")
        alice.expect("You are now known as alice")


@pytest.mark.parametrize("reactor", ["poll", "asyncio", "select"])
def test_other_reactors(start_server: StartServer, reactor: str) -> None:
    server = start_server(before=[f"--reactor={reactor}"])
    alice, bob = server.enter("alice"), server.enter("bob")
    alice.send(*(f"MSG {number}" for number in range(8)))
    for number in range(8):
        bob.expect(f"alice: {number}")
    server.signal(signal.SIGTERM)
    assert bob.expect("shutting down")
    bob.close()
    alice.close()
    assert server.wait_exit() == 0


def test_a_hangup_does_no_harm(start_server: StartServer) -> None:
    server = start_server()
    alice, bob = server.enter("alice"), server.enter("bob")
    for number in (1, 2):
        server.signal(signal.SIGHUP)
        server.wait_log("SIGHUP ignored")
        alice.send(f"MSG still here {number}")
        bob.expect(f"alice: still here {number}")
    server.signal(signal.SIGTERM)
    bob.expect("shutting down")
    bob.close()
    alice.close()
    assert server.wait_exit() == 0


def catches_hangups(pid: int) -> bool:
    """Whether the process has a handler for SIGHUP, by Linux's account."""
    status = Path(f"/proc/{pid}/status").read_text()
    [caught] = [line for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(int(caught.split()[1], 16) & 1 << signal.SIGHUP - 1)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_a_hangup_during_the_start_does_no_harm(start_server: StartServer) -> None:
    server = start_server(wait=False)
    wait_for(lambda: catches_hangups(server.pid), "a handler")
    server.signal(signal.SIGHUP)
    server.signal(signal.SIGHUP)
    server.wait_open()
    server.wait_log("SIGHUP ignored")
    server.enter("alice").send("MSG hi")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_stops_it_while_it_starts_stops_it_in_order(
    start_server: StartServer, number: signal.Signals
) -> None:
    server = start_server(wait=False)
    wait_for(lambda: "door open" in server.log(), "a door")
    server.signal(number)
    assert server.wait_exit() == 0
    assert "Traceback" not in server.log() + server.said()


def test_as_a_daemon_and_over_a_stale_pidfile(tmp_path: Path) -> None:
    port = free_port()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    pidfile = tmp_path / "twistd.pid"
    pidfile.write_text(str(gone.pid))
    options = ["--logfile", "log", "chat", "--port", str(port)]
    started = run(tmp_path, *options)
    assert started.returncode == 0, started
    pid = int(pidfile.read_text())
    try:
        client = Client(port)
        client.send("NICK alice")
        client.expect("You are now known as alice")
        os.kill(pid, signal.SIGHUP)
        log = tmp_path / "log"
        wait_for(lambda: "SIGHUP ignored" in log.read_text(), "a line in the log")
        second = run(tmp_path, "--pidfile", "other.pid", *options)
        assert second.returncode == 1
        assert b"in use" in second.stderr + second.stdout
        os.kill(pid, signal.SIGTERM)
        client.expect("shutting down")
        client.close()
        wait_for(lambda: not pidfile.exists(), "the daemon to end")
    finally:
        if pidfile.exists():
            os.kill(pid, signal.SIGKILL)
