"""What a history has after a restart, and after a sudden end."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock

from tests.histories import START, ThreadBox, box, make, threads, with_spool
from tests.loop import PATIENCE, Loop
from twisted_chat.events import Ban
from twisted_chat.history import tables
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.history.tables import pages
from twisted_chat.storage.accounts import Account
from twisted_chat.storage.accounts_sqlite import all_accounts
from twisted_chat.storage.database import (
    Database,
    DatabaseError,
    errors,
)
from twisted_chat.storage.moderation import AuditEntry, RoomRecord
from twisted_chat.storage.moderation_sqlite import (
    all_bans,
    all_rooms,
    last_audit_entries,
)
from twisted_chat.storage.spool import FRESH
from twisted_chat.storage.writes import (
    AddAuditEntry,
    DropRoom,
    PutAccount,
    PutBan,
    PutRoom,
)

__all__ = ["box", "make", "threads"]


# A restart


def test_all_is_there_after_a_restart(threads: ThreadBox) -> None:
    for number in range(30):
        threads.say("#Dev", f"word {number}")
        threads.turn()
    threads.restart()
    history = threads.history
    assert threads.last_ids == {"#dev": 30}
    assert len(threads.texts(history.latest("#dev", 100))) == 30
    tail = history.open("#dev")
    assert tail.complete
    assert [m.text for m in tail.messages] == [f"word {n}" for n in range(10, 30)]
    assert threads.say("#dev", "next").id == 31
    threads.turn()
    assert threads.found(["#dev"], "word next*") == []
    assert threads.found(["#dev"], "next") == ["next"]


@pytest.mark.parametrize("indexed", [True, False])
def test_the_latest_ids_are_with_the_rooms(threads: ThreadBox, indexed: bool) -> None:
    """They are known although the messages are not looked at, or are gone."""
    for room in ("#a", "#b", "@1,2", "#a"):
        threads.say(room, "word")
        threads.turn()
    if indexed:
        threads.wait()
        erased = "UPDATE messages SET id = -serial"
        threads.loop.result(threads.database.run(lambda c: c.execute(erased) and None))
    threads.restart()
    assert threads.last_ids == {"#a": 2, "#b": 1, "@1,2": 1}


def test_of_a_quiet_room_more_has_to_be_asked_for(
    threads: ThreadBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("#quiet", "#new", "#quiet", "#dev", "#dev", "#dev", "#new"):
        threads.say(room, "word")
        threads.turn()
    monkeypatch.setattr(pages, "LOOKED_AT", 5)
    threads.restart()
    tails = {room: threads.history.open(room) for room in ("#quiet", "#new", "#dev")}
    assert {room: len(tail.messages) for room, tail in tails.items()} == {
        "#quiet": 1,
        "#new": 1,
        "#dev": 3,
    }
    assert [tail.complete for tail in tails.values()] == [False, False, True]


def test_a_room_opened_before_loading_is_filled(threads: ThreadBox) -> None:
    threads.say("#lobby", "one")
    threads.turn()
    threads.close()
    threads.database = threads.make_database()
    history = SqliteHistory(threads.database, threads.clock, print)
    tail = history.open("#lobby")
    threads.database.load(history.load)
    assert [message.text for message in tail.messages] == ["one"]
    threads.history = history


# A sudden end


def test_what_was_in_the_spool_is_there_after_a_crash(threads: ThreadBox) -> None:
    with_spool(threads, "one", "two", "three", "four", "five", "six")
    for _ in range(2):
        threads.crash()
        history = threads.history
        assert threads.texts(history.latest("#dev", 9)) == [
            "one",
            "two",
            "four",
            "five",
        ]
        assert threads.texts(history.latest("#new", 9)) == ["three", "six"]
        assert threads.last_ids == {"#dev": 4, "#new": 2}
        assert [m.text for m in history.open("#new").messages] == ["three", "six"]
        assert threads.found(["#new"], "six") == ["six"]
    assert threads.say("#dev", "seven").id == 5
    threads.turn()
    threads.restart()
    assert len(threads.texts(threads.history.latest("#dev", 9))) == 5


def test_a_crash_after_the_commit_doubles_nothing(threads: ThreadBox) -> None:
    with_spool(threads, "one", "two", "three")
    spool = Path(f"{threads.path}-spool")
    before = spool.read_bytes()
    threads.clock.advance(1)
    while threads.history.recorder.unwritten:
        threads.loop.result(threads.database.run(lambda connection: None))
    spool.write_bytes(before)
    threads.crash()
    assert threads.texts(threads.history.latest("#dev", 9)) == ["one", "two"]
    assert threads.texts(threads.history.latest("#new", 9)) == ["three"]


@pytest.mark.parametrize("committed", [False, True])
def test_what_is_decided_is_there_after_a_crash(
    threads: ThreadBox, committed: bool
) -> None:
    with_spool(threads, "one", "two")
    account = Account("alice", "hash", created=5.0, certificates=("aa",), number=5)
    entries = [AuditEntry(at, "root", "KICK", "", "bob", "") for at in (1.0, 2.0)]
    keep = threads.history.recorder.keep
    for write in (
        PutAccount(account),
        PutBan(Ban("ban", "", "bob", "root", "", 1.0, 0.0)),
        PutRoom(RoomRecord("#dev")),
        DropRoom("#DEV"),
        *map(AddAuditEntry, entries),
    ):
        keep(write)
    threads.turn()
    keep(PutAccount(account._replace(hash="new")))
    threads.turn()
    if committed:
        spool = Path(f"{threads.path}-spool")
        before = spool.read_bytes()
        threads.clock.advance(1)
        while not threads.history.recorder.idle:
            threads.loop.result(threads.database.run(lambda connection: None))
        spool.write_bytes(before)
    threads.crash()
    load = threads.database.load
    assert load(all_accounts) == [account._replace(hash="new")]
    assert [ban.mask for ban in load(all_bans)] == ["bob"]
    assert load(all_rooms) == []
    assert load(lambda c: last_audit_entries(c, 9, 0.0)) == entries


def test_a_stop_that_could_not_write_leaves_the_spool(
    threads: ThreadBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_spool(threads, "one", "two", "three")

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("a disk that fails")

    with monkeypatch.context() as ill:
        ill.setattr(tables, "insert", fail)
        ill.setattr(errors, "_TROUBLES", {0: "fails"})
        threads.close()
    threads.history = threads.make()
    assert threads.texts(threads.history.latest("#dev", 9)) == ["one", "two"]
    assert threads.texts(threads.history.latest("#new", 9)) == ["three"]


def test_the_spool_of_another_database_is_left_out(threads: ThreadBox) -> None:
    with_spool(threads, "one", "two", "three")
    threads.loop.result(threads.database.close())
    ThreadBox.path = f"{threads.path}-other"
    Path(f"{threads.path}-spool").write_bytes(
        Path(threads.path.replace("-other", "-spool")).read_bytes()
    )
    threads.history = threads.make()
    assert threads.texts(threads.history.latest("#dev", 9)) == []


def test_a_spool_that_cant_be_read_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "chat.sqlite"
    Path(f"{path}-spool").mkdir()
    loop = Loop()
    database = Database(str(path), loop.call)
    database.open()
    history = SqliteHistory(database, Clock(), print)
    with pytest.raises(DatabaseError, match="sqlite-spool can't be opened"):
        database.load(history.load)
    loop.result(database.close())


# Between a commit and the news of it


def committed(box: ThreadBox, text: str) -> None:
    """Say that; it is written and indexed, and the history doesn't know yet."""
    box.say("#dev", text)
    assert box.history.recorder.hold(lambda: None)
    done = threading.Event()
    box.database.run(tables.index, 10)
    box.database.run(lambda _: done.set())
    assert done.wait(PATIENCE)
    assert box.history.recorder.unwritten


