"""What is written in private, on real servers: kept, waiting, and nobody else's."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.databases import migrated

from .cluster import Cluster
from .conftest import StartServer
from .support import PATIENCE, Client, Server, wait_for

PASSWORD = "correct-horse"


def register(server: Server, nick: str) -> Client:
    client = server.enter(nick)
    client.send(f"REGISTER {PASSWORD}")
    client.expect(f"logged in as {nick}")
    return client


def login(server: Server, nick: str) -> Client:
    client = server.connect()
    client.send(f"LOGIN {nick} {PASSWORD}")
    client.expect(f"logged in as {nick}")
    return client


def admin(path: Path, *words: str) -> list[str]:
    program = "from twisted_chat.admin import main; main()"
    done = subprocess.run(
        (sys.executable, "-c", program, "--database", str(path), *words),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return (done.stdout + done.stderr).splitlines()


def texts(lines: list[str]) -> list[str]:
    return [line.rsplit(": ", 1)[-1] for line in lines if "] " in line]


def test_it_is_there_after_a_sudden_end(
    start_server: StartServer, tmp_path: Path
) -> None:
    """What is kept, what waits, who stays, what is read, who is ignored."""
    path = tmp_path / "chat.sqlite"
    options = ("--flood", "off", "--database", str(path))
    server = start_server(*options)
    alice, bob = register(server, "alice"), register(server, "bob")
    bob.send("JOIN #dev", "STAY on", "PRIV alice hello", "IGNORE nobody")
    alice.expect("PRIV bob: hello")
    bob.close()
    alice.send("JOIN #dev", "WHO #dev")
    alice.expect("bob (away)")
    alice.send("PRIV bob one", "PRIV bob two", "READ @bob 2")
    alice.expect("bob is away")
    alice.expect("bob is away")
    alice.sync()
    server.process.kill()
    server.process.wait()
    server = start_server(*options)
    alice = login(server, "alice")
    alice.send("WHOIS bob", "HISTORY @bob", "UNREAD")
    alice.expect("with you in #lobby, away: away")
    assert texts(alice.sync()) == ["hello", "one", "two"]
    bob = login(server, "bob")
    assert texts(bob.sync()) == ["one", "two"]
    bob.close()
    bob = login(server, "bob")
    assert texts(bob.sync()) == []
    server.stop()


def test_export_has_it_for_one_account_and_the_audit_says_so(
    start_server: StartServer, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sqlite"
    server = start_server("--flood", "off", "--database", str(path))
    alice, bob, carol = (register(server, nick) for nick in ("alice", "bob", "carol"))
    alice.send("PRIV bob secret", "MSG public")
    bob.expect("secret")
    carol.expect("public")
    wait_for(lambda: "public" in str(admin(path, "export")), "the tables")
    assert "secret" not in str(admin(path, "export"))
    assert admin(path, "export", "--private", "carol") == []
    [line] = admin(path, "export", "--private", "bob")
    assert line.endswith(" @alice alice: secret")
    assert admin(path, "export", "--private", "dora") == [
        "twisted-chat-admin: dora is not registered"
    ]
    server.stop()
    assert len(admin(path, "export", "--private", "alice")) == 1
    audit = [line.split(maxsplit=1)[1] for line in admin(path, "audit")]
    assert audit == [f"admin EXPORT {nick}" for nick in ("carol", "bob", "alice")]
    for log in tmp_path.rglob("*.log"):
        assert "secret" not in log.read_text()
    assert "secret" not in server.log()


def test_a_file_of_an_earlier_version_keeps_nothing_until_told(
    start_server: StartServer, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 7) as old:
        old.execute("INSERT INTO rooms VALUES (1, '#dev', '#Dev', 7)")
    options = ("--flood", "off", "--database", str(path))
    for option, kept in ((), False), (("--private", "on"), True), ((), True):
        server = start_server(*options, *option)
        nick = f"n{len(option)}{kept}"
        alice, bob = register(server, f"a{nick}"), register(server, f"b{nick}")
        alice.send(f"PRIV b{nick} psst", f"HISTORY @b{nick}")
        bob.expect("psst")
        assert bool(texts(alice.sync())) is kept
        server.stop()
    server = start_server(*options, "--private", "off")

    def left() -> int:
        with closing(sqlite3.connect(path)) as file:
            [[count]] = file.execute("SELECT count(*) FROM messages")
            return int(count)

    wait_for(lambda: not left(), "what was kept to be deleted")
    server.stop()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server")
    cluster = Cluster(tmp_path, "a", "b")
    try:
        yield cluster
        cluster.stop()
    finally:
        cluster.close()


def test_two_servers_have_the_same_conversations(cluster: Cluster) -> None:
    """Also one that comes up with nothing."""
    alice = register(cluster.nodes["a"], "alice")
    bob = register(cluster.nodes["b"], "bob")
    alice.send("PRIV bob one")
    bob.expect("PRIV alice: one")
    bob.send("PRIV alice two", "STAY on", "READ @alice", "JOIN #dev")
    alice.expect("PRIV bob: two")
    bob.close()
    wait_for(lambda: "away" in whois(alice, "bob"), "bob to be away")
    alice.send("PRIV bob three")
    alice.expect("bob is away")
    carol = register(cluster.nodes["b"], "carol")
    carol.send("HISTORY @bob", "SEARCH two", "SEARCH three")
    assert not [line for line in carol.sync() if "] " in line]
    cluster.start("c")
    bob = login(cluster.nodes["c"], "bob")
    bob.send("HISTORY @alice", "UNREAD")
    shown = bob.sync()
    assert [line for line in shown if line.endswith("PRIV alice: three")]
    assert texts([x for x in shown if "@alice " in x]) == ["one", "two", "three"]
    assert [line for line in shown if line.startswith("* @alice: 1 unread")]
    bob.send("FORGET alice")
    alice.expect("bob has deleted the conversation @bob")
    for node in "abc":
        reader = login(cluster.nodes[node], "alice")
        reader.send("HISTORY @bob", "SEARCH one")
        assert not [line for line in reader.sync() if "] " in line]


def whois(client: Client, nick: str) -> str:
    client.send(f"WHOIS {nick}")
    return client.expect(f"* {nick} has been silent")
