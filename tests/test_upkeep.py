"""What a large history needs now and then, and the write-ahead log meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tests.loop import PATIENCE, Loop, settle
from twisted_chat.history import tables, upkeep
from twisted_chat.history.upkeep import (
    BUSY,
    CHECKPOINT_EVERY,
    INDEX_EVERY,
    PAUSE,
    PAUSE_WHEN_BUSY,
    SETTLE_TIME,
    SLICE,
    Upkeep,
)
from twisted_chat.storage.database import Database, connect, database

SLICES = 40
MESSAGES = SLICES * SLICE
PAGES = "twisted_chat.storage.database.database.MAX_LOG_PAGES"


class Kept:
    """A file with many messages, none of them indexed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.loop = Loop()
        self.clock = Clock()
        self.database = Database(str(path), self.loop.call)
        self.database.open()
        values: list[Any] = []
        for n in range(1, MESSAGES + 1):
            values += (n, 1, n, float(n), 0, "alice", f"word{n} " + "x" * 80, 0, 0)
        rooms = [(1, "#a", "#a", 0.0)]
        self.loop.result(self.database.run(tables.insert, rooms, values))
        with closing(connect(str(path))) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.upkeep = Upkeep(self.database, self.clock)
        self.longest = 0

    @property
    def log(self) -> int:
        """Bytes in the write-ahead log."""
        log = Path(f"{self.path}-wal")
        return log.stat().st_size if log.exists() else 0

    def indexed(self) -> int:
        with closing(connect(str(self.path))) as other:
            [[upto]] = other.execute("SELECT value FROM meta WHERE name = 'indexed'")
            return int(upto)

    def left(self) -> int:
        with closing(connect(str(self.path))) as other:
            return int(other.execute("SELECT count(*) FROM messages").fetchone()[0])

    def index(self) -> None:
        self.upkeep.wrote(1)
        self.clock.advance(INDEX_EVERY)

    def purge(self) -> None:
        Deferred.fromCoroutine(self.upkeep.purge(float(MESSAGES + 1), ()))

    def purge_room(self) -> None:
        Deferred.fromCoroutine(self.upkeep.purge(None, [(1, MESSAGES)]))

    def pass_time(self, step: float = PAUSE) -> None:
        """Do what the threads have handed in, and let `step` seconds pass."""
        settle(self.loop, self.database)
        self.clock.advance(step)
        self.longest = max(self.longest, self.log)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str], Kept]]:
    made: list[Kept] = []

    def make(name: str) -> Kept:
        made.append(Kept(tmp_path / name))
        return made[-1]

    yield make
    for kept in made:
        kept.upkeep.stop()
        kept.loop.result(kept.database.close())


WORK = pytest.mark.parametrize(
    ("work", "done"),
    [
        (Kept.index, lambda kept: kept.indexed() == MESSAGES),
        (Kept.purge, lambda kept: kept.left() == 0),
    ],
    ids=["index", "purge"],
)


def run(kept: Kept, work: Callable[[Kept], None], done: Callable[[Kept], bool]) -> int:
    """How long the log gets while that is done, without a checkpoint by time."""
    work(kept)
    for _ in range(20 * SLICES):
        kept.pass_time(min(PAUSE, CHECKPOINT_EVERY / SLICES / 4))
        if done(kept):
            return kept.longest
    raise AssertionError("it is never done")


