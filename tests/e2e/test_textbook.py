"""Clients as students write them, as processes of their own, in one room."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from twisted_chat.doors.textbook.headers import field

from .conftest import StartServer
from .support import PATIENCE, Server, have, wait_for

STUDENTS = Path(__file__).with_name("students")
KINDS = ("nick", "header64", "raw", "header10", "at")


class Program:
    """A chat client as a process, and what it has printed."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.printed: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line.decode().rstrip("\n"))

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def expect(self, line: str) -> None:
        wait_for(lambda: line in self.printed, f"{line!r} in {self.printed}")

    def close_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)


Run = Callable[..., Program]


@pytest.fixture
def run() -> Iterator[Run]:
    """Runs programs, and ends those that still run after the test."""
    programs: list[Program] = []

    def start(*command: str) -> Program:
        programs.append(Program(*command))
        return programs[-1]

    yield start
    for program in programs:
        program.end()


@pytest.fixture
def school(start_server: StartServer) -> Server:
    """A server with every textbook door open."""
    return open_school(start_server)


def open_school(start_server: StartServer, *options: str) -> Server:
    doors = [word for kind in KINDS for word in ("--textbook", f"{kind}:tcp:0")]
    server = start_server("--flood", "off", *doors, *options)
    server.wait_open(1 + len(KINDS))
    return server


def port_of(server: Server, kind: str) -> int:
    return server.ports[1 + KINDS.index(kind)]


def student(run: Run, server: Server, kind: str, name: str) -> Program:
    script = STUDENTS / f"{kind}.py"
    port = str(port_of(server, kind.partition("_")[0]))
    return run(sys.executable, str(script), "127.0.0.1", port, name)


def shown(kind: str, nick: str, text: str) -> str:
    """How a student's program of that kind prints what `nick` says."""
    return {
        "header64": f"[{nick}] : {text}",
        "raw": f"<{nick}> :{text}",
        "header10": f"{nick} > {text}",
    }.get(kind, f"{nick}: {text}")


def test_all_in_one_room(school: Server, run: Run) -> None:
    carol = school.enter("carol")
    where = f"dave@127.0.0.1:{school.port}"
    programs = {"dave": ("line", run(sys.executable, "-m", "twisted_chat", where))}
    carol.expect("dave joined the chat!")
    for kind, name in zip(KINDS, ("nina", "hal", "", "tess", "otto"), strict=True):
        program = student(run, school, kind, name)
        if kind == "header64":
            program.type("I am here")
        nick = carol.expect(" joined the chat!").split()[1]
        assert nick == name or re.fullmatch(r"guest_\d+", nick)
        programs[nick] = (kind, program)
    nina = programs["nina"][1]
    nina.expect("Connected to the server!")
    # The nick door sends UTF-8 to whoever has sent some: its client speaks first.
    nina.expect("otto joined the chat!")
    everyone = ["nina", "carol", *(nick for nick in programs if nick != "nina")]
    for nick in everyone:
        text = f"grüße from {nick}"
        if nick == "carol":
            carol.send(f"MSG {text}")
        else:
            programs[nick][1].type(text)
            assert carol.expect(text) == f"{nick}: {text}"
        for other, (kind, program) in programs.items():
            if other != nick or kind == "nick":
                program.expect(shown(kind, nick, text))
    for nick, (kind, program) in programs.items():
        own = [line for line in program.printed if f"grüße from {nick}" in line]
        assert len(own) == (1 if kind == "nick" else 0)
    programs["otto"][1].type("@nina @carol:psst")
    nina.expect("otto (private): psst")
    assert carol.expect("psst") == "PRIV otto > nina,carol: psst"
    carol.send("PRIV otto psst yourself")
    programs["otto"][1].expect("carol: psst yourself")
    school.wait_log("otto wrote in private")
    events = re.findall(r"\w+ wrote [\w ]+|otto came", school.log())
    assert events == ["otto came", "otto wrote to everyone", "otto wrote in private"]
    assert "psst" not in school.log()
    programs["hal"][1].type("!DISCONNECT")
    carol.expect("hal left the chat!")
    nina.expect("hal left the chat!")
    programs["otto"][1].expect("HAL is offline now")
    programs["hal"][1].expect("connection closed")
    for nick, (_, program) in programs.items():
        if nick != "hal":
            program.close_input()
            carol.expect(f"{nick} left the chat!")
    for _, program in programs.values():
        program.process.wait(PATIENCE)


