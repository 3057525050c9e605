"""Two servers that are one chat, which people take in turn: a `World` of two nodes.

All of it is what runs in production, but for the network and Redis: each node has a
shared log and a history, and the stream between them is the simulation's.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from twisted_chat.cluster.machine import HubMachine
from twisted_chat.doors.base import Door
from twisted_chat.events import ChatError
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.hub import Hub, Stored
from twisted_chat.hub.entries import Entry
from twisted_chat.log.shared import SharedLog
from twisted_chat.log.stream import Position
from twisted_chat.names import LOBBY
from twisted_chat.storage.database import MEMORY, Database
from twisted_chat.storage.places import Place as KeptPlace
from twisted_chat.storage.store import Store

from .simulation.keeper import Keeper
from .simulation.stream import Faults, SimStream
from .support import World

if TYPE_CHECKING:
    from twisted_chat.log.machine import Host

COMING_UP = 10.0


class AtOnce(Random):
    """A network that takes no time."""

    def uniform(self, a: float, b: float) -> float:
        return 0.0


class Node:
    """Makes a world one of several; see `Host`."""

    def __init__(self, name: str, world: World, keeper: Keeper) -> None:
        self.world, self.hub = world, world.hub
        clock: Any = world.clock
        database = Database(MEMORY)
        history = SqliteHistory(database, clock, print, fail=self.failed)
        database.load(history.load)
        self.hub.history = history
        history.open(LOBBY)  # as the one before had it
        world.fanout.gate = history.recorder
        machine = HubMachine(self.hub, history, Stored(), KeptPlace(), name)
        stream = SimStream(keeper, clock, clock, AtOnce(), Faults())
        self.log: SharedLog[Entry] = SharedLog(
            stream, machine, self, clock, world.wall, name
        )
        self.hub.follow(self.log)
        self.log.start().addCallback(self._begin)

    def _begin(self, result: None) -> None:
        self.hub.node = self.log.node

    # What the log says

    def away(self, since: float) -> None:
        self.hub.isolation.begin()

    def back(self) -> None:
        self.hub.isolation.end()

    def fenced(self, old: int, new: int) -> None:
        raise AssertionError(f"{old} was cut off")

    def failed(self, reason: str) -> None:
        raise AssertionError(reason)

    def forked(self, position: Position) -> None:
        raise AssertionError(f"forked at {position}")

    def lost(self, certain: bool) -> Exception:
        return ChatError(263, "lost")

    def too_much(self) -> Exception:
        return ChatError(263, "too much")


class Twins(World):
    """A chat of two nodes; who connects does so to one and the other in turn."""

    def __init__(
        self, door: Callable[[Hub], Door], store: Store | None = None, **settings: Any
    ) -> None:
        super().__init__(door, store, **settings)
        other = World(door, store, self.clock, **settings)
        clock: Any = self.clock
        keeper = Keeper(clock)
        self.nodes = [
            Node(name, world, keeper) for name, world in (("a", self), ("b", other))
        ]
        self.doors = [self.door, other.door]
        self._others: dict[Door, Door] = {self.door: other.door}
        self._count = 0
        self.advance(COMING_UP)
        assert len(self.hub.nodes) == len(other.hub.nodes) == 2

    def settle(self) -> None:
        """Have all that was proposed applied on both, and what comes of it."""
        self.clock.advance(0)
        assert all(node.log.idle for node in self.nodes)

    def next_door(self, door: Door | None = None) -> Door:
        """The door, or its like on the other node each second time."""
        door = door or self.door
        if door not in self._others:
            make: Any = type(door)
            self._others[door] = make(self.nodes[1].hub)
        self._count += 1
        return door if self._count % 2 else self._others[door]

    def check(self) -> None:
        """Both have come to the same."""
        self.turn()
        one, other = (node.hub.checksum() for node in self.nodes)
        assert one == other


if TYPE_CHECKING:

    def _conforms(node: Node) -> Host:
        return node
