"""twisted-chat-admin operator, audit."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path

import pytest

from twisted_chat.admin import main
from twisted_chat.storage.database import connect, open_file
from twisted_chat.storage.moderation import AuditEntry
from twisted_chat.storage.moderation_sqlite import add_audit_entry
from twisted_chat.storage.passwords import Passwords


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "chat.sqlite")
    with closing(open_file(path)) as connection:
        for nick in ("Alice", "bob"):
            connection.execute(
                "INSERT INTO accounts (key, nick, hash, operator, created, number) "
                "VALUES (?, ?, 'h', 0, 1.0, 7)",
                (nick.lower(), nick),
            )
    return path


def run(capsys: pytest.CaptureFixture[str], path: str, *arguments: str) -> list[str]:
    """The lines that the command prints."""
    main(["--database", path, *arguments])
    return capsys.readouterr().out.splitlines()


def test_operators(capsys: pytest.CaptureFixture[str], path: str) -> None:
    assert run(capsys, path, "operator", "list") == []
    assert run(capsys, path, "operator", "add", "alice") == ["alice is an operator"]
    run(capsys, path, "operator", "add", "bob")
    assert run(capsys, path, "operator", "list") == ["Alice", "bob"]
    run(capsys, path, "operator", "remove", "BOB")
    assert run(capsys, path, "operator", "list") == ["Alice"]
    audit = run(capsys, path, "audit")
    assert [line.split(" ", 1)[1] for line in audit] == [
        "admin OPERATOR alice",
        "admin OPERATOR bob",
        "admin UNOPERATOR BOB",
    ]


@pytest.mark.parametrize("action", ["add", "remove"])
def test_a_guest_is_no_operator(path: str, action: str) -> None:
    with pytest.raises(SystemExit, match="carol is not registered"):
        main(["--database", path, "operator", action, "carol"])


def test_another_password(
    capsys: pytest.CaptureFixture[str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(connect(path)) as connection:
        connection.execute("INSERT INTO certificates VALUES ('aa', 'alice')")
        connection.execute("INSERT INTO certificates VALUES ('bb', 'bob')")
        connection.execute("INSERT INTO networks VALUES (1, 'alice', x'01')")
        connection.execute("INSERT INTO networks VALUES (2, 'bob', x'02')")
    monkeypatch.setattr("sys.stdin", io.StringIO("new-secret\n"))
    assert run(capsys, path, "account", "password", "alice") == [
        "alice has another password"
    ]
    with closing(connect(path)) as connection:
        [[hash]] = connection.execute("SELECT hash FROM accounts WHERE key = 'alice'")
        left = connection.execute("SELECT fingerprint FROM certificates").fetchall()
        networks = connection.execute("SELECT key FROM networks").fetchall()
    assert (left, networks) == ([("bb",)], [("bob",)])
    assert Passwords()._verify(hash, b"new-secret")
    assert "new-secret" not in str(run(capsys, path, "audit"))
    for nick, password, why in (("alice", "x", "6 to"), ("carol", "long-one", "not")):
        monkeypatch.setattr("sys.stdin", io.StringIO(password))
        with pytest.raises(SystemExit, match=why):
            main(["--database", path, "account", "password", nick])


def test_taking_an_account_away(capsys: pytest.CaptureFixture[str], path: str) -> None:
    assert run(capsys, path, "account", "remove", "ALICE") == [
        "ALICE is not registered any more"
    ]
    with pytest.raises(SystemExit, match="not registered"):
        main(["--database", path, "account", "remove", "alice"])


def test_audit(capsys: pytest.CaptureFixture[str], path: str) -> None:
    entries = [
        AuditEntry(1.0, "root", "KICK", "", "bob", "rude"),
        AuditEntry(4e9, "alice", "ROOM", "#dev", "locked", "on"),
    ]
    with closing(connect(path)) as connection:
        for entry in entries:
            add_audit_entry(connection, entry)
    assert run(capsys, path, "audit") == [
        "1970-01-01T00:00:01.000Z root KICK bob (rude)",
        "2096-10-02T07:06:40.000Z alice ROOM #dev locked (on)",
    ]
    assert len(run(capsys, path, "audit", "--since", "1d")) == 1
    assert len(run(capsys, path, "audit", "--last", "1")) == 1
    [first, _] = run(capsys, path, "audit", "--format", "json")
    assert json.loads(first) == {
        "at": "1970-01-01T00:00:01.000Z",
        "by": "root",
        "what": "KICK",
        "room": "",
        "target": "bob",
        "reason": "rude",
    }


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="there is no file"):
        main(["--database", str(tmp_path / "nothing"), "audit"])


def test_another_file(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("not a database, but long enough to have a header" * 100)
    with pytest.raises(SystemExit, match="is not a database"):
        main(["--database", str(path), "audit"])
