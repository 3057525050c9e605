"""Bad conditions on real sockets."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import StartServer
from .support import Client, Server, have, run_tool, wait_for


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that leave no trace; it has to end well."""
    server = Server(tmp_path_factory.mktemp("shared"), "--flood", "off")
    try:
        yield server
        server.stop()
    finally:
        server.kill()


def leave(*clients: Client) -> None:
    for client in clients:
        client.send("QUIT")
        client.rest()
        client.close()


# Tools that people have


@pytest.mark.skipif(not have("nc"), reason="netcat is not installed")
@pytest.mark.parametrize("flood", ["off", "5:20"])
def test_a_netcat_that_closes_its_half_is_served(
    start_server: StartServer, flood: str
) -> None:
    """``printf … | nc -N``: served at the pace of the flood limit, then it leaves."""
    server = start_server("--flood", flood)
    alice = server.enter("alice")
    said = "".join(f"MSG {number}\n" for number in range(14))
    talk = f"NICK nc\nECHO on\n{said}PRIV alice psst\nPING 1"
    done = run_tool("nc", "-N", "127.0.0.1", str(server.port), input=talk.encode())
    lines = done.stdout.decode().splitlines()
    wanted = [f"nc: {number}" for number in range(14)]
    assert [line for line in lines if line.startswith("nc: ")] == wanted
    assert lines[-2:] == ["PRIV nc: psst", "PONG 1"]
    alice.expect("* nc joined the chat!")
    for line in wanted:
        alice.expect(line)
    alice.expect("PRIV nc: psst")
    assert alice.line() == "* nc left the chat!"


