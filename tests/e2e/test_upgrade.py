"""A file that an earlier server wrote, opened by this one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from twisted_chat.storage.migrations import LATEST

from ..databases import PASSWORD, ROOT, stored, unpack
from .conftest import StartServer
from .support import Client, Server

# Version 1 was in use for some minutes only, and kept nothing yet.
VERSIONS = range(2, LATEST + 1)
KEPT_HISTORY = 3
KEPT_BANS = 3


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture
def upgraded(version: int, start_server: StartServer, tmp_path: Path) -> Server:
    path = tmp_path / "chat.sqlite"
    unpack(version, path)
    operators = tmp_path / "operators"
    operators.write_text(f"{ROOT}\n")
    return start_server("--database", str(path), "--operators", str(operators))


def login(server: Server, nick: str) -> Client:
    client = server.connect()
    client.send(f"LOGIN {nick} {PASSWORD}")
    client.expect(f"You are logged in as {nick}")
    client.sync()
    return client


def test_there_is_a_file_of_each_version() -> None:
    missing = [version for version in VERSIONS if not stored(version).exists()]
    assert not missing, "python -m tests.databases, at the last commit of that version"


def test_everything_is_there(version: int, upgraded: Server, tmp_path: Path) -> None:
    told = f"was upgraded from version {version} to {LATEST}"
    alice = login(upgraded, "alice")
    assert (told in upgraded.log()) == (version < LATEST)
    if version >= KEPT_HISTORY:
        alice.send("HISTORY")
        alice.expect("] alice: hello from an older server")
        alice.expect("] * bob waves")
        alice.send("JOIN #dev")
        alice.expect("#Dev bob: café")
        alice.send("SEARCH déjà")
        alice.expect("] #Dev/1 bob: café and déjà vu")
    if version >= KEPT_BANS:
        alice.send("TOPIC #dev", "ROOM #dev limit 8")
        alice.expect("#Dev is about: what we build")
        alice.expect("#Dev takes 8 people")
        root = login(upgraded, ROOT)
        root.send("BANS")
        root.expect("mallory")
        root.expect("192.0.2.0/24")
    alice.send("JOIN #lobby", "MSG and the first word here")
    alice.sync()
    upgraded.stop()
    with sqlite3.connect(tmp_path / "chat.sqlite") as connection:
        assert list(connection.execute("PRAGMA user_version")) == [(LATEST,)]
        found = connection.execute("SELECT text FROM messages ORDER BY serial")
        assert [text for [text] in found][-1] == "and the first word here"
        assert list(connection.execute("PRAGMA integrity_check")) == [("ok",)]
