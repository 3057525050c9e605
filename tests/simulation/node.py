"""One node over its lives, each with a disk that the next one finds."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from twisted_chat.cluster.salvaging import Salvaging
from twisted_chat.events import ChatError
from twisted_chat.hub.entries import Entry
from twisted_chat.hub.isolation import CutOff
from twisted_chat.log.machine import Place
from twisted_chat.log.shared import SharedLog
from twisted_chat.log.state import State
from twisted_chat.log.stream import Position

from ..support import START
from .clock import NodeClock, WorldClock
from .keeper import Keeper
from .machine import ENTRIES, Disk, SimMachine
from .people import People
from .stream import Faults, SimStream


class Bad(Exception):  # noqa: N818
    """The simulation has found what must not be."""


class Life(NamedTuple):
    """:ivar wiped: how often the disk had been wiped when it began."""

    people: People
    wiped: int


class SimNode:
    """One node, and the server around its log; see `Host`.

    :ivar lives: its people in each.
    :ivar numbers: every one under which it was up in this life.
    """

    def __init__(
        self,
        name: str,
        clock: WorldClock,
        keeper: Keeper,
        random: Random,
        faults: Faults,
        note: Callable[[SimMachine, Place], None],
    ) -> None:
        self.name = name
        self._world = clock
        self._keeper = keeper
        self._random = random
        self._faults = faults
        self._note = note
        self.disk = Disk()
        self.lives: list[Life] = []
        self.busy = True
        self.forks: list[Position] = []
        self.failures: list[str] = []
        self.clock = NodeClock(clock)
        self.clock.dead = True

    # Its lives

    def start(self) -> None:
        self.clock = NodeClock(self._world)
        self.stream = SimStream(
            self._keeper, self._world, self.clock, self._random, self._faults
        )
        self.machine = SimMachine(self.disk, self.name, self.clock, self._note)
        self.hub = self.machine.hub
        self.log: SharedLog[Entry] = SharedLog(
            self.stream,
            self.machine,
            self,
            self.clock,
            lambda: START + self._world.seconds(),
            self.name,
            snapshots=(8.0, 100),
        )
        self.hub.follow(self.log)
        shelf: Any = self.disk
        self.salvaging = Salvaging(self.hub, shelf, self.clock, ENTRIES.decode)
        self.people = People(self.hub, self._random, self.name)
        self.lives.append(Life(self.people, self.disk.wiped))
        self.numbers: list[int] = []
        started = self.log.start(self.disk.place, self.disk.starts)
        started.addCallbacks(self._begin, lambda reason: None)

    def _begin(self, result: None) -> None:
        self._live_as(self.log.node)
        self.salvaging.begin()
        self._act()

    def _live_as(self, node: int) -> None:
        self.hub.node = node
        self.numbers.append(node)

    def _act(self) -> None:
        if self.busy:
            self.clock.callLater(self._random.uniform(0.05, 1.0), self._act)
            for _ in range(self._random.choice((1, 1, 1, 2, 6))):
                if self.log.live:
                    self.people.act()

    def kill(self, wipe: bool = False) -> None:
        self.clock.dead = True
        self.clock.paused = False
        if wipe:
            self.forks.clear()
            wiped = self.disk.wiped
            self.disk = Disk()
            self.disk.wiped = wiped + 1

    @property
    def alive(self) -> bool:
        return not self.clock.dead

    @property
    def running(self) -> bool:
        return self.is_in(State.RUNNING)

    def is_in(self, state: State) -> bool:
        return self.alive and self.log.state is state

    # What the log says

    def away(self, since: float) -> None: ...

    def back(self) -> None: ...

    def fenced(self, old: int, new: int) -> None:
        if new in self.numbers:
            self.failures.append("a number was given twice")
        self._live_as(new)
        self.hub.stranded.bring_back()
        self.salvaging.begin()

    def failed(self, reason: str) -> None:
        self.failures.append(f"{self.name} failed: {reason}")

    def forked(self, position: Position) -> None:
        self.forks.append(position)

    def lost(self, certain: bool) -> Exception:
        return CutOff(certain)

    def too_much(self) -> Exception:
        return ChatError(263, "too much")
