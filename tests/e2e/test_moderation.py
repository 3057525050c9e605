"""What is decided outlives the server, and holds at every door."""

from __future__ import annotations

import sys
from pathlib import Path

from .conftest import StartServer
from .support import Client, Server, run_tool

PASSWORD = "correct-horse"


def admin(database: Path, *arguments: str) -> str:
    result = run_tool(
        sys.executable,
        "-c",
        "from twisted_chat.admin import main; main()",
        "--database",
        str(database),
        *arguments,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.decode()


def login(server: Server, nick: str) -> Client:
    client = server.connect()
    client.send(f"LOGIN {nick} {PASSWORD}")
    client.expect(f"* You are logged in as {nick}")
    return client


def test_decisions_outlive_the_server(
    start_server: StartServer, tmp_path: Path
) -> None:
    database = tmp_path / "chat.sqlite"
    options = ("--flood", "off", "--database", str(database))
    server = start_server(*options)
    root = server.enter("root")
    root.send(f"REGISTER {PASSWORD}", "ANNOUNCE hi")
    root.expect("ERR 481")
    assert "root is an operator" in admin(database, "operator", "add", "root")
    root.expect("* You are an operator now")
    bob = server.enter("bob")
    root.send("BAN bob 1d spam", "MUTE carol", "JOIN #dev", "ROOM key hush")
    root.send("TOPIC work", "ROOM #dev")
    root.expect("key hush")
    bob.expect("ERR 465 You are banned until")
    assert bob.rest() == []
    server.stop()
    server = start_server(*options)
    bob = server.connect()
    bob.send("NICK bob")
    assert "spam" in bob.expect("ERR 465")
    carol = server.enter("carol")
    carol.send("MSG hi", "JOIN #dev", "JOIN #dev hush")
    carol.expect("ERR 404")
    carol.expect("ERR 475")
    carol.expect("* #dev is about: work (root)")
    root = login(server, "root")
    root.send("UNMUTE carol", "KICK carol bye")
    carol.expect("* carol was kicked out of the chat by root (bye)")
    assert carol.rest() == []
    audit = admin(database, "audit")
    for words in ("root BAN bob", "root MUTE carol", "root KICK carol (bye)"):
        assert words in audit
    assert "audit: root KICK" in server.log()


def test_nobody_locks_everyone_out(start_server: StartServer, tmp_path: Path) -> None:
    operators = tmp_path / "operators"
    operators.write_text("root\n")
    server = start_server("--operators", str(operators), "--flood", "off")
    root = server.enter("root")
    root.send(f"REGISTER {PASSWORD}", "BAN 0.0.0.0/0", "BAN 127.0.0.1", "BAN root")
    for _ in range(3):
        root.expect("ERR 481")
    server.enter("bob")


def test_a_locked_room_outlives_its_owner(
    start_server: StartServer, tmp_path: Path
) -> None:
    database = tmp_path / "chat.sqlite"
    options = ("--flood", "off", "--database", str(database))
    server = start_server(*options)
    alice, carol = server.enter("alice"), server.enter("carol")
    alice.send(f"REGISTER {PASSWORD}", "JOIN #dev", "MSG psst", "ROOM lock")
    alice.expect("* #dev is locked")
    carol.send(f"REGISTER {PASSWORD}", "JOIN #ops", "MSG psst", "ROOM lock", "QUIT")
    carol.expect("* #ops is locked")
    admin(database, "account", "remove", "alice")
    alice.expect("* You are logged out")
    alice.send("QUIT")
    thief = server.enter("alice")
    thief.send(f"REGISTER {PASSWORD}", "JOIN #dev")
    thief.expect("* You are logged in as alice")
    thief.expect("ERR 473")
    server.stop()
    admin(database, "account", "remove", "carol")
    server = start_server(*options)
    for nick, room in (("carol", "#ops"), ("bob", "#dev")):
        thief = server.enter(nick)
        thief.send(f"REGISTER {PASSWORD}", f"JOIN {room}", f"HISTORY {room}")
        thief.expect("ERR 473")
        thief.expect("ERR 403")
    thief = login(server, "alice")
    thief.send("JOIN #dev")
    thief.expect("ERR 473")
    assert "alice OWNER #dev -alice" in admin(database, "audit")