@WORK
def test_the_log_stays_short_while_much_is_done(
    make: Callable[[str], Kept],
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[Kept], None],
    done: Callable[[Kept], bool],
) -> None:
    monkeypatch.setattr(PAGES, 50)
    monkeypatch.setattr(upkeep, "SLICES_AT_ONCE", 2 * SLICES)
    at_once = run(make("at-once"), work, done)
    monkeypatch.setattr(upkeep, "SLICES_AT_ONCE", SLICES // 10)
    assert run(make("in-pieces"), work, done) < at_once / 3


@WORK
def test_work_waits_for_somebody_who_reads(
    make: Callable[[str], Kept],
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[Kept], None],
    done: Callable[[Kept], bool],
) -> None:
    monkeypatch.setattr(PAGES, 50)
    monkeypatch.setattr(upkeep, "SLICES_AT_ONCE", 2)
    kept = make("chat.sqlite")
    with closing(connect(str(kept.path))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM rooms").fetchone()
        work(kept)
        for _ in range(5 * SLICES):
            kept.pass_time()
        held = kept.log
        for _ in range(10):
            kept.pass_time(CHECKPOINT_EVERY)
        assert kept.log == held > 0
        assert not done(kept)
    for _ in range(20 * SLICES):
        kept.pass_time(CHECKPOINT_EVERY / 10)
    assert done(kept)
    assert kept.log <= held


def test_the_index_is_filled_now_and_then(make: Callable[[str], Kept]) -> None:
    kept = make("chat.sqlite")
    for _ in range(4):
        kept.upkeep.wrote(1)
        kept.pass_time(INDEX_EVERY / 5)
    kept.pass_time(0)
    assert kept.indexed() == 0
    kept.pass_time(INDEX_EVERY / 5)
    kept.pass_time(0)
    assert kept.indexed() == SLICE


def test_the_index_waits_while_many_speak(make: Callable[[str], Kept]) -> None:
    kept = make("chat.sqlite")
    kept.upkeep.wrote(int(2 * BUSY * INDEX_EVERY))
    kept.pass_time(INDEX_EVERY)
    for _ in range(5):
        kept.pass_time()
    assert kept.indexed() == SLICE
    kept.pass_time(PAUSE_WHEN_BUSY)
    for _ in range(SLICES):
        kept.pass_time()
    assert kept.indexed() == MESSAGES, "nobody has spoken meanwhile"


class Ill:
    """A disk that fails, as often as it is told to."""

    def __init__(self, do: Callable[..., Any], times: int) -> None:
        self._do = do
        self.times = times

    def __call__(self, *args: Any) -> Any:
        if self.times:
            self.times -= 1
            raise sqlite3.OperationalError("a bug, or a disk")
        return self._do(*args)


@pytest.mark.parametrize(
    ("work", "job", "done"),
    [
        (Kept.index, "index", lambda kept: kept.indexed() == MESSAGES),
        (Kept.purge, "purge_old", lambda kept: kept.left() == 0),
        (Kept.purge_room, "purge_long", lambda kept: kept.left() == 0),
    ],
)
def test_what_failed_is_done_when_it_is_asked_for_again(
    make: Callable[[str], Kept],
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[Kept], None],
    job: str,
    done: Callable[[Kept], bool],
) -> None:
    ill = Ill(getattr(tables, job), 1)
    monkeypatch.setattr(tables, job, ill)
    kept = make("chat.sqlite")
    work(kept)
    for _ in range(3 * SLICES):
        kept.pass_time()
    assert not ill.times
    assert (kept.indexed(), kept.left()) == (0, MESSAGES)
    work(kept)
    for _ in range(3 * SLICES):
        kept.pass_time()
    assert done(kept)


def test_who_searches_does_not_wait_for_a_disk_that_fails(
    make: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "index", Ill(tables.index, 1))
    kept = make("chat.sqlite")
    kept.loop.result(kept.upkeep.settle())
    assert kept.indexed() == 0
    kept.loop.result(kept.upkeep.settle())
    assert kept.indexed() == MESSAGES


def test_who_searches_does_not_wait_for_a_disk_that_is_slow(
    make: Callable[[str], Kept],
) -> None:
    kept = make("chat.sqlite")
    go_on = Event()
    busy = kept.database.run(lambda _: go_on.wait(PATIENCE))
    settled: list[None] = []
    for _ in range(2):
        kept.upkeep.settle().addCallback(settled.append)
    kept.clock.advance(SETTLE_TIME * 0.9)
    assert not settled
    kept.clock.advance(SETTLE_TIME * 0.2)
    assert settled == [None, None]
    go_on.set()
    assert kept.loop.result(busy)


@WORK
def test_work_waits_while_no_checkpoint_can_be_made(
    make: Callable[[str], Kept],
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[Kept], None],
    done: Callable[[Kept], bool],
) -> None:
    monkeypatch.setattr(upkeep, "SLICES_AT_ONCE", 2)
    ill = Ill(database._checkpoint, 1_000_000)
    monkeypatch.setattr(database, "_checkpoint", ill)
    kept = make("chat.sqlite")
    work(kept)
    for _ in range(20 * SLICES):
        kept.pass_time(CHECKPOINT_EVERY / 10)
    assert not done(kept)
    ill.times = 0
    for _ in range(20 * SLICES):
        kept.pass_time(CHECKPOINT_EVERY / 10)
    assert done(kept)


def test_a_long_log_is_cut_off_when_its_last_reader_is_gone(
    make: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PAGES, 10)
    kept = make("chat.sqlite")
    with closing(connect(str(kept.path))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM rooms").fetchone()
        kept.loop.result(kept.database.run(tables.index, 10 * SLICE))
        kept.upkeep.start()
        kept.pass_time(CHECKPOINT_EVERY)
        for _ in range(3):
            kept.pass_time(0)
        assert kept.log > 0
    kept.pass_time(CHECKPOINT_EVERY)
    for _ in range(3):
        kept.pass_time(0)
    assert kept.log == 0


def test_the_log_is_cut_off_at_the_stop(make: Callable[[str], Kept]) -> None:
    kept = make("chat.sqlite")
    # Somebody else has the file open: SQLite doesn't remove the log by itself.
    with closing(connect(str(kept.path))) as other:
        other.execute("SELECT count(*) FROM rooms").fetchone()
        kept.loop.result(kept.database.run(tables.index, 10 * SLICE))
        assert kept.log > 0
        kept.loop.result(kept.database.close())
        assert kept.log == 0