@pytest.mark.skipif(not have("telnet"), reason="telnet is not installed")
def test_telnet(shared: Server) -> None:
    alice = shared.enter("alice")
    telnet = subprocess.Popen(
        ["telnet", "127.0.0.1", str(shared.port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert telnet.stdin
    assert telnet.stdout
    try:
        telnet.stdin.write(b"NICK tel\r\n")
        telnet.stdin.flush()
        alice.expect("* tel joined the chat!")
        telnet.stdin.write("MSG grüße\r\n".encode())
        telnet.stdin.flush()
        alice.expect("tel: grüße")
        alice.send("MSG hi tel")
        while b"alice: hi tel" not in telnet.stdout.readline():
            pass
        telnet.stdin.write(b"QUIT\r\n")
        telnet.stdin.flush()
        alice.expect("* tel left the chat!")
        telnet.communicate(timeout=30)
    finally:
        telnet.kill()
        telnet.wait()
    leave(alice)


def test_a_browser_is_closed(shared: Server) -> None:
    alice = shared.enter("alice")
    with socket.create_connection(("127.0.0.1", shared.port), 30) as page:
        body = b"NICK evil\r\nMSG spam\r\n"
        page.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 21\r\n\r\n" + body)
        while page.recv(4096):
            pass
    assert alice.sync() == []
    leave(alice)


# Who vanishes, who is slow


def test_many_resets_at_once_disturb_nobody(shared: Server) -> None:
    alice = shared.enter("alice")
    crowd = [shared.connect() for _ in range(90)]
    for number, client in enumerate(crowd):
        client.send(f"NICK crowd{number}", "MSG hello")
    count_of(90, alice, ": hello")
    for client in crowd:
        client.send("MSG x", "WHO")
        client.reset()
    gone = count_of(90, alice, " left the chat!")
    assert len(set(gone)) == 90, "one notice each"
    assert not any(" left the chat!" in line for line in alice.sync())
    alice.send("WHO")
    assert alice.line() == "* In #lobby: alice"
    leave(alice)


def count_of(count: int, client: Client, text: str) -> list[str]:
    """The next `count` lines that contain `text`."""
    return [client.expect(text) for _ in range(count)]


def test_a_slow_reader_is_dropped_and_nobody_waits(start_server: StartServer) -> None:
    server = start_server("--flood", "off", "--send-queue", "20000")
    alice, bob = server.enter("alice"), server.enter("bob")
    slow = server.connect(receive=4096)
    slow.send("NICK slow")
    alice.expect("* slow joined the chat!")
    bob.expect("* slow joined the chat!")
    text = "x" * 1000
    for number in range(20_000):
        alice.send(f"MSG {number} {text}")
        line = bob.line()
        if "slow left" in line:
            break
        assert line.startswith(f"alice: {number} ")
    assert line == "* slow left the chat! (send queue exceeded)"
    assert bob.line().startswith(f"alice: {number} ")
    assert len(alice.sync()) == 1


def test_an_idle_peer_is_probed(start_server: StartServer) -> None:
    """What the kernel says of the server's end of a connection."""
    if not have("ss"):
        pytest.skip("ss is not installed")
    server = start_server("--idle", "77")
    client = server.enter("alice")
    port = client.socket.getsockname()[1]
    both = f"( sport = :{server.port} and dport = :{port} )"

    def probing() -> bool:
        """After 77 s, says the timer, once all is acknowledged."""
        shown = run_tool("ss", "-tonH", "state", "established", both)
        return b"timer:(keepalive,1min1" in shown.stdout

    wait_for(probing, "a keepalive timer")


def test_a_packet_of_newlines_does_not_stall_the_others(shared: Server) -> None:
    alice, bob = shared.enter("alice"), shared.enter("bob")
    flooder = shared.enter("flooder")
    flooder.send_bytes(b"\n" * 60_000 + b"PING done\n")
    alice.send("MSG hello")
    bob.expect("alice: hello")
    flooder.expect("PONG done")
    leave(alice, bob, flooder)


# Many


def test_too_many_clients_are_told_why(start_server: StartServer) -> None:
    server = start_server("--max-clients", "2")
    alice, _bob = server.enter("alice"), server.enter("bob")
    for _ in range(5):
        third = server.connect()
        third.send("NICK eve", "MSG hello")
        (line,) = third.rest()
        assert line.startswith("ERR 263 ")
    alice.expect("bob joined")
    assert alice.sync() == []
    alice.send("QUIT")
    alice.rest()
    wait_for(lambda: server.enter("carol"), "room for one more")


def cpu_seconds(server: Server) -> float:
    """Seconds of processor time that the server has used."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_without_file_descriptors_the_chat_goes_on(start_server: StartServer) -> None:
    limit = 60

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    server = start_server("--flood", "off", preexec=few)
    alice, bob = server.enter("alice"), server.enter("bob")
    crowd = [server.connect() for _ in range(limit + 40)]
    time.sleep(0.2)
    before = cpu_seconds(server)
    alice.send("MSG still here?")
    bob.expect("alice: still here?")
    bob.send("MSG yes")
    alice.expect("bob: yes")
    time.sleep(1)
    assert cpu_seconds(server) - before < 0.5, "the server spins"
    assert server.log().count("\n") < 1000, "the log is flooded"
    for client in crowd:
        client.close()

    def newcomer() -> bool:
        client = server.connect()
        try:
            client.send("NICK carol")
            client.expect("You are now known as carol")
        except (AssertionError, OSError):
            time.sleep(0.1)
            return False
        return True

    wait_for(newcomer, "a newcomer to get in")
    alice.expect("* carol joined the chat!")


# The end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_chat_in_order(
    start_server: StartServer, number: int
) -> None:
    """Also when it comes twice, and when somebody does not read."""
    server = start_server("--flood", "off")
    alice, bob = server.enter("alice"), server.enter("bob")
    silent = server.connect()
    silent.expect("HELP")
    deaf = server.connect(receive=4096)
    deaf.send("NICK deaf")
    alice.expect("deaf joined")
    for _ in range(3000):
        deaf.send("PING " + "x" * 90)
    deaf.send("MSG done")
    alice.expect("deaf: done")
    bob.send("MSG last words")
    alice.expect("bob: last words")
    server.signal(number)
    server.signal(number)
    for client in (alice, bob, silent):
        lines = client.rest()
        assert lines[-1] == "* The server is shutting down"
        assert not any("left the chat" in line for line in lines)
        client.close()
    server.signal(number)
    assert server.wait_exit() == 0
    assert "Traceback" not in server.log()
    with pytest.raises(ConnectionError):
        Client(server.ports[0])


def test_what_was_said_last_is_still_delivered(start_server: StartServer) -> None:
    server = start_server("--flood", "off")
    alice, bob = server.enter("alice"), server.enter("bob")
    text = "x" * 900
    for number in range(100):
        alice.send(f"MSG {number} {text}")
    alice.sync()
    server.signal()
    lines = [line for line in bob.rest() if line.startswith("alice: ")]
    assert len(lines) == 100
