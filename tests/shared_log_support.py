"""Nodes of a shared log over a stream in memory, whose state is words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, succeed

from twisted_chat.log.machine import NOWHERE, Place, Starts
from twisted_chat.log.shared import SharedLog
from twisted_chat.log.state import State
from twisted_chat.log.stream import Position

from .simulation.clock import NodeClock, WorldClock
from .simulation.keeper import Keeper
from .simulation.stream import Faults, SimStream
from .support import START

FIRST = int(START) + 1
"""The generation of a log that one of these nodes begins."""


class Refused(Exception):  # noqa: N818
    pass


class Lost(Exception):  # noqa: N818
    def __init__(self, certain: bool) -> None:
        super().__init__(certain)
        self.certain = certain


class Words:
    """A machine whose state is the words that were applied; "no" is refused."""

    refusal: type[Exception] = Refused

    def __init__(self, name: str) -> None:
        self.name = name
        self.words: list[str] = []
        self.times: list[float] = []
        self.up: dict[int, str] = {}
        self.places: list[Place] = []
        self.restored: list[Position] = []
        self.own: list[str] = []
        self.remembered: dict[int, str] = {}
        self.starts: Starts = ()
        self.asks = False
        self.node = 0
        self.agreed: list[Position] = []
        self.rewound: list[tuple[Place, bool, str]] = []

    def encode(self, entries: Sequence[str]) -> bytes:
        if "unspeakable" in entries:
            raise ValueError
        return "\n".join(entries).encode()

    def decode(self, body: bytes) -> Sequence[str]:
        if body == b"gibberish":
            raise ValueError
        return body.decode().split("\n") if body else ()

    def nodes(self) -> Mapping[int, str]:
        return self.up

    def first(self, node: int) -> Sequence[str]:
        self.node = node
        return [f"up {node} {self.name}"]

    def gone(self, node: int) -> str:
        return f"gone {node}"

    def load(self) -> None:
        self.words = list(self.own)
        self.up = dict(self.remembered)

    def apply(self, entry: str, at: float) -> None:
        match entry.split():
            case ["no"]:
                raise Refused
            case ["bug"]:
                raise ZeroDivisionError
            case ["up", node, name]:
                self.up[int(node)] = name
            case ["gone", node]:
                self.up.pop(int(node), None)
            case _:
                self.words.append(entry)
                self.times.append(at)

    def take_snapshot(self) -> bytes:
        return repr((self.words, self.up)).encode()

    def restore(self, data: bytes, place: Place) -> None:
        self.words, self.up = eval(data)
        self.restored.append(place.position)

    def passed(self, place: Place) -> None:
        self.places.append(place)

    def check(self) -> str | None:
        return f"check {self.node}" if self.asks else None

    def was_asked(self) -> bool:
        return bool(self.words and self.words[-1] == f"check {self.node}")

    def agrees(self, position: Position) -> bool:
        return position in self.agreed

    def mark(self, position: Position) -> str:
        return mark(position)

    def began(self, starts: Starts) -> None:
        self.starts = list(starts)

    def rewind(self, place: Place, data: bytes | None, mark: str) -> Deferred[None]:
        self.rewound.append((place, data is not None, mark))
        return succeed(None)


def mark(position: Position) -> str:
    return f"mark of {position}"


class Node:
    """One node, what it was told, and its way to the keeper."""

    def __init__(
        self,
        world: World,
        name: str,
        snapshots: tuple[float, int] = (300.0, 50_000),
        later: float = 0.0,
    ) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.clock = NodeClock(world.clock)
        self.faults = Faults()
        self.stream = SimStream(
            world.keeper, world.clock, self.clock, Random(1), self.faults
        )
        self.machine = Words(name)
        self.log: SharedLog[str] = SharedLog(
            self.stream,
            self.machine,
            self,
            self.clock,
            lambda: START + later,
            name,
            snapshots=snapshots,
        )
        self.membership = self.log._membership
        self.reader = self.membership._reader

    def away(self, since: float) -> None:
        self.told.append(("away", since))

    def back(self) -> None:
        self.told.append(("back",))

    def fenced(self, old: int, new: int) -> None:
        self.told.append(("fenced", old, new))

    def failed(self, reason: str) -> None:
        self.told.append(("failed", reason))

    def forked(self, position: Position) -> None:
        self.told.append(("forked", position))

    def lost(self, certain: bool) -> Exception:
        return Lost(certain)

    def too_much(self) -> Exception:
        return OverflowError()

    def is_in(self, state: State) -> bool:
        return self.log.state is state

    def say(self, word: str) -> list[object]:
        """What comes of it is put into the list."""
        return outcome(self.log.propose(word))


def outcome(call: Deferred[None]) -> list[object]:
    found: list[object] = []

    def failed(reason: Any) -> None:
        found.append(_why(reason.value))

    call.addCallbacks(lambda _: found.append("done"), failed)
    return found


def submit(log: SharedLog[str], word: str) -> list[object]:
    """As `Node.say`, for what nobody waits for: only a refusal is put into the list."""
    found: list[object] = []
    log.submit(word, lambda error: found.append(_why(error)))
    return found


def _why(error: BaseException) -> object:
    certain = getattr(error, "certain", None)
    return type(error) if certain is None else certain


class World:
    def __init__(self) -> None:
        self.clock = WorldClock()
        self.keeper = Keeper(self.clock)

    def node(self, name: str, kept: Place = NOWHERE, **settings: Any) -> Node:
        node = Node(self, name, **settings)
        node.log.start(kept).addErrback(lambda reason: None)
        return node

    def cluster(self, *names: str) -> list[Node]:
        nodes = [self.node(name) for name in names]
        self.clock.advance(10)
        assert [node.log.state for node in nodes] == [State.RUNNING] * len(nodes)
        return nodes

    def bodies(self) -> list[bytes]:
        return [record.body for record in self.keeper.data.records]