def test_raw_clients_see_addresses(school: Server, run: Run) -> None:
    one, two = (student(run, school, "raw", "") for _ in range(2))
    one.expect("welcome")
    two.expect("welcome")
    carol = school.enter("carol")
    one.type("hello")
    assert re.fullmatch(r"guest_\d+: hello", carol.expect(": hello"))
    relayed = re.compile(r"<127\.0\.0\.1 : \d+> :hello")
    wait_for(lambda: any(map(relayed.fullmatch, two.printed)), "the address")


def test_a_client_that_decodes_ascii_only(school: Server, run: Run) -> None:
    carol = school.enter("carol")
    anna = student(run, school, "nick_ascii", "anna")
    anna.expect("Connected to the server!")
    carol.send("MSG grüße, “naïve café”…")
    anna.expect('carol: grusse, "naive cafe"...')
    anna.type("still here")
    carol.expect("anna: still here")


@pytest.mark.skipif(not have("nc"), reason="needs netcat")
def test_netcat_at_the_at_door(school: Server, run: Run) -> None:
    carol = school.enter("carol")
    netcat = run("nc", "127.0.0.1", str(port_of(school, "at")))
    netcat.type("nora")
    carol.expect("nora joined the chat!")
    netcat.type("@carol:hi")
    carol.expect("PRIV nora: hi")
    netcat.type("@ghost:hi")
    netcat.expect("Nobody here is called ghost")
    netcat.type("hello all")
    carol.expect("nora: hello all")


class Socket:
    """A blocking socket, and `recv` as students use it."""

    def __init__(self, server: Server, kind: str) -> None:
        address = ("127.0.0.1", port_of(server, kind))
        self.socket = socket.create_connection(address, PATIENCE)

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def recv(self) -> bytes:
        return self.socket.recv(1024)

    def until(self, text: bytes) -> bytes:
        data = b""
        while text not in data:
            chunk = self.recv()
            assert chunk, f"closed before {text!r}: {data!r}"
            data += chunk
        return data

    def rest(self) -> bytes:
        data = b""
        while chunk := self.recv():
            data += chunk
        return data


def test_the_question_is_one_read(school: Server) -> None:
    school.enter("carol")
    with Socket(school, "nick") as client:
        assert client.recv() == b"NICK"
        client.socket.sendall(b"carol")
        # That there is a pause between the two is tested where no time passes.
        assert client.until(b"NICK") == b"carol is taken; try carol_\nNICK"
        client.socket.sendall(b"caroline")
        client.until(b"caroline joined the chat!\nConnected to the server!\n")


def test_three_bad_nicks_are_enough(school: Server) -> None:
    with Socket(school, "nick") as client:
        for _ in range(3):
            client.until(b"NICK")
            client.socket.sendall(b"no nick")
        assert client.rest().startswith(b"Bad nick; ")


def test_a_refused_name_gets_one_message(school: Server) -> None:
    school.enter("carol")
    with Socket(school, "header10") as client:
        client.socket.sendall(field(10, "carol"))
        why = "carol is taken; try carol_"
        assert client.rest() == field(10, "server") + field(10, why)


def test_a_full_server_refuses_with_a_line(start_server: StartServer) -> None:
    school = open_school(start_server, "--max-clients", "1")
    school.enter("carol")
    with Socket(school, "at") as client:
        assert client.rest() == b"The server is full; try again later\n"


def test_bad_clients_disturb_nobody(school: Server) -> None:
    """Megabytes of nothing, broken headers, vanishing peers, all at once."""
    carol, bob = school.enter("carol"), school.enter("bob")
    sockets = [Socket(school, kind) for kind in KINDS]
    try:
        for kind, client in zip(KINDS, sockets, strict=True):
            hello = {"header64": field(64, "[hal] : "), "header10": field(10, "tess")}
            client.socket.sendall(hello.get(kind, f"{kind}_x\n".encode()))
        for client in sockets:
            try:
                for _ in range(64):
                    client.socket.sendall(b"7" * 65536)
            except (BrokenPipeError, ConnectionResetError):
                pass
        bob.sync()
        carol.send("MSG undisturbed")
        bob.expect("carol: undisturbed")
    finally:
        for client in sockets:
            client.socket.close()
    for nick in ("nick_x", "hal", "tess", "at_x"):
        school.wait_log(f"{nick} left")
