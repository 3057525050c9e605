"""Histories as tests need them: in memory and in a file, alone and with a chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tests.loop import Loop, settle
from tests.support import World
from twisted_chat.events import Said, SaidKind
from twisted_chat.history import History, MemoryHistory, Retention
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.hub import Stored
from twisted_chat.storage.database import MEMORY, Database

START = 1_700_000_000.0


class Box:
    """A history, the rooms in front of it, and what stands in for a reactor."""

    def __init__(self, retention: Retention) -> None:
        self.retention = retention
        self.history: Any = self.make()
        self.rooms: dict[str, list[Said]] = {}
        self.last_ids: dict[str, int] = getattr(self, "last_ids", {})
        self.now = START

    def make(self) -> History:
        return MemoryHistory(self.retention)

    def say(
        self,
        room: str,
        text: str,
        kind: SaidKind = "message",
        fleeting: bool = False,
    ) -> Said:
        """As a room does it."""
        said = self.rooms.setdefault(room.lower(), [])
        tail = self.history.open(room)
        self.now += 1
        id = self.last_ids[room.lower()] = self.last_ids.get(room.lower(), 0) + 1
        message = Said(room, "alice", text, self.now, id, kind)
        tail.append(message)
        keep = self.history.append_fleeting if fleeting else self.history.append
        keep(message)
        said.append(message)
        return message

    def result(self, deferred: Deferred[Any]) -> Any:
        return Loop().result(deferred)

    def turn(self) -> None:
        """The end of the reactor's turn."""

    def wait(self) -> None:
        """Let time pass, as long as it takes for all that is under way."""

    def settle(self) -> None:
        """The end of a turn, and all that comes of it."""
        self.turn()
        self.wait()

    def texts(self, deferred: Deferred[list[Said]]) -> list[str]:
        return [message.text for message in self.result(deferred)]

    def found(self, rooms: list[str], words: str, **more: Any) -> list[str]:
        found = self.result(self.history.search(rooms, words, 20, **more))
        return [message.text for _, message in found.messages]

    def close(self) -> None:
        pass


class SqliteBox(Box):
    """All in one thread; what is said is written when the turn ends."""

    def make(self) -> History:
        self.clock = Clock()
        self.database = self.make_database()
        self.warnings: list[str] = []
        history = SqliteHistory(
            self.database, self.clock, self.warnings.append, self.retention
        )
        self.last_ids = self.database.load(history.load)
        return history

    def make_database(self) -> Database:
        return Database(MEMORY)

    def turn(self) -> None:
        assert not self.history.recorder.hold(lambda: None)

    def wait(self) -> None:
        for _ in range(100):
            self.clock.advance(0.1)


class ThreadBox(SqliteBox):
    """As it is when it serves: the database has its threads."""

    path: str

    def make_database(self) -> Database:
        self.loop = Loop()
        database = Database(self.path, self.loop.call)
        database.open()
        return database

    def turn(self) -> None:
        released: Deferred[None] = Deferred()
        if self.history.recorder.hold(lambda: released.callback(None)):
            self.loop.result(released)

    def result(self, deferred: Deferred[Any]) -> Any:
        return self.loop.result(deferred)

    def wait(self) -> None:
        for _ in range(100):
            self.clock.advance(0.1)
            settle(self.loop, self.database)

    def close(self) -> None:
        self.loop.result(self.history.stop())
        self.loop.result(self.database.close())

    def restart(self) -> None:
        self.close()
        self.history = self.make()
        self.rooms.clear()

    def crash(self) -> None:
        """As `restart`, without bringing to the tables what is in the spool."""
        self.loop.result(self.database.close())
        self.history = self.make()
        self.rooms.clear()


Make = Callable[..., Any]


@pytest.fixture(params=["memory", "sqlite", "threads"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    boxes: list[Box] = []

    def make(retention: Retention = Retention()) -> Box:  # noqa: B008
        kind = {"memory": Box, "sqlite": SqliteBox, "threads": ThreadBox}
        if request.param == "threads":
            ThreadBox.path = str(tmp_path / f"{len(boxes)}.sqlite")
        boxes.append(kind[request.param](retention))
        return boxes[-1]

    yield make
    for box in boxes:
        box.close()


@pytest.fixture
def box(make: Make) -> Any:
    return make()


@pytest.fixture
def threads(tmp_path: Path) -> Iterator[ThreadBox]:
    ThreadBox.path = str(tmp_path / "chat.sqlite")
    box = ThreadBox(Retention())
    yield box
    box.close()


def with_spool(box: ThreadBox, *texts: str) -> None:
    """Say all of that; only the first reaches the tables."""
    for number, text in enumerate(texts):
        box.say("#New" if number % 3 == 2 else "#Dev", text)
        box.turn()
        box.loop.result(box.database.read(lambda connection: None))
    assert len(box.history.recorder.unwritten) == len(texts) - 1


# What is left in the files


def files(box: ThreadBox) -> list[Path]:
    return [Path(f"{box.path}{end}") for end in ("", "-wal", "-spool")]


def left(box: ThreadBox, words: str) -> list[str]:
    """The files that have these words."""
    return [
        path.name
        for path in files(box)
        if path.exists() and words.encode() in path.read_bytes()
    ]


def say(box: ThreadBox, *texts: str) -> None:
    for text in texts:
        box.say("#dev", text)
        box.turn()
    box.wait()


def run_upkeep(box: ThreadBox) -> None:
    for _ in range(3):
        box.wait()
        merged = box.history.purge(1e9, {})
        for _ in range(5000):
            if merged.called:
                break
            box.clock.advance(0.1)
            settle(box.loop, box.database)
        box.wait()


# With a chat


def in_memory(clock: Clock, retention: Retention) -> History:
    return MemoryHistory(retention)


def in_a_file(clock: Clock, retention: Retention) -> History:
    return SqliteHistory(Database(MEMORY), clock, print, retention)


def with_history(history: History, world: World) -> World:
    """`world`, nobody in it yet, from now on with `history`."""
    world.hub.history = history
    history.open(world.hub.lobby.name)
    if isinstance(history, SqliteHistory):
        world.fanout.gate = history.recorder
        world.hub.load(Stored(last_ids=history._database.load(history.load)))
    else:
        world.hub.load(Stored())
    return world


class Disk:
    """A real file, with the database's threads, under a chat; to be closed."""

    def __init__(self, world: World) -> None:
        self._directory = TemporaryDirectory()
        self._loop = Loop()
        self._world = world
        path = f"{self._directory.name}/chat.sqlite"
        self._database = Database(path, self._loop.call)
        self._database.open()
        self._history = SqliteHistory(self._database, world.clock, print)
        with_history(self._history, world)

    def settle(self) -> None:
        """Have the threads do what they were handed, and what comes of it."""
        for _ in range(3):
            settle(self._loop, self._database)
            self._world.advance(0.1)

    def close(self) -> None:
        self._loop.result(self._history.stop())
        self._loop.result(self._database.close())
        self._directory.cleanup()
