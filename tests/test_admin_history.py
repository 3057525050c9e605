"""twisted-chat-admin export, check, backup."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.databases import migrated
from twisted_chat.admin import main
from twisted_chat.history import tables
from twisted_chat.storage.accounts import Account
from twisted_chat.storage.accounts_sqlite import put_account
from twisted_chat.storage.database import connect, open_file
from twisted_chat.storage.migrations import LATEST
from twisted_chat.storage.purges import purges

NOW = time.time()
MESSAGES = (
    (1, 1, 1, NOW - 90_000, 0, "alice", "long ago", 0, 0),
    (2, 2, 1, NOW - 600, 0, "bob", "hello \u2603", -5, 0),
    (3, 1, 2, NOW - 300, 1, "alice", "waves", 7, 0),
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "chat.sqlite")
    with closing(open_file(path)) as connection:
        rooms = [(1, "#lobby", "#lobby", 0.0), (2, "#dev", "#Dev", 0.0)]
        tables.insert(connection, rooms, [value for row in MESSAGES for value in row])
    return path


def run(capsys: pytest.CaptureFixture[str], path: str, *arguments: str) -> list[str]:
    """The lines that the command prints."""
    main(["--database", path, *arguments])
    return capsys.readouterr().out.splitlines()


def refused(path: str, *arguments: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main(["--database", path, *arguments])
    line = str(caught.value.code)
    assert line.startswith("twisted-chat-admin: ")
    assert "\n" not in line
    return line


def test_topics_are_exported(capsys: pytest.CaptureFixture[str], path: str) -> None:
    with closing(connect(path)) as connection, connection:
        now = time.time()
        rows = [
            (4, 1, 3, now, 3, "bob", "cats", 7, 0),
            (5, 2, 2, now, 3, "bob", "", 7, 0),
        ]
        tables.insert(connection, [], [value for row in rows for value in row])
    lines = run(capsys, path, "export", "--since", "1min")
    assert [line.split(" ", 1)[1] for line in lines] == [
        "* #lobby is about: cats (bob)",
        "* #Dev has no topic (bob)",
    ]
    lines = run(capsys, path, "export", "--since", "1min", "--format", "json")
    found = [json.loads(line) for line in lines]
    assert [(each["event"], each["topic"]) for each in found] == [
        ("topic", "cats"),
        ("topic", ""),
    ]


def test_export_as_text(capsys: pytest.CaptureFixture[str], path: str) -> None:
    lines = run(capsys, path, "export")
    assert [line.split(" ", 1)[1] for line in lines] == [
        "#lobby alice: long ago",
        "#Dev bob: hello \u2603",
        "#lobby * alice waves",
    ]
    assert all(line[:4].isdecimal() and line[23] == "Z" for line in lines)


def test_export_for_a_program(capsys: pytest.CaptureFixture[str], path: str) -> None:
    events = [
        json.loads(line) for line in run(capsys, path, "export", "--format", "json")
    ]
    assert [event["event"] for event in events] == ["message", "message", "action"]
    assert [event["id"] for event in events] == [1, 1, 2]
    assert [event["room"] for event in events] == ["#lobby", "#Dev", "#lobby"]


def test_export_some(capsys: pytest.CaptureFixture[str], path: str) -> None:
    assert len(run(capsys, path, "export", "--room", "#DEV")) == 1
    assert len(run(capsys, path, "export", "--since", "1h")) == 2
    assert run(capsys, path, "export", "--since", "8m", "--room", "#dev") == []
    assert "#nowhere" in refused(path, "export", "--room", "#nowhere")


def test_check_a_sound_file(capsys: pytest.CaptureFixture[str], path: str) -> None:
    with closing(connect(path)) as connection:
        tables.index(connection, 2)
    [line] = run(capsys, path, "check")
    assert "is sound: 3 messages in 2 rooms, 0 accounts" in line


def test_check_a_damaged_file(path: str) -> None:
    with closing(connect(path)) as connection:
        many = [(i, 1, i, NOW, 0, "alice", "word " * 50, 0, 0) for i in range(10, 500)]
        tables.insert(connection, [], [value for row in many for value in row])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # So that SQLite doesn't find out when it opens the file.
        [[page]] = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'messages_by_id'"
        )
        [[size]] = connection.execute("PRAGMA page_size")
    data = bytearray(Path(path).read_bytes())
    data[(page - 1) * size + 200 : page * size] = b"\xff" * (size - 200)
    Path(path).write_bytes(data)
    assert "damaged" in refused(path, "check")


def test_check_finds_strays(capsys: pytest.CaptureFixture[str], path: str) -> None:
    with closing(connect(path)) as connection:
        tables.insert(connection, [], [9, 77, 1, NOW, 0, "alice", "lost", 0, 0])
    assert "damaged" in refused(path, "check")
    assert "1 messages are in no room" in capsys.readouterr().out


def test_backup_while_it_is_written(
    capsys: pytest.CaptureFixture[str], path: str, tmp_path: Path
) -> None:
    out = str(tmp_path / "copy.sqlite")
    with closing(connect(path)) as server:
        server.execute("BEGIN IMMEDIATE")
        tables.insert(server, [], [4, 1, 3, NOW, 0, "alice", "not committed", 0, 0])
        server.execute("COMMIT")
        run(capsys, path, "backup", out)
        tables.insert(server, [], [5, 1, 4, NOW, 0, "alice", "too late", 0, 0])
    assert len(run(capsys, out, "export")) == 4
    assert "sound" in run(capsys, out, "check")[0]
    assert Path(out).stat().st_mode & 0o777 == 0o600


def test_backup_overwrites_nothing(path: str, tmp_path: Path) -> None:
    out = tmp_path / "copy.sqlite"
    out.write_text("precious")
    assert "exists already" in refused(path, "backup", str(out))
    assert out.read_text() == "precious"
    nowhere = str(tmp_path / "nowhere" / "copy.sqlite")
    assert "No such file" in refused(path, "backup", nowhere)


# Files of older versions


@pytest.mark.parametrize("version", range(1, LATEST))
def test_an_older_file_stays_as_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, version: int
) -> None:
    path, out = tmp_path / "old.sqlite", tmp_path / "copy.sqlite"
    with migrated(path, version) as old:
        old.execute("INSERT INTO rooms (key, name) VALUES ('#lobby', '#lobby')")
        old.execute(
            """INSERT INTO messages (serial, room, id, at, kind, nick, text)
                VALUES (1, 1, 1, ?, 0, 'alice', 'hello')""",
            (NOW,),
        )
    before = path.read_bytes()
    assert "sound: 1 messages in 1 rooms" in run(capsys, str(path), "check")[0]
    assert "alice: hello" in run(capsys, str(path), "export")[0]
    run(capsys, str(path), "backup", str(out))
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [out, path]
    with closing(sqlite3.connect(out)) as copy:
        assert list(copy.execute("PRAGMA user_version")) == [(version,)]


def test_what_changes_an_older_file_says_that_it_is_upgraded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "old.sqlite"
    with migrated(path, LATEST - 1):
        pass
    main(["--database", str(path), "operator", "list"])
    said = f"{path} was upgraded from version {LATEST - 1} to {LATEST}\n"
    assert capsys.readouterr().err == said


def test_an_empty_file_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite"
    path.touch()
    for command in (["check"], ["export"], ["backup", str(tmp_path / "copy")]):
        assert "is empty" in refused(str(path), *command)
    assert path.read_bytes() == b""


@pytest.fixture
def private(path: str) -> str:
    """A file that has a conversation of alice's and bob's."""
    with closing(connect(path)) as connection, connection:
        for number, nick in ((7, "alice"), (9, "bob"), (11, "carol")):
            put_account(connection, Account(nick, "hash", number=number))
        keys = ("@7,9", "@7,9,11", "@11")
        rooms = [(number, key, key, 0.0) for number, key in enumerate(keys, 3)]
        values = (
            (4, 3, 1, NOW - 200, 0, "alice", "psst", 7, 0),
            (5, 4, 1, NOW - 100, 0, "bob", "both of you", 9, 0),
            (6, 5, 1, NOW - 50, 0, "carol", "a note", 11, 0),
        )
        tables.insert(connection, rooms, [value for row in values for value in row])
    return path


def test_export_has_private_words_of_one_account_only(
    capsys: pytest.CaptureFixture[str], private: str
) -> None:
    lines = run(capsys, private, "export")
    assert [line.split(" ", 1)[1] for line in lines] == [
        "#lobby alice: long ago",
        "#Dev bob: hello \u2603",
        "#lobby * alice waves",
    ]
    for account, expected in (
        ("Alice", ["@bob alice: psst", "@bob,carol bob: both of you"]),
        ("carol", ["@alice,bob bob: both of you", "@carol carol: a note"]),
    ):
        lines = run(capsys, private, "export", "--private", account)
        assert [line.split(" ", 1)[1] for line in lines] == expected
    [line, _] = run(capsys, private, "export", "--private", "bob", "--format", "json")
    event = json.loads(line)
    assert (event["with"], event["nick"], event["text"]) == ("alice", "alice", "psst")
    audit = [line.split(" ", 1)[1] for line in run(capsys, private, "audit")]
    assert audit == [f"admin EXPORT {nick}" for nick in ("Alice", "carol", "bob")]


@pytest.mark.parametrize(
    "words",
    [
        ("--private", "nobody"),
        ("--private", "7"),
        ("--private", "@7,9"),
        ("--private", ""),
        ("--room", "@7,9"),
        ("--room", "@bob"),
    ],
)
def test_nobody_exports_a_conversation_by_its_key(
    words: tuple[str, str], private: str, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(private, "export", *words)
    assert run(capsys, private, "audit") == []


def test_check_counts_conversations_apart(
    capsys: pytest.CaptureFixture[str], private: str
) -> None:
    with closing(connect(private)) as connection:
        tables.index(connection, 9)
    [line] = run(capsys, private, "check")
    assert "6 messages in 2 rooms and 3 private conversations, 3 accounts" in line


def test_an_older_file_has_no_private_words(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    with migrated(path, 7) as old:
        old.execute("INSERT INTO rooms VALUES (1, '#dev', '#Dev', 7)")
    assert "older" in refused(str(path), "export", "--private", "alice")


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("alice",), ["hello \u2603", "both of you", "a note"]),
        (
            ("alice", "--room", "#LOBBY"),
            ["hello \u2603", "psst", "both of you", "a note"],
        ),
        # What a guest said under the nick that is an account's is the guest's.
        (("bob",), ["long ago", "hello \u2603", "waves", "psst", "a note"]),
        (
            ("nobody",),
            ["long ago", "hello \u2603", "waves", "psst", "both of you", "a note"],
        ),
    ],
)
def test_purge(
    capsys: pytest.CaptureFixture[str],
    private: str,
    words: tuple[str, ...],
    left: list[str],
) -> None:
    assert "add --yes" in refused(private, "purge", *words)
    said = run(capsys, private, "purge", *words, "--yes")
    assert said == [f"all that {words[0]} wrote is deleted"]
    with closing(connect(private)) as connection:
        found = connection.execute("SELECT text FROM messages ORDER BY serial")
        assert [text for (text,) in found] == left
        [purge] = purges(connection)
        assert purge.nick == words[0], "a server that starts looks at what it recovers"
    [audit] = run(capsys, private, "audit")
    assert audit.split(" ", 1)[1].startswith("admin PURGE")


def test_purge_only_what_is_new(
    capsys: pytest.CaptureFixture[str], private: str
) -> None:
    run(capsys, private, "purge", "alice", "--since", "150s", "--yes")
    with closing(connect(private)) as connection:
        found = connection.execute("SELECT text FROM messages ORDER BY serial")
        assert "psst" in [text for (text,) in found]


def test_purge_leaves_no_word_in_the_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Neither in the tables nor in the index of words."""
    path = tmp_path / "chat.sqlite"
    with closing(open_file(str(path))) as connection:
        values: list[object] = []
        for n in range(1, 301):
            nick, text = ("alice", f"quartz{n}") if n % 3 else ("bob", f"feldspar{n}")
            values += (n, 1, n, NOW, 0, nick, text, 0, 0)
        tables.insert(connection, [(1, "#a", "#a", 0.0)], values)
        while tables.index(connection, 50):
            pass
    assert b"quartz" in path.read_bytes()
    run(capsys, str(path), "purge", "alice", "--yes")
    assert b"quartz" not in path.read_bytes()
    assert b"feldspar" in path.read_bytes()
