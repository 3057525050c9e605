"""The state of a node: a real hub, and what its disk has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, get_args
from zlib import crc32

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from twisted_chat.cluster.salvage import (
    Salvage,
    last_ids,
    mark_of,
    marked,
    pack,
    undecided,
    unpack,
)
from twisted_chat.events import ChatError, Said
from twisted_chat.fanout import Fanout
from twisted_chat.history import MemoryHistory
from twisted_chat.hub import Hub, Settings, Stored
from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import VERSION, Entry
from twisted_chat.hub.snapshot import Snapshot
from twisted_chat.log.codec import Codec, SnapshotCodec
from twisted_chat.log.machine import NOWHERE, Place, Starts
from twisted_chat.log.stream import Position
from twisted_chat.names import fold
from twisted_chat.outcomes import unattended

from ..support import START
from .clock import NodeClock

SETTINGS = Settings(max_per_ip=0)
KINDS: tuple[type[Any], ...] = get_args(Entry)
ENTRIES: Codec[Any] = Codec(KINDS)


class Kept(NamedTuple):
    """A message, and the record by which it was said."""

    place: Place
    said: Said


class State(NamedTuple):
    """:ivar latest: the last message of each room."""

    hub: Snapshot
    latest: tuple[Said, ...]
    digest: int


STATES = SnapshotCodec(State)


class Disk:
    """What a node still has when it was killed.

    :ivar wiped: how often it was lost, and `rewound`: how often it went back.
    """

    def __init__(self) -> None:
        self.place = NOWHERE
        self.said: list[Kept] = []
        self.aside = b""
        self.names: tuple[str, ...] = ()
        self.stored = Stored()
        self.starts: Starts = ()
        self.wiped = self.rewound = 0

    # As of a history, for `Salvaging`

    def put_aside(self) -> Deferred[bytes]:
        return succeed(self.aside)

    def drop_aside(self) -> Deferred[None]:
        self.aside = b""
        return succeed(None)


class SimHistory(MemoryHistory):
    """:ivar said: what was, since it was last looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Said] = []

    def append(self, message: Said) -> None:
        self.said.append(message)
        super().append(message)


class SimMachine:
    """A hub as a `Machine`; all that it applies goes into a digest.

    :param note: told of each record that is applied: where, the digest, what was said.
    """

    refusal: type[Exception] = ChatError

    def __init__(
        self,
        disk: Disk,
        name: str,
        clock: NodeClock,
        note: Callable[[SimMachine, Place], None],
    ) -> None:
        self.disk = disk
        self.name = name
        self.note = note
        self.digest = 0
        self._latest: dict[str, Said] = {}
        self._starts: Starts = disk.starts
        self._asked = False
        self._remembered = {-number: each for number, each in enumerate(disk.names, 1)}
        fanout = Fanout(lambda flush: clock.callLater(0, flush))
        history = SimHistory()
        self.said = history.said
        self.hub = Hub(SETTINGS, fanout, Clock(), lambda: START, history=history)
        self.encode: Callable[[Sequence[Entry]], bytes] = ENTRIES.encode

    def decode(self, body: bytes) -> Sequence[Entry]:
        """Those of a record, which is to be applied now."""
        self.digest = crc32(body, self.digest)
        return ENTRIES.decode(body)

    def load(self) -> None:
        self.hub.load(self.disk.stored)
        self._latest = {fold(said.room): said for _, said in self.disk.said}
        self.digest = 0

    def nodes(self) -> Mapping[int, str]:
        up = {node.number: node.name for node in self.hub.nodes.values()}
        return up or self._remembered

    def first(self, node: int) -> Sequence[Entry]:
        return [e.NodeUp(node, self.name, VERSION)]

    def gone(self, node: int) -> Entry:
        return e.NodeGone(node)

    def apply(self, entry: Entry, at: float) -> None:
        code = 0
        try:
            self.hub.apply(entry, at)
        except ChatError as error:
            code = error.code
            raise
        finally:
            self.digest = crc32(b"%d" % code, self.digest)

    def take_snapshot(self) -> bytes:
        latest = tuple(self._latest.values())
        return STATES.encode(State(self.hub.snapshot(), latest, self.digest))

    def restore(self, data: bytes, place: Place) -> None:
        state = STATES.decode(data)
        self.digest = state.digest
        self.hub.restore(state.hub)
        self._latest = {fold(said.room): said for said in state.latest}
        self.said.clear()
        if place > self.disk.place:
            ids = {key: room.last_id for key, room in self.hub.rooms.items()}
            self._keep(place, {**self.hub.last_ids, **ids})

    def passed(self, place: Place) -> None:
        self.note(self, place)
        checks = self.hub.checks
        self._asked = checks.asked_by == self.hub.node != 0
        if checks.asked_by and (
            found := checks.take((place.position.ms, place.position.seq))
        ):
            unattended(self.hub.propose(found))
        self._latest.update((fold(said.room), said) for said in self.said)
        disk = self.disk
        if place > disk.place:
            disk.said += [Kept(place, said) for said in self.said]
            self._keep(place, {fold(said.room): said.id for said in self.said})
        self.said.clear()

    def check(self) -> Entry | None:
        return e.Check(self.hub.node) if len(self.hub.nodes) > 1 else None

    def was_asked(self) -> bool:
        asked, self._asked = self._asked, False
        return asked

    def agrees(self, position: Position) -> bool:
        agreed = self.hub.checks.agreed == tuple(position)
        return agreed or len(self.hub.nodes) < 2

    def mark(self, position: Position) -> str:
        return mark_of(([said] for said in self._latest.values()), position)

    def began(self, starts: Starts) -> None:
        self._starts = tuple(starts)

    def rewind(self, place: Place, data: bytes | None, mark: str) -> Deferred[None]:
        disk, base = self.disk, None
        if place >= disk.place:
            return succeed(None)
        known: Mapping[str, int] = {}
        if data is not None:
            base = STATES.decode(data).hub
            known = _as_said(base)
        kept, ms = marked(mark), place.position.ms
        lost = [
            said
            for (_, at), said in disk.said
            if (
                said.id > known.get(fold(said.room), 0)
                if base is not None
                else at.ms > ms
                or (at.ms == ms and said.id > kept.get(fold(said.room), 0))
            )
        ]
        left = undecided(unpack(disk.aside), lost, self.encode, ENTRIES.decode)
        salvage = Salvage(self.hub, base, place.position, self.encode)
        disk.aside = pack(salvage.items(lost, left))
        gone = set(lost)
        disk.said = [kept for kept in disk.said if kept.said not in gone]
        disk.place = place
        disk.rewound += 1
        return succeed(None)

    def _keep(self, place: Place, last_ids: Mapping[str, int]) -> None:
        disk, hub = self.disk, self.hub
        before = disk.stored.last_ids
        ids = {key: id for key, id in before.items() if not hub.former.floor(key)}
        ids.update(last_ids)
        disk.stored = Stored(
            tuple(hub.accounts),
            last_ids=ids,
            repeated=hub.repeated.levels(),
            former=tuple(hub.former),
        )
        disk.place = place
        disk.starts = self._starts
        disk.names = tuple(node.name for node in hub.nodes.values())


def _as_said(base: Snapshot) -> Mapping[str, int]:
    """As `last_ids`, by the names under which messages were said.

    A file moves them when a room is renamed; a `Disk` doesn't.
    """
    ids = last_ids(base)
    for former in base.former:
        for upto, name, _ in former.names:
            ids[fold(name)] = max(ids.get(fold(name), 0), upto)
    return ids
