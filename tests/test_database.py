"""The file: opening it, doing things in its threads, and its older versions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import migrated
from tests.loop import PATIENCE, Loop
from twisted_chat.storage.database import (
    MEMORY,
    Database,
    DatabaseError,
    open_file,
)
from twisted_chat.storage.migrations import LATEST, MIGRATIONS


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture(params=["memory", "file"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, loop: Loop
) -> Iterator[Database]:
    path = MEMORY if request.param == "memory" else str(tmp_path / "chat.sqlite")
    database = Database(path, loop.call)
    database.open()
    yield database
    loop.result(database.close())


def put(connection: sqlite3.Connection, name: str, value: object = None) -> None:
    connection.execute("INSERT INTO meta VALUES (?, ?)", (name, value))


def get(connection: sqlite3.Connection, name: str) -> list[tuple[object]]:
    return list(connection.execute("SELECT value FROM meta WHERE name = ?", (name,)))


# Every database


def test_what_is_run_can_be_read(database: Database, loop: Loop) -> None:
    loop.result(database.run(put, "a", 1))
    loop.result(database.run(put, "b", value=2))
    assert loop.result(database.read(get, "a")) == [(1,)]
    assert loop.result(database.read(get, "b")) == [(2,)]


def test_a_job_that_raises_changes_nothing(database: Database, loop: Loop) -> None:
    def job(connection: sqlite3.Connection) -> None:
        put(connection, "a")
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        loop.result(database.run(job))
    assert loop.result(database.read(get, "a")) == []
    loop.result(database.run(put, "a"))


def test_a_full_disk_is_a_database_error(database: Database, loop: Loop) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        [[pages]] = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}")
        connection.execute("INSERT INTO meta VALUES ('big', zeroblob(1000000))")

    with pytest.raises(DatabaseError, match="disk is full"):
        loop.result(database.run(fill))


def test_a_mistake_in_sql_is_no_fault_of_the_disk(
    database: Database, loop: Loop
) -> None:
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        loop.result(database.run(lambda connection: connection.execute("SELEKT")))


def test_jobs_are_done_in_order(database: Database, loop: Loop) -> None:
    done: list[int] = []

    def job(_: sqlite3.Connection, number: int) -> None:
        done.append(number)

    loop.result([database.run(job, number) for number in range(50)][-1])
    assert done == list(range(50))


# A file


def test_the_file_is_written_in_another_thread(tmp_path: Path, loop: Loop) -> None:
    database = Database(str(tmp_path / "chat.sqlite"), loop.call)
    database.open()
    threads = {
        loop.result(ask(lambda connection: threading.get_ident()))
        for ask in (database.run, database.read, database.search)
    }
    assert len(threads) == 3
    assert threading.get_ident() not in threads
    loop.result(database.close())


def test_a_long_search_holds_nothing_else_up(tmp_path: Path, loop: Loop) -> None:
    database = Database(str(tmp_path / "chat.sqlite"), loop.call)
    database.open()
    others_done = threading.Event()
    searched = database.search(lambda _: others_done.wait(PATIENCE))
    loop.result(database.run(put, "a", 1))
    assert loop.result(database.read(get, "a")) == [(1,)]
    others_done.set()
    assert loop.result(searched)
    loop.result(database.close())


def test_the_file_outlives_the_database(tmp_path: Path, loop: Loop) -> None:
    path = str(tmp_path / "chat.sqlite")
    for name in ("a", "b"):
        database = Database(path, loop.call)
        database.open()
        loop.result(database.run(put, name))
        loop.result(database.close())
    connection = open_file(path)
    assert len([*get(connection, "a"), *get(connection, "b")]) == 2
    connection.close()


def test_what_was_handed_in_is_done_before_it_closes(
    tmp_path: Path, loop: Loop
) -> None:
    path = str(tmp_path / "chat.sqlite")
    database = Database(path, loop.call)
    database.open()
    last = [database.run(put, f"job {number}") for number in range(20)][-1]
    closed = database.close()
    loop.result(last)
    loop.result(closed)
    with pytest.raises(DatabaseError, match="closed"):
        loop.result(database.run(put, "late"))


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    open_file(str(path)).close()
    assert path.stat().st_mode & 0o777 == 0o600


# Files that can't be used


def refusal(path: Path) -> str:
    """What a server says that can't use the file at `path`."""
    with pytest.raises(DatabaseError) as caught:
        Database(str(path)).open()
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    return line


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    path.write_bytes(b"Dear diary, " * 1000)
    assert "is not a database" in refusal(path)
    assert path.read_bytes() == b"Dear diary, " * 1000


def test_a_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()
    assert "another program" in refusal(path)


def test_a_file_of_a_newer_version(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    connection = open_file(str(path))
    connection.execute(f"PRAGMA user_version = {LATEST + 1}")
    connection.close()
    assert "newer" in refusal(path)


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    open_file(str(path)).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    assert "damaged" in refusal(path)


def test_a_locked_file(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    holder = open_file(str(path))
    holder.execute("BEGIN EXCLUSIVE")
    assert "locked" in refusal(path)
    holder.execute("ROLLBACK")
    holder.close()
    Database(str(path)).open()


def test_a_file_that_another_server_uses(tmp_path: Path, loop: Loop) -> None:
    path = tmp_path / "chat.sqlite"
    first = Database(str(path), loop.call)
    first.open()
    assert "another server" in refusal(path)
    loop.result(first.close())
    second = Database(str(path), loop.call)
    second.open()
    loop.result(second.close())


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "nowhere" / "chat.sqlite")


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    path.mkdir()
    assert "can't be opened" in refusal(path)


# Migrations


def test_the_numbers_are_consecutive() -> None:
    assert [step.number for step in MIGRATIONS] == [*range(1, len(MIGRATIONS) + 1)]


def tables(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    return sorted(connection.execute("SELECT name, sql FROM sqlite_master"))


@pytest.mark.parametrize("version", range(1, LATEST))
def test_a_file_of_an_older_version_is_upgraded(tmp_path: Path, version: int) -> None:
    path = str(tmp_path / "old.sqlite")
    with migrated(Path(path), version) as old:
        put(old, "kept", "yes")
    upgraded, new = open_file(path), open_file(str(tmp_path / "new.sqlite"))
    assert tables(upgraded) == tables(new)
    assert get(upgraded, "kept") == [("yes",)]
    assert list(upgraded.execute("PRAGMA user_version")) == [(LATEST,)]
    upgraded.close()
    new.close()