def test_what_is_committed_but_not_known_to_be_comes_once(threads: ThreadBox) -> None:
    threads.say("#dev", "word one")
    threads.turn()
    assert threads.found(["#dev"], "word") == ["word one"]
    threads.clock.advance(FRESH)
    committed(threads, "word two")
    found = threads.history.search(["#dev"], "word", 9)
    page = threads.history.latest("#dev", 9)
    around = threads.history.around("#dev", 2, 9)
    assert threads.texts(page) == ["word one", "word two"]
    assert threads.texts(around) == ["word one", "word two"]
    assert not threads.history.recorder.unwritten
    texts = [message.text for _, message in threads.result(found).messages]
    assert texts == ["word two", "word one"]


@pytest.mark.parametrize(
    ("read", "ask"),
    [
        ("between", lambda history: history.latest("#dev", 9)),
        ("id_at", lambda history: history.id_at("#dev", START + 2)),
        ("search", lambda history: history.search(["#dev"], "word", 9)),
    ],
)
def test_what_is_committed_after_the_tables_were_read_is_not_missed(
    threads: ThreadBox, monkeypatch: pytest.MonkeyPatch, read: str, ask: Any
) -> None:
    threads.say("#dev", "word one")
    threads.turn()
    assert threads.found(["#dev"], "word") == ["word one"]
    threads.wait()
    real, started, go = getattr(tables, read), threading.Event(), threading.Event()

    def slow(*args: Any) -> Any:
        found = real(*args)
        started.set()
        assert go.wait(PATIENCE)
        return found

    monkeypatch.setattr(tables, read, slow)
    threads.say("#dev", "word two")
    asked = ask(threads.history)
    assert started.wait(PATIENCE)
    threads.turn()
    assert threads.history.recorder.unwritten == []
    go.set()
    found = threads.result(asked)
    threads.wait()
    assert found == threads.result(ask(threads.history))
