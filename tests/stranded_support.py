"""A node that is cut off from the others, and its people."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twisted_chat.events import ChatError
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import VERSION, Entry, SessionId
from twisted_chat.log import Within

from .later_log import Waited
from .support import World

FAR = SessionId(9, 1)
"""A session of another node."""

HOST, NEAR = "192.0.2.77", "198.51.100.7"
BACK = "* This server is with the others again"
LOST = "* This server has lost the others; what you send waits until it is back"


class Cut:
    """A node that is cut off, and comes back under another number."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hub = world.hub
        self.hub.node = 1
        self.apply(e.NodeUp(1, "east", VERSION))
        self.apply(e.NodeUp(9, "west", VERSION))

    def apply(self, entry: Entry) -> None:
        self.hub.apply(entry, self.hub.now())

    def off(self) -> None:
        """The others say that the node is gone."""
        self.apply(e.NodeGone(self.hub.node))

    def on(self) -> None:
        self.hub.node += 1
        self.apply(e.NodeUp(self.hub.node, "east", VERSION))
        self.hub.stranded.bring_back()

    def elsewhere(self, nick: str, id: SessionId = FAR) -> None:
        """Somebody comes in on another node."""
        self.apply(e.Connect(id, HOST, True, True))
        self.apply(e.TakeNick(id, nick, "", f"{id.number:010x}"))


def cut_world(**settings: Any) -> tuple[World, Cut]:
    world = World(**settings)
    return world, Cut(world)


def rooms_of(world: World, nick: str) -> list[str]:
    return list(world.hub.users[nick].rooms)


def open_rooms(cut: Cut, *rooms: str) -> None:
    """Rooms that carol, of another node, has made, so that they stay."""
    cut.elsewhere("carol")
    for room in rooms:
        cut.apply(e.Join(FAR, room, ""))


class LateLog(Waited[Entry]):
    """Applies what is proposed when it is told to, or fails it."""

    at_once = False
    lag = 0.0
    full = False

    def __init__(self, world: World) -> None:
        self._hub = world.hub
        self.time = world.hub.now
        self.waiting: list[tuple[Entry, Deferred[None]]] = []

    def propose(self, entry: Entry, within: Within | None = None) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self.waiting.append((entry, done))
        return done

    def run(self, error: ChatError | None = None) -> None:
        waiting = self.waiting if error is None else list(self.waiting)
        if error is not None:
            self.waiting.clear()
        while waiting:
            entry, done = waiting.pop(0)
            try:
                if error is not None:
                    raise error
                self._hub.apply(entry, self._hub.now())
            except ChatError:
                done.errback(Failure())
            else:
                done.callback(None)


def late(world: World) -> LateLog:
    log = LateLog(world)
    world.hub.log = log
    return log
