"""A node that has shown more than the log went on from."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from twisted_chat.events import ChatError, Said
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.hub import Stored
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import Entry, SessionId
from twisted_chat.log import Within
from twisted_chat.log.machine import Place
from twisted_chat.log.stream import Position
from twisted_chat.storage.database import MEMORY, Database
from twisted_chat.storage.places import Place as KeptPlace

from .later_log import Waited
from .support import START
from .test_state_machine import Node

pytest.importorskip("msgspec")

from twisted_chat.cluster.machine import HubMachine
from twisted_chat.cluster.salvage import unpack
from twisted_chat.cluster.salvaging import Salvaging

ROOT, BOB, FAR = SessionId(1, 1), SessionId(1, 2), SessionId(2, 1)
FORK = Position(int(START * 1000) + 60_000, 0)
AT = Place(1, FORK)
PAST = Place(1, Position(FORK.ms + 9000, 0))


class Forked:
    """A node that has shown more than the log went on from.

    :ivar base: the state where that was.
    """

    def __init__(self) -> None:
        self.node = Node(ears=False)
        self.history = SqliteHistory(Database(MEMORY), self.node.clock, print)
        self.node.hub.history = self.history
        self.history.open("#lobby")
        kept = KeptPlace(1, *PAST.position)
        self.machine = HubMachine(self.node.hub, self.history, Stored(), kept, "east")
        self.machine.load()
        self.apply(
            e.Connect(ROOT, "127.0.0.1", True, True),
            e.Register(ROOT, "root", "hash", b"abc"),
            e.Register(ROOT, "carol", "old", b"abc"),
            e.LogIn(ROOT, "root", "", "00000000aa"),
            e.Connect(BOB, "192.0.2.1", True, True),
            e.TakeNick(BOB, "bob", "", "00000000bb"),
            *(e.Join(ROOT, room, "") for room in ("#a", "#secret", "#later")),
            e.SetRule(ROOT, "#secret", "secret", "on"),
            *(e.Say(ROOT, room, "message", "before") for room in ("#a", "#secret")),
            after=1.0,
        )
        self.base = self.machine.take_snapshot()
        self.node.at = PAST.position.ms / 1000

    def apply(self, *entries: Entry, after: float = 0.0) -> None:
        for entry in entries:
            self.node.apply(entry, after)
            assert self.node.refusals[-1][0] == 0, (entry, self.node.refusals[-1])
            self.history.recorder.hold(lambda: None)

    def say(self, *rooms: str) -> None:
        for room in rooms:
            self.apply(e.Say(ROOT, room, "message", f"in {room}"))

    def rewind(self, known: bool = True, mark: str = "") -> list[Entry]:
        """Go back to the fork; gives what is to be proposed again.

        :param known: what was so there is still known.
        """
        done: list[None] = []
        base = self.base if known else None
        self.machine.rewind(AT, base, mark).addCallback(done.append)
        self.node.clock.advance(1)
        self.node.clock.advance(1)
        assert done == [None]
        return self.aside()

    def aside(self) -> list[Entry]:
        found: list[bytes] = []
        self.history.rejoining.put_aside().addCallback(found.append)
        items = unpack(found[0])
        return [entry for item in items for entry in self.machine.decode(item.body)]

    def begin_salvaging(self, code: int = 0) -> Log:
        """Have what was put aside proposed to a log that answers with `code`."""
        log, hub = Log(code), self.node.hub
        hub.follow(log)
        rejoining, decode = self.history.rejoining, self.machine.decode
        Salvaging(hub, rejoining, self.node.clock, decode).begin()
        return log

    def restore(self) -> None:
        self.machine.restore(self.base, Place(2, FORK))

    def messages(self, room: str) -> list[Said]:
        found: list[list[Said]] = []
        self.history.latest(room, 10).addCallback(found.append)
        return found[0]

    def kept(self, room: str) -> list[str]:
        return [message.text for message in self.messages(room)]


class Log(Waited[Entry]):
    """Answers as it is told; nothing is applied.

    :ivar code: what it refuses with; 0: it doesn't.
    """

    at_once = False
    lag = 0.0
    full = False

    def __init__(self, code: int) -> None:
        self.proposed: list[Entry] = []
        self.code = code

    def time(self) -> float:
        return START

    def propose(self, entry: Entry, within: Within | None = None) -> Deferred[None]:
        self.proposed.append(entry)
        return fail(ChatError(self.code, "no")) if self.code else succeed(None)
