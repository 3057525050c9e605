"""One node: a real hub, what its disk has, and people who do as they like."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple, TypeAlias
from zlib import crc32

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from twisted_chat.events import ChatError
from twisted_chat.fanout import Fanout
from twisted_chat.hub import Hub, Settings, Stored
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import SessionId
from twisted_chat.log.machine import NOWHERE, Place
from twisted_chat.log.shared import SharedLog
from twisted_chat.log.state import State
from twisted_chat.log.stream import Position
from twisted_chat.names import fold

from ..support import START
from .clock import NodeClock, WorldClock
from .keeper import Keeper
from .stream import Faults, SimStream

NICKS = ("anna", "bob", "carol", "dan", "eve", "fay")
ROOMS = ("#lobby", "#a", "#b")
SETTINGS = Settings(max_per_ip=0)


class NodeUp(NamedTuple):
    node: int
    name: str


class NodeGone(NamedTuple):
    node: int


Entry: TypeAlias = e.Entry | NodeUp | NodeGone


class Said(NamedTuple):
    place: Place
    room: str
    id: int
    text: str


class Disk:
    """What a node still has when it was killed."""

    def __init__(self) -> None:
        self.place = NOWHERE
        self.said: list[Said] = []
        self.names: dict[int, str] = {}
        self.last_ids: dict[str, int] = {}
        self.wiped = 0


class Bad(Exception):  # noqa: N818
    """The simulation has found what must not be."""


class SimMachine:
    """A hub as a `Machine`; all that it applies goes into a digest.

    :param note: told of each record that is applied: where, the digest, what was said.
    """

    refusal: type[Exception] = ChatError

    def __init__(
        self, disk: Disk, name: str, note: Callable[[SimMachine, Place], None]
    ) -> None:
        self.disk = disk
        self.name = name
        self.note = note
        self.digest = 0
        self.said: list[tuple[str, int, str]] = []
        self.up: dict[int, str] = {}
        self.load()

    def _new(self) -> Hub:
        fanout = Fanout(lambda flush: None)
        self.hub = Hub(SETTINGS, fanout, Clock(), lambda: START)
        return self.hub

    def load(self) -> None:
        self._new().load(Stored(last_ids=self.disk.last_ids))
        self.up = dict(self.disk.names)
        self.digest = 0

    def encode(self, entries: Sequence[Entry]) -> bytes:
        return pickle.dumps(list(entries))

    def decode(self, body: bytes) -> Sequence[Entry]:
        entries: list[Entry] = pickle.loads(body)
        return entries

    def nodes(self) -> Mapping[int, str]:
        return self.up

    def first(self, node: int) -> Sequence[Entry]:
        return [NodeUp(node, self.name)]

    def gone(self, node: int) -> Entry:
        return NodeGone(node)

    def apply(self, entry: Entry, at: float) -> None:
        code = 0
        try:
            self._change(entry, at)
        except ChatError as error:
            code = error.code
            raise
        finally:
            seen = f"{self.digest} {entry} {at} {code}"
            self.digest = crc32(seen.encode())

    def _change(self, entry: Entry, at: float) -> None:
        if isinstance(entry, NodeUp):
            self.up[entry.node] = entry.name
        elif isinstance(entry, NodeGone):
            self.up.pop(entry.node, None)
            for id in [id for id in self.hub.sessions if id.node == entry.node]:
                self.hub.apply(e.Disconnect(id, "gone"), at)
        else:
            self.hub.apply(entry, at)
            if isinstance(entry, e.Say):
                room = self.hub.rooms[fold(entry.room)]
                self.said.append((fold(entry.room), room.last_id, entry.text))

    def state(self) -> tuple[object, ...]:
        return self.hub.snapshot(), dict(self.up)

    def take_snapshot(self) -> bytes:
        return pickle.dumps((self.hub.snapshot(), self.up, self.digest))

    def restore(self, data: bytes, place: Place) -> None:
        snapshot, self.up, self.digest = pickle.loads(data)
        self._new().restore(snapshot)
        self.said.clear()

    def passed(self, place: Place) -> None:
        self.note(self, place)
        disk = self.disk
        if place > disk.place:
            disk.said += [Said(place, *said) for said in self.said]
            disk.last_ids.update({room: id for room, id, _ in self.said})
            disk.place, disk.names = place, dict(self.up)
        self.said.clear()


class Answer(NamedTuple):
    """What a node was told of a message: said, refused, or lost (certainly or not)."""

    node: SimNode
    text: str
    outcome: str
    life: int


class Lost(Exception):  # noqa: N818
    def __init__(self, certain: bool) -> None:
        super().__init__()
        self.certain = certain


class SimNode:
    """One node over several lives.

    :ivar wanted: it isn't meant to be down.
    :ivar told: what it was told of each message that it proposed.
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
        self.told: list[Answer] = []
        self.life = 0
        self._texts = 0
        self.busy = True
        self.forks: list[Position] = []
        self.failures: list[str] = []
        self.clock = NodeClock(clock)
        self.clock.dead = True

    # Its lives

    def start(self) -> None:
        self.life += 1
        self.clock = NodeClock(self._world)
        self.stream = SimStream(
            self._keeper, self._world, self.clock, self._random, self._faults
        )
        self.machine = SimMachine(self.disk, self.name, self._note)
        self.log: SharedLog[Entry] = SharedLog(
            self.stream,
            self.machine,
            self,
            self.clock,
            lambda: START + self._world.seconds(),
            self.name,
            snapshots=(8.0, 100),
        )
        self.sessions: list[SessionId] = []
        self.waiting: set[str] = set()
        self._number = 0
        self.log.start(self.disk.place).addErrback(lambda reason: None)
        self.clock.callLater(0.1, self._act)

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
        if old == new:
            self.failed("a number was given twice")
        self.sessions.clear()

    def failed(self, reason: str) -> None:
        self.failures.append(f"{self.name} failed: {reason}")

    def forked(self, position: Position) -> None:
        self.forks.append(position)

    def lost(self, certain: bool) -> Exception:
        return Lost(certain)

    def too_much(self) -> Exception:
        return ChatError(263, "too much")

    # What its people do

    def _act(self) -> None:
        if self.busy:
            self.clock.callLater(self._random.uniform(0.05, 1.0), self._act)
        if self.log.state in (State.RUNNING, State.AWAY) and self.busy:
            for _ in range(self._random.choice((1, 1, 1, 2, 6))):
                self._propose()

    def _propose(self) -> None:
        random = self._random
        if not self.sessions or (len(self.sessions) < 4 and random.random() < 0.2):
            self._number += 1
            id = SessionId(self.log.node, self._number)
            self.sessions.append(id)
            for first in (
                e.Connect(id, "192.0.2.1", True, True),
                e.TakeNick(id, random.choice(NICKS), "", f"{random.getrandbits(40):x}"),
            ):
                self.log.propose(first).addErrback(lambda reason: None)
            return
        who = random.choice(self.sessions)
        if random.random() < 0.5:
            self._say(who)
            return
        entry = self._anything(who)
        if isinstance(entry, e.Disconnect):
            self.sessions.remove(who)
        self.log.propose(entry).addErrback(lambda reason: None)

    def _say(self, who: SessionId) -> None:
        self._texts += 1
        text = f"{self.name}-{self._texts}"
        room = self._random.choice(ROOMS)
        life, wiped, waiting = self.life, self.disk.wiped, self.waiting
        waiting.add(text)
        said: Deferred[None] = self.log.propose(e.Say(who, room, "message", text))

        def told(result: object) -> None:
            if self.life != life:
                return
            waiting.discard(text)
            outcome = "said"
            if isinstance(result, Failure):
                error: Any = result.value
                outcome = "refused"
                if isinstance(error, Lost):
                    outcome = "lost" if error.certain else "unknown"
            self.told.append(Answer(self, text, outcome, wiped))

        said.addBoth(told)

    def _anything(self, who: SessionId) -> Entry:
        random = self._random
        nick, room = random.choice(NICKS), random.choice(ROOMS)
        token = f"{random.getrandbits(40):x}"
        choices: list[Callable[[], Entry]] = [
            lambda: e.Join(who, room, ""),
            lambda: e.Join(who, room, ""),
            lambda: e.TakeNick(who, nick, "", token),
            lambda: e.Part(who, room, "bye"),
            lambda: e.Whisper(who, (nick,), "psst", "message"),
            lambda: e.Restrain(who, "ban", room, nick, 5, "spam"),
            lambda: e.SetTopic(who, room, f"about {nick}"),
            lambda: e.Disconnect(who, "bye"),
        ]
        return random.choice(choices)()
