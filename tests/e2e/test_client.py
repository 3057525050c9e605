"""The terminal client as a process: in pipes, and at a terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import write

from ..terminal import FakeTerminal
from .certificate import self_signed
from .conftest import StartServer
from .support import PATIENCE, Server, free_port, have, run_tool, wait_for

CLIENT = (sys.executable, "-m", "twisted_chat")


def run_client(*arguments: str, input: str = "") -> tuple[int, list[str], list[str]]:
    """Run the client with `input` piped in; its status, stdout and stderr."""
    done = run_tool(*CLIENT, *arguments, input=input.encode())
    return (
        done.returncode,
        done.stdout.decode().splitlines(),
        done.stderr.decode().splitlines(),
    )


def test_what_is_piped_in_is_said_and_the_status_is_0(server: Server) -> None:
    bob = server.enter("bob")
    status, out, err = run_client(
        f"alice@127.0.0.1:{server.port}", input="hi\n/me waves\nno newline"
    )
    assert (status, err) == (0, [])
    assert "* In #lobby: bob, alice" in out
    bob.expect("alice: hi")
    bob.expect("* alice waves")
    bob.expect("alice: no newline")
    bob.expect("alice left the chat!")


def test_every_line_arrives_whatever_the_flood_rule(start_server: StartServer) -> None:
    server = start_server("--flood", "5:40")
    bob = server.enter("bob")
    count = 100
    lines = "".join(f"{number}\n" for number in range(count))
    status, _, err = run_client(f"alice@localhost:{server.port}", input=lines)
    assert (status, err) == (0, [])
    for number in range(count):
        assert bob.expect("alice: ") == f"alice: {number}"


def test_json_prints_every_event_as_an_object(server: Server) -> None:
    status, out, err = run_client(
        "--json", f"alice@127.0.0.1:{server.port}", input="hi\n/who\n"
    )
    assert (status, err) == (0, [])
    assert all(line.startswith('{"event":"') for line in out)
    assert any('"event":"message"' in line and '"text":"hi"' in line for line in out)
    assert '"event":"who"' in out[-1]


def test_what_comes_is_printed_while_the_input_stays_open(server: Server) -> None:
    bob = server.enter("bob")
    client = subprocess.Popen(
        [*CLIENT, f"alice@127.0.0.1:{server.port}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    bob.expect("alice joined")
    bob.send("MSG hello alice")
    while client.stdout.readline() != b"bob: hello alice\n":
        pass
    client.stdin.close()
    assert client.wait(PATIENCE) == 0
    client.stdout.close()


def test_output_that_nobody_reads_does_not_keep_lines_from_being_sent(
    server: Server,
) -> None:
    bob = server.enter("bob")
    reading, writing = os.pipe()
    client = subprocess.Popen(
        [*CLIENT, f"alice@127.0.0.1:{server.port}"],
        stdin=subprocess.PIPE,
        stdout=writing,
    )
    os.close(writing)
    os.close(reading)
    bob.expect("alice joined")
    bob.send("MSG this breaks the pipe")
    client.communicate(b"one\ntwo\n", timeout=PATIENCE)
    assert client.returncode == 0
    bob.expect("alice: one")
    bob.expect("alice: two")


# Trouble


def one_line(err: list[str]) -> str:
    assert len(err) == 1, err
    assert err[0].startswith("twisted-chat: ")
    return err[0]


def test_trouble_no_server() -> None:
    status, out, err = run_client(f"alice@127.0.0.1:{free_port()}", input="hi\n")
    assert (status, out) == (1, [])
    assert "can't connect to 127.0.0.1" in one_line(err)


def test_trouble_no_such_host() -> None:
    status, _, err = run_client("alice@nowhere.invalid", input="hi\n")
    assert status == 1
    assert "can't connect to nowhere.invalid:55555" in one_line(err)


def test_trouble_nick_taken(server: Server) -> None:
    bob = server.enter("bob")
    status, _, err = run_client(f"bob@127.0.0.1:{server.port}", input="hi\n")
    assert status == 1
    assert "ERR 433 bob is taken; try bob_" in one_line(err)
    assert bob.sync() == []


def test_trouble_login_or_join_refused_ends_a_script(server: Server) -> None:
    bob = server.enter("bob")
    where = f"ci@127.0.0.1:{server.port}"
    for line, number in (("/login carol wrong-one", 464), ("/join #a:b", 479)):
        status, _, err = run_client(where, input=f"{line}\nhello\n")
        assert status == 1
        assert f"ERR {number} " in one_line(err)
        bob.expect("ci joined the chat!")
        assert bob.expect("ci") == "* ci left the chat!"


def test_msg_with_a_slash_is_private(server: Server) -> None:
    bob = server.enter("bob")
    status, _, err = run_client(
        f"alice@127.0.0.1:{server.port}", input="/msg bob psst\n/msg eve psst\n"
    )
    assert status == 1
    assert "ERR 401" in one_line(err)
    assert bob.expect("psst") == "PRIV alice: psst"
    assert bob.expect("alice") == "* alice left the chat!"


def test_trouble_password(start_server: StartServer) -> None:
    server = start_server("--password", "sesame")
    where = f"alice@127.0.0.1:{server.port}"
    assert run_client("--password", "sesame", where, input="hi\n")[0] == 0
    for arguments in ([where], ["--password", "guess", where]):
        status, _, err = run_client(*arguments, input="hi\n")
        assert status == 1
        assert "ERR 464" in one_line(err)


def test_trouble_connection_lost(server: Server) -> None:
    bob = server.enter("bob")
    client = subprocess.Popen(
        [*CLIENT, f"alice@127.0.0.1:{server.port}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    bob.expect("alice joined")
    server.stop()
    _, err = client.communicate(timeout=PATIENCE)
    assert client.returncode == 1
    assert "closed the connection" in one_line(err.decode().splitlines())


def test_trouble_not_a_chat_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            peer, _ = listening.accept()
            with peer, contextlib.suppress(ConnectionError):
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                peer.recv(1000)

        thread = threading.Thread(target=serve)
        thread.start()
        port = listening.getsockname()[1]
        status, _, err = run_client(f"alice@127.0.0.1:{port}", input="hi\n")
        thread.join(PATIENCE)
    assert status == 1
    assert "no twisted-chat server" in one_line(err)


def test_tls(start_server: StartServer, tmp_path: Path) -> None:
    pem = self_signed(tmp_path, "localhost")
    server = start_server("--port", f"ssl:0:privateKey={pem}:interface=127.0.0.1")
    where = f"alice@localhost:{server.port}"
    status, out, err = run_client("--tls", "--ca", str(pem), where, input="hi\n")
    assert (status, err) == (0, [])
    assert "* In #lobby: alice" in out
    status, _, err = run_client("--tls", where, input="hi\n")
    assert status == 1
    assert "certificate verify failed" in one_line(err)


def test_a_certificate_logs_in(start_server: StartServer, tmp_path: Path) -> None:
    pem = self_signed(tmp_path, "localhost")
    own, fingerprint = write(tmp_path, "alice")
    own.chmod(0o600)
    where = f"ssl:0:privateKey={pem}:interface=127.0.0.1"
    server = start_server("--port", where, "--port", "tcp:0", wait=False)
    server.wait_open(2)
    alice = server.connect(door=1)
    alice.send("NICK alice", "REGISTER open-sesame", f"CERT add {fingerprint}")
    alice.expect("is yours now")
    tls = ("--tls", "--ca", str(pem), f"alice@localhost:{server.port}")
    status, out, err = run_client("--cert", str(own), *tls, input="hi\n")
    assert (status, err) == (0, [])
    assert "* You are logged in as alice" in out
    alice.expect("alice: hi")
    other, _ = write(tmp_path, "mallory")
    other.chmod(0o600)
    status, _, err = run_client("--cert", str(other), *tls, input="hi\n")
    assert status == 1
    assert "does not prove that" in one_line(err)


def test_an_endpoint_string(start_server: StartServer, tmp_path: Path) -> None:
    start_server("--port", f"unix:{tmp_path}/chat")
    status, out, err = run_client(f"alice@unix:{tmp_path}/chat", input="hi\n")
    assert (status, err) == (0, [])
    assert "* In #lobby: alice" in out


# At a terminal


class PtyScreen:
    """The client on a terminal that this process plays."""

    def __init__(self, *arguments: str) -> None:
        self._shown = FakeTerminal(columns=60, rows=12)
        self._master, slave = self._terminal = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 12, 60, 0, 0))
        self.process = subprocess.Popen(
            [*CLIENT, "--plain", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "TERM": "xterm"},
        )

    @property
    def blocking(self) -> bool:
        """Whether the next program would find the terminal as it should be."""
        return not fcntl.fcntl(self._terminal[1], fcntl.F_GETFL) & os.O_NONBLOCK

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def lines(self) -> list[str]:
        while select.select([self._master], [], [], 0)[0]:
            try:
                self._shown.write(os.read(self._master, 65536).decode())
            except OSError:
                break
        return self._shown.lines()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for number in self._terminal:
            os.close(number)


class TmuxScreen:
    """The client on a real terminal emulator."""

    def __init__(self, *arguments: str) -> None:
        self._tmux = ("tmux", "-L", f"chat-{uuid.uuid4().hex}", "-f", "/dev/null")
        command = " ".join((*CLIENT, "--plain", *arguments))
        self._run("new-session", "-d", "-x", "60", "-y", "12", f"{command}; cat")

    def type(self, text: str) -> None:
        for part in text.replace("\n", "\r").splitlines(keepends=True):
            self._run("send-keys", "-H", *(f"{byte:x}" for byte in part.encode()))

    def lines(self) -> list[str]:
        shown = self._run("capture-pane", "-p", "-S", "-100").decode().splitlines()
        lines = [line.rstrip() for line in shown]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def close(self) -> None:
        self._run("kill-server")

    def _run(self, *arguments: str) -> bytes:
        return subprocess.run(
            (*self._tmux, *arguments), check=True, capture_output=True, timeout=PATIENCE
        ).stdout


AnyScreen = PtyScreen | TmuxScreen


@pytest.fixture(params=["pty", "tmux"])
def screen(request: pytest.FixtureRequest, server: Server) -> Iterator[AnyScreen]:
    """Alice at a terminal, and in the lobby."""
    if request.param == "tmux" and not have("tmux"):
        pytest.skip("tmux is not installed")
    kind = TmuxScreen if request.param == "tmux" else PtyScreen
    screen = kind("--no-color", f"alice@127.0.0.1:{server.port}")
    try:
        wait_shown(screen, "* In #lobby: alice")
        yield screen
    finally:
        screen.close()


def wait_shown(screen: AnyScreen, text: str) -> list[str]:
    """Wait for a line that ends in `text`; all lines without their times."""

    def look() -> list[str]:
        lines = [
            line[6:] if line[2:3] == ":" and line[:2].isdecimal() else line
            for line in screen.lines()
        ]
        return lines if any(line.endswith(text) for line in lines) else []

    shown: list[str] = wait_for(look, f"{text!r} on {screen.lines()}")
    return shown


def test_at_a_terminal_what_comes_spares_what_is_typed(
    screen: AnyScreen, server: Server
) -> None:
    bob = server.enter("bob")
    screen.type("half a wo")
    wait_shown(screen, "half a wo")
    bob.send("MSG hello alice")
    shown = wait_shown(screen, "bob: hello alice")
    assert shown[-2:] == ["bob: hello alice", "half a wo"]
    for number in range(15):
        bob.send(f"MSG {number}")
    shown = wait_shown(screen, "bob: 14")
    assert shown[-3:] == ["bob: 13", "bob: 14", "half a wo"]
    time.sleep(0.5)  # nor does anybody press a key as fast as this
    screen.type("\x7f\x7fword\n")  # the terminal's own line editing
    bob.expect("alice: half a word")
    shown = wait_shown(screen, "half a word")
    assert shown[-2:] in (
        ["bob: 14", "alice: half a word"],
        ["bob: 14", "half a word"],  # until it comes back
    )


def test_at_a_terminal_commands_are_answered_and_the_end_is_clean(
    screen: AnyScreen, server: Server
) -> None:
    screen.type("/rooms\n")
    wait_shown(screen, "* #lobby (1)")
    time.sleep(0.5)  # nobody types as fast as the answer to /rooms came
    screen.type("/login sesame\n")
    wait_shown(screen, "(a password was here)")
    assert not any("sesame" in line for line in screen.lines())
    screen.type("\x04")
    server.wait_log("alice left")
    if isinstance(screen, PtyScreen):
        assert screen.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("kind", [PtyScreen, TmuxScreen])
def test_at_a_terminal_what_is_typed_early_waits_for_the_nick(
    kind: type[AnyScreen], server: Server
) -> None:
    if kind is TmuxScreen and not have("tmux"):
        pytest.skip("tmux is not installed")
    bob = server.enter("bob")
    server.process.send_signal(signal.SIGSTOP)
    screen = kind("--no-color", f"bob@127.0.0.1:{server.port}")
    try:
        screen.type("hello early\n")
        wait_shown(screen, "hello early")
        server.process.send_signal(signal.SIGCONT)
        wait_shown(screen, "ERR 433 bob is taken; try bob_")
        screen.type("bob_\n")
        bob.expect("bob_ joined the chat!")
        assert bob.expect("bob_") == "bob_: hello early"
    finally:
        screen.close()


def test_at_a_terminal_control_c_says_goodbye(server: Server) -> None:
    bob = server.enter("bob")
    screen = PtyScreen(f"alice@127.0.0.1:{server.port}")
    try:
        wait_shown(screen, "* In #lobby: bob, alice")
        screen.type("\x03")
        bob.expect("alice left the chat!")
        assert screen.process.wait(PATIENCE) == 128 + signal.SIGINT
    finally:
        screen.close()


def test_the_terminal_is_given_back_as_it_was(server: Server) -> None:
    screen = PtyScreen(f"alice@127.0.0.1:{server.port}")
    try:
        wait_shown(screen, "* In #lobby: alice")
        assert not screen.blocking
        screen.type("/quit\n")
        assert screen.process.wait(PATIENCE) == 0
        assert screen.blocking
    finally:
        screen.close()
