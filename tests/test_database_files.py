"""The database's files are deleted or replaced under a server that has them open."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.loop import PATIENCE, Loop
from twisted_chat.storage.database import Database, DatabaseError, files, open_file


class Opened:
    """A database that a server has open, with something in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.loop = Loop()
        self.database = Database(str(path), self.loop.call)
        self.database.open()
        self.loop.result(self.database.run(put, "ours"))

    def check(self) -> str:
        found: str = self.loop.result(self.database.check_files())
        return found

    def close(self) -> None:
        self.loop.result(self.database.close())


def put(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("INSERT INTO meta VALUES (?, 1)", (name,))


def names(path: Path) -> set[str]:
    """What `put` has put into the file at `path`, its log included."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM meta WHERE value = 1")
        return {name for [name] in rows}


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return Opened(tmp_path / "chat.sqlite")


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-server"])
def test_what_was_deleted_is_there_again(opened: Opened, suffix: str) -> None:
    assert opened.check() == ""
    Path(f"{opened.path}{suffix}").unlink()
    assert f"{opened.path}{suffix} had been deleted" in opened.check()
    opened.loop.result(opened.database.run(put, "more"))
    assert opened.check() == ""
    opened.close()
    assert names(opened.path) == {"ours", "more"}


def test_another_database_keeps_its_log(opened: Opened, tmp_path: Path) -> None:
    other, copy = tmp_path / "other.sqlite", tmp_path / "copy"
    with closing(open_file(str(other))) as connection:
        put(connection, "theirs")
        # At its end SQLite brings the log into the file.
        for suffix in ("", "-wal"):
            shutil.copy(f"{other}{suffix}", copy)
            copy.rename(f"{opened.path}{suffix}")
    aside = Path(f"{opened.path}-found-1")
    assert f"what was there is now {aside}" in opened.check()
    opened.close()
    assert names(aside) == {"theirs"}
    assert names(opened.path) == {"ours"}


@pytest.mark.parametrize("replaced", [False, True])
def test_our_own_log_goes_with_the_file_it_was_of(
    tmp_path: Path, replaced: bool
) -> None:
    path, part = tmp_path / "chat.sqlite", tmp_path / "part"
    log = Path(f"{path}-wal")
    for each in (path, log, part):
        each.write_text(f"our {each.name}")
    ours = files.identities(str(path))
    if replaced:
        (tmp_path / "new").write_text("theirs")
        (tmp_path / "new").rename(path)
    aside = files.put_in_place(str(part), str(path), ours)
    assert path.read_text() == "our part"
    assert not log.exists()
    assert bool(aside) == replaced
    assert not Path(f"{aside}-wal").exists()


def descriptors(path: str) -> int:
    """How many of this process are of the file that is or was at `path`."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:
            continue
    return sum(name.removesuffix(" (deleted)") == path for name in found)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_one_lock_is_held_whatever_becomes_of_its_file(opened: Opened) -> None:
    lock = f"{opened.path}-server"
    for _ in range(3):
        Path(lock).unlink()
        opened.check()
        assert descriptors(lock) == 1
        with pytest.raises(DatabaseError, match="another server"):
            Database(str(opened.path)).open()
    opened.close()
    assert descriptors(lock) == 0


def test_it_closes_after_it_has_put_the_files_back(opened: Opened) -> None:
    go_on = threading.Event()
    busy = opened.database.run(lambda _: go_on.wait(PATIENCE))
    opened.path.unlink()
    checked = opened.database.check_files()
    # Behind the reader's look at the files, which is handed on to the writer.
    opened.loop.result(opened.database.read(lambda _: None))
    closed = opened.database.close()
    go_on.set()
    opened.loop.result(busy)
    assert "written anew" in opened.loop.result(checked)
    opened.loop.result(closed)
    assert names(opened.path) == {"ours"}
