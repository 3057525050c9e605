"""The hub as the state that a shared log changes."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from twisted.internet.defer import Deferred, succeed

from ..events import ChatError, Said
from ..history.sqlite import SqliteHistory
from ..history.tables import Moment
from ..hub import Hub, Stored
from ..hub.entries import (
    VERSION,
    VERSIONS,
    Check,
    Configure,
    Entry,
    NodeGone,
    NodeUp,
)
from ..hub.shared_settings import differing
from ..hub.snapshot import Snapshot
from ..log.codec import TOO_OLD, Codec, SnapshotCodec
from ..log.machine import NOWHERE, Place, Start, Starts
from ..log.replica import Broken
from ..log.stream import Position
from ..names import fold
from ..outcomes import unattended
from ..storage.places import Place as KeptPlace
from ..storage.writes import Adopt
from .salvage import Salvage, last_ids, mark_of, marked, pack, undecided, unpack

if TYPE_CHECKING:
    from ..log.machine import Machine

CHECK_AFTER = 10_000
SIZE = 500

KINDS: tuple[type[Any], ...] = get_args(Entry)


class State(NamedTuple):
    """:ivar said: the latest messages of each room, the oldest first.
    :ivar left: so many entries are applied before nodes compare what they have.
    :ivar began: see `SqliteHistory.began`.
    :ivar needs: the newest kinds of entry that have led here; see `VERSION`.
    """

    hub: Snapshot
    said: tuple[tuple[Said, ...], ...]
    left: int
    began: tuple[tuple[str, float], ...] = ()
    needs: int = 1


class HubMachine:
    """See `Machine`.

    :param stored: what this node's own file has.
    :param kept: where in the log that is.
    :param configured: called when another node has set what all share, which is to be
        what this node was told, its password too.
    :param check_after: so many entries are applied between two `Checks`, and as many
        more for each `SIZE` sessions: a check takes a time that grows with them.
    """

    refusal: type[Exception] = ChatError

    def __init__(
        self,
        hub: Hub,
        history: SqliteHistory,
        stored: Stored,
        kept: KeptPlace,
        name: str,
        check_after: int = CHECK_AFTER,
        configured: Callable[[], object] = lambda: None,
    ) -> None:
        self._hub = hub
        self._history = history
        self._stored = stored
        self._known = {-place: node for place, node in enumerate(kept.nodes, 1)}
        self._kept = as_place(kept)
        self._name = name
        self._configured = configured
        self._up = False
        codec: Codec[Entry] = Codec(KINDS)
        self.encode: Callable[[Sequence[Entry]], bytes] = codec.encode
        self.decode: Callable[[bytes], Sequence[Entry]] = codec.decode
        self._states = SnapshotCodec(State)
        self._own = b""
        self._cut_off: Mapping[str, int] | None = None
        self._node = 0
        self._check_after = self._left = check_after
        self._asked = False
        self._needs = 1

    def apply(self, entry: Entry, at: float) -> None:
        """As `Machine.apply`."""
        self._left -= 1
        if type(entry) in VERSIONS:
            self._needs = max(self._needs, VERSIONS[type(entry)])
        self._hub.apply(entry, at)
        if type(entry) is NodeUp and entry.node == self._node:
            self._up = True
        elif type(entry) is Configure and self._node in self._hub.nodes:
            # Two that come up at once each take themselves for the first one.
            self._check_settings()
            self._configured()

    def nodes(self) -> Mapping[int, str]:
        """As `Machine.nodes`."""
        hub = self._hub
        return {node.number: node.name for node in hub.nodes.values()} or self._known

    def first(self, node: int) -> Sequence[Entry]:
        """As `Machine.first`; raises `Broken` where others share other settings."""
        self._node = node
        hub, up = self._hub, NodeUp(node, self._name, VERSION)
        if self._up:
            return [up]  # as before: what all share may have changed since
        if all(other.name == self._name for other in hub.nodes.values()):
            return [up, Configure(hub.told)]
        self._check_settings()
        return [up]

    def _check_settings(self) -> None:
        """See that what this node was told is what all share, but for the password.

        :raises Broken: it isn't.
        """
        if others := differing(self._hub.told, self._hub.shared):
            raise Broken(otherwise(others))

    def gone(self, node: int) -> Entry:
        """As `Machine.gone`."""
        return NodeGone(node)

    def load(self) -> None:
        """As `Machine.load`; what all share stays what it was, once it is known."""
        before = self._hub.shared
        self._hub.load(self._stored)
        if self._up:
            self._hub.shared = before
        self._left = self._check_after

    def take_snapshot(self) -> bytes:
        """As `Machine.take_snapshot`."""
        said = tuple(map(tuple, self._history.tails()))
        began = tuple(self._history.rejoining.began().items())
        state = State(self._hub.snapshot(), said, self._left, began, self._needs)
        data = self._states.encode(state)
        self._own = sha256(data).digest()
        return data

    def restore(self, data: bytes, place: Place) -> None:
        """As `Machine.restore`.

        :raises Broken: the file is that of another chat, or this program is too old:
            it may not understand what comes, nor have what came of what was before.
        """
        own = sha256(data).digest() == self._own
        if self._kept == NOWHERE and not own and not self._stored.is_new:
            path = self._history.path
            raise Broken(f"{path} has a chat of its own; start a node with a new file")
        state = self._states.decode(data)
        if state.needs > VERSION:
            raise Broken(f"the state isn't understood: {TOO_OLD}")
        self._needs = state.needs
        hub = self._hub
        hub.restore(state.hub)
        if self._cut_off is not None:
            hub.stranded.unhear(self._cut_off)
            self._cut_off = None
        self._left = state.left
        self._history.restore_tails(state.said)
        said, fleeting = self._sorted(state.said)
        self._history.restore_fleeting(fleeting)
        if place <= self._kept:
            self._history.passing.begin(messages[-1] for messages in said)
        elif not own:
            bans = tuple(data.ban for data in state.hub.bans if not data.ban.temporary)
            everything = Adopt(
                state.hub.accounts,
                state.hub.records,
                bans,
                state.hub.markers,
                state.hub.waiting,
                hub.staying.kept(),
                state.hub.former,
                state.hub.devices,
            )
            hub.store.adopt(everything)
            hub.store.put_repeated(state.hub.repeated)
            since = self._kept.position.ms / 1000
            began = dict(state.began)
            self._history.rejoining.adopt(
                said, last_ids(state.hub), began, since, hub.former.name_of
            )
        self.passed(place)

    def check(self) -> Entry | None:
        """As `Machine.check`."""
        hub = self._hub
        alone = len(hub.nodes) < 2 or not hub.supports(Check)
        return None if alone else Check(self._node)

    def was_asked(self) -> bool:
        """As `Machine.was_asked`."""
        asked, self._asked = self._asked, False
        return asked

    def agrees(self, position: Position) -> bool:
        """As `Machine.agrees`."""
        alone = len(self._hub.nodes) < 2
        return alone or self._hub.checks.agreed == tuple(position)

    def mark(self, position: Position) -> str:
        """As `Machine.mark`."""
        return mark_of(self._history.tails(), position)

    def began(self, starts: Starts) -> None:
        """As `Machine.began`."""
        self._hub.store.put_starts(tuple((n, *at, mark) for n, at, mark in starts))

    def rewind(self, place: Place, data: bytes | None, mark: str) -> Deferred[None]:
        """As `Machine.rewind`."""
        if place >= self._kept:
            return succeed(None)
        base, said = None, dict[tuple[str, int], Said]()
        if data is not None:
            base, tails, *_ = self._states.decode(data)
            said = {(fold(each.room), each.id): each for tail in tails for each in tail}
        names = tuple(self.nodes().values())
        at = KeptPlace(place.generation, *place.position, names)
        salvage = Salvage(self._hub, base, place.position, self.encode)

        def aside(before: bytes, lost: list[Said], changed: list[Said]) -> bytes:
            left = undecided(unpack(before), lost, self.encode, self.decode)
            return pack(salvage.items(lost, left, changed))

        self._cut_off = {} if base is None else last_ids(base)
        known = None if base is None else self._cut_off
        then = Moment(place.position.ms / 1000, known, marked(mark), said)
        done = self._history.rejoining.cut_off(then, at, aside)

        def rewound(_: None) -> None:
            self._kept = place

        return done.addCallback(rewound)

    def _sorted(
        self, said: Iterable[Sequence[Said]]
    ) -> tuple[list[list[Said]], list[Said]]:
        """What of each room is to be in the file, and what is fleeting."""
        kept, fleeting = [], []
        for messages in said:
            room = self._hub.rooms.get(fold(messages[0].room))
            unkept: Container[int] = () if room is None else room.unkept
            fleeting += [m for m in messages if m.id in unkept]
            if lasting := [m for m in messages if m.id not in unkept]:
                kept.append(lasting)
        return kept, fleeting

    def passed(self, place: Place) -> None:
        """As `Machine.passed`."""
        self._asked = self._hub.checks.asked_by == self._node != 0
        if self._left <= 0 or self._hub.checks.asked_by:
            self._check(place.position)
        if place <= self._kept:
            self._history.passing.over()
            if place == self._kept:
                self._history.passing.end()
            return
        self._history.passing.end()
        (generation, (ms, seq)) = self._kept = place
        names = tuple(node.name for node in self._hub.nodes.values())
        self._hub.store.put_place(KeptPlace(generation, ms, seq, names))

    def _check(self, position: Position) -> None:
        """See whether the others have the same after this record."""
        hub = self._hub
        self._left = self._check_after * (1 + len(hub.sessions) // SIZE)
        if (found := hub.checks.take((position.ms, position.seq))) is not None:
            unattended(hub.propose(found))


def otherwise(options: Sequence[str]) -> str:
    """Why a node doesn't start that was told something else than the others."""
    return f"this node was started with other {', '.join(options)} than the others"


def as_starts(kept: KeptPlace) -> Starts:
    """Which generations of the log led there."""
    return [
        Start(number, Position(ms, seq), mark) for number, ms, seq, mark in kept.starts
    ]


def as_place(kept: KeptPlace) -> Place:
    """Where in the log that is."""
    return Place(kept.generation, Position(kept.ms, kept.seq))


if TYPE_CHECKING:

    def _conforms(machine: HubMachine) -> Machine[Entry]:
        return machine
