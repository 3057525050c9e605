"""Accounts outlive the server, and its threads hash."""

from __future__ import annotations

from pathlib import Path

from .conftest import StartServer
from .support import Server

PASSWORD = "correct-horse"


def login(server: Server, nick: str, password: str = PASSWORD) -> list[str]:
    """Log in on a new connection; the answer, or what came before it."""
    client = server.connect()
    client.send(f"LOGIN {nick} {password}")
    return [client.expect("* Welcome"), *client.sync()]


def test_a_nick_stays_registered(start_server: StartServer, tmp_path: Path) -> None:
    options = ("--flood", "off", "--database", str(tmp_path / "chat.sqlite"))
    first = start_server(*options)
    alice = first.enter("alice")
    alice.send(f"REGISTER {PASSWORD}", "MSG in order")
    alice.expect("* You are logged in as alice")
    assert any("Wrong" in line for line in login(first, "alice", "wrong-horse"))
    assert PASSWORD not in first.log()
    first.stop()
    for path in tmp_path.glob("chat.sqlite*"):
        assert PASSWORD.encode() not in path.read_bytes()
    second = start_server(*options)
    stranger = second.enter("alice")
    assert "* You are logged in as alice" in login(second, "Alice")
    stranger.expect("* alice logged in, and the nick is theirs")
    stranger.expect("* You are now known as guest_")


def test_what_was_told_is_so_after_a_sudden_end(
    start_server: StartServer, tmp_path: Path
) -> None:
    """An account, its new password, and a ban: each was in no table yet, or was."""
    operators = tmp_path / "operators"
    operators.write_text("root\n")
    path = tmp_path / "chat.sqlite"
    options = ("--flood", "off", "--database", str(path), "--operators", str(operators))
    server = start_server(*options)
    root = server.enter("root")
    root.send(f"REGISTER {PASSWORD}")
    root.expect("* You are logged in as root")
    for round in range(4):
        nick = f"alice{'abcd'[round]}"
        alice = server.enter(nick)
        alice.send("MSG hello", f"REGISTER {PASSWORD}")
        alice.expect(f"* You are logged in as {nick}")
        if round % 2:
            alice.send(f"PASSWD {PASSWORD} {PASSWORD}{round}")
            alice.expect("* Your password is changed")
        root.send(f"BAN spammer{round}")
        root.expect(f"* spammer{round} is banned")
        server.process.kill()
        server.process.wait()
        server = start_server(*options)
        word = f"{PASSWORD}{round}" if round % 2 else PASSWORD
        assert f"* You are logged in as {nick}" in login(server, nick, word)
        spammer = server.connect()
        spammer.send(f"NICK spammer{round}")
        spammer.expect("ERR 465")
        root = server.connect()
        root.send(f"LOGIN root {PASSWORD}")
        root.expect("* You are logged in as root")


def test_operators_come_from_a_file(start_server: StartServer, tmp_path: Path) -> None:
    path = tmp_path / "operators"
    path.write_text("# who may\nRoot # that's me\n\n")
    server = start_server("--operators", str(path), "--flood", "off")
    root, bob = server.enter("root"), server.enter("bob")
    root.send(f"REGISTER {PASSWORD}")
    root.expect("* You are logged in as root")
    bob.send("WHOIS root")
    assert "operator" in bob.expect("* root has been silent")


def test_many_logins_do_not_stop_the_chat(server: Server) -> None:
    alice, bob = server.enter("alice"), server.enter("bob")
    alice.send(f"REGISTER {PASSWORD}")
    alice.expect("* You are logged in as alice")
    sessions = [server.connect() for _ in range(5)]
    for session in sessions:
        session.send(f"LOGIN alice {PASSWORD}")
    bob.send("MSG meanwhile")
    alice.expect("bob: meanwhile")
    for session in sessions:
        session.expect("* You are logged in as alice")
