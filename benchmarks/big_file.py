"""How a server does with a big file: its start, pages, counts, searches, a purge.

    python -m benchmarks.big_file [messages] [reactions] [conversations]

Makes such a file in a directory of its own, and prints a table.  Times are in
milliseconds: the median and the 99th percentile.  Those of the start, and of what is
asked, are CPU time, so that they are the same on a machine that others use as well.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter, thread_time, time
from typing import Any, TypeAlias

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from twisted_chat.events import Said
from twisted_chat.history import tables
from twisted_chat.history.base import LAST, Unheard
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.history.tables import unread
from twisted_chat.history.words import words_of
from twisted_chat.hub import Settings
from twisted_chat.hub.conversations import people_of
from twisted_chat.service import ChatService
from twisted_chat.storage.database import Database, connect, open_file
from twisted_chat.storage.database.database import CACHE
from twisted_chat.storage.purges import Purge

reactor: Any = installed

SIZES = 3_000_000, 500_000, 100_000
ROOMS, AUTHORS, PURGED, WORDS, PEOPLE = 200, 5_000, 100_000, 20_000, 5_000
BUSY, ASKED, SPOKEN = 10, 200, 500


def make(path: Path, messages: int, reactions: int, conversations: int) -> None:
    """The file: half a message in ten is in private, and one author wrote much."""
    pick, begin = random.Random(7), time() - messages
    names = [f"#room{n}" for n in range(ROOMS)]
    keys = names + [
        f"@{n % PEOPLE + 1},{n % PEOPLE + 2 + n // PEOPLE}"
        for n in range(conversations)
    ]
    last = [0] * len(keys)
    # A few words are in each tenth message, most in few.
    words = [f"word{n}" for n in range(WORDS)]
    weights = [1 / (n + 1) for n in range(WORDS)]
    said = pick.choices(words, weights, k=200_000)

    def rows() -> Iterator[tuple[Any, ...]]:
        step = messages // PURGED or 1
        for serial in range(1, messages + 1):
            private = serial % 20 == 0
            room = pick.randrange(conversations) + ROOMS if private else -1
            if not private:
                room = pick.randrange(BUSY) if serial % 2 else pick.randrange(ROOMS)
            last[room] += 1
            author = 1 if serial % step == 0 else pick.randrange(2, AUTHORS)
            start = pick.randrange(len(said) - 12)
            text = " ".join(said[start : start + pick.randrange(3, 12)])
            where = serial, room + 1, last[room], begin + serial
            yield (*where, 0, f"nick{author}", text, author, 0)

    with closing(open_file(str(path))) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        marks = ",".join("?" * len(tables.COLUMNS))
        connection.executemany(
            f"INSERT INTO messages ({','.join(tables.COLUMNS)}) VALUES ({marks})",
            rows(),
        )
        connection.executemany(
            "INSERT INTO rooms (number, key, name, last_id) VALUES (?, ?, ?, ?)",
            [(n, key, key, last[n - 1]) for n, key in enumerate(keys, 1)],
        )
        connection.executemany(
            """INSERT INTO accounts (key, nick, hash, operator, created, number)
                VALUES (?, ?, '', 0, 0, ?)""",
            [
                (f"nick{n}", f"nick{n}", n)
                for n in sorted({n for key in keys[ROOMS:] for n in people_of(key)})
            ],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO reactions VALUES (?, ?, ?, ?, ?, 1.0)",
            (
                (
                    pick.randrange(BUSY) + 1,
                    pick.randrange(1, last[0] + 1),
                    chr(0x1F600 + pick.randrange(8)),
                    author := pick.randrange(2, AUTHORS),
                    f"nick{author}",
                )
                for _ in range(reactions)
            ),
        )
        connection.execute("COMMIT")
        while tables.index(connection, 50_000):
            pass
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def row(what: str, times: list[float]) -> None:
    times.sort()
    median, late = statistics.median(times), times[int(len(times) * 0.99)]
    print(f"{what:44}{median * 1000:10.2f}{late * 1000:10.2f}", flush=True)


def timed(job: Callable[[], object]) -> float:
    start = thread_time()
    job()
    return thread_time() - start


def ask(connection: sqlite3.Connection) -> None:
    """Pages, counts and searches, each on its own."""
    pick = random.Random(3)
    rooms = {n + 1: f"#room{n}" for n in range(ROOMS)}
    lasts = {room.number: room.last_id for room in tables.rooms(connection).values()}

    def page() -> object:
        number = pick.randrange(BUSY) + 1
        before = pick.randrange(2, lasts[number])
        return tables.between(connection, number, rooms[number], 0, before, 100, True)

    def unread_places() -> list[unread.Since]:
        return [
            unread.Since(n, rooms[n], rooms[n], max(0, lasts[n] - 300), LAST)
            for n in pick.sample(range(1, ROOMS), 20)
        ]

    def count() -> object:
        return unread.count(connection, unread_places(), Unheard((1,)), 1000)

    def name() -> object:
        return unread.naming(connection, unread_places(), ["word19000", "@here"])

    def search(word: str) -> Callable[[], object]:
        some = {n: rooms[n] for n in range(1, 21)}
        wanted = words_of(word)
        return lambda: tables.search(connection, some, wanted, 21, LAST)

    row("HISTORY, 100 messages", [timed(page) for _ in range(ASKED)])
    row("UNREAD, 20 rooms with 300 each", [timed(count) for _ in range(ASKED)])
    row("... and where one is mentioned there", [timed(name) for _ in range(ASKED)])
    for what, word in (
        ("common", "word0"),
        ("rare", "word19000"),
        ("common and rare", "word0 word19000"),
        ("absent", "nowhere"),
    ):
        times = [timed(search(word)) for _ in range(20)]
        row(f"SEARCH, {what}", times)


Waits: TypeAlias = dict[str, list[float]]


async def others(history: SqliteHistory, room: str, count: int, waits: Waits) -> None:
    """What others wait for, 10 ms after one another: for what they say and read."""
    spoken = waits["a message, until it may be shown"]
    for number in range(len(spoken) + 1, len(spoken) + 1 + count):
        start = perf_counter()
        history.append(Said(room, "nick2", "hello", time(), number, author=2))
        shown: Deferred[None] = Deferred()
        if history.recorder.hold(lambda shown=shown: shown.callback(None)):  # type: ignore[misc]
            await shown
        spoken.append(perf_counter() - start)
        start = perf_counter()
        await history.latest("#room3", 20)
        waits["HISTORY, 20 messages"].append(perf_counter() - start)
        start = perf_counter()
        await history.search(["#room3"], "word19000", 20)
        waits["SEARCH, rare"].append(perf_counter() - start)
        start = perf_counter()
        await history._database.run(lambda connection: None)
        waits["a commit"].append(perf_counter() - start)
        start = perf_counter()
        await deferLater(reactor, 0.01)
        waits["a timer of 10 ms is late by"].append(perf_counter() - start - 0.01)


async def purge(path: Path) -> None:
    """What others wait for while 100,000 messages are deleted."""
    database = Database(str(path), reactor.callFromThread)
    database.open()
    history = SqliteHistory(database, reactor, print)
    database.load(history.load)
    for when, room in (("alone", "#alone"), ("during PURGE of 100,000", "#purging")):
        waits: Waits = defaultdict(list)
        start = perf_counter()
        if room == "#purging":
            history.erase(Purge((1,), "", False, "", 0.0, time()))
            history.recorder.hold(lambda: None)
        await others(history, room, SPOKEN, waits)
        while history._purging:
            await others(history, room, 100, waits)
        print(f"{when}, {perf_counter() - start:.1f} s")
        for what, times in waits.items():
            row(f"  {what}", times)
    left = await database.read(
        lambda c: c.execute("SELECT count(*) FROM messages WHERE author = 1").fetchone()
    )
    print(f"left of what was purged: {left[0]}")
    await history.stop()
    await database.close()


async def _main(directory: Path) -> None:
    sizes = [int(word) for word in sys.argv[1:]]
    path = directory / "chat.sqlite"
    start = perf_counter()
    make(path, *(*sizes, *SIZES[len(sizes) :]))
    size = path.stat().st_size >> 20
    print(f"{size} MiB, made in {perf_counter() - start:.0f} s", flush=True)
    print(f"{'':44}{'median':>10}{'p99':>10}")

    row("start: until people may come in", [await begin(path) for _ in range(5)])
    with closing(connect(str(path))) as connection:
        connection.execute(f"PRAGMA cache_size = {-CACHE:d}")
        ask(connection)
    await purge(path)


async def begin(path: Path) -> float:
    chat = ChatService(reactor, Settings(), [], time, str(path))
    start = thread_time()
    chat.startService()
    taken = thread_time() - start
    await chat.stopService()
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="big-file-") as directory:

        def run() -> None:
            done = Deferred.fromCoroutine(_main(Path(directory)))
            done.addErrback(lambda failure: failure.printTraceback())
            done.addBoth(lambda _: reactor.stop())

        reactor.callWhenRunning(run)
        reactor.run()


if __name__ == "__main__":
    main()
