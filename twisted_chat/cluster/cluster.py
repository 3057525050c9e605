"""One node: its log, and what its people notice of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..clock import Clock
from ..control.server import Command, Request
from ..events import ChatError
from ..history.sqlite import SqliteHistory
from ..hub import Hub, Stored
from ..hub.entries import Entry
from ..hub.isolation import CutOff
from ..log.lease import RENEW, silence
from ..log.redis import RedisStream
from ..log.shared import SharedLog
from ..log.state import State
from ..log.stream import BEGINNING, Away, Member, Position, Sealed, StreamError
from ..storage.places import Place as KeptPlace
from .bus import Bus
from .machine import HubMachine, as_place, as_starts, otherwise
from .salvaging import Salvaging

if TYPE_CHECKING:
    from ..log.machine import Host

log = Logger()


class Cluster:
    """The log of a hub that is one of several; see `Host` for what it is told.

    :param reactor: for sockets and time.
    :param fail: is given one line: the server can't go on, and nothing more may be
        shown.
    """

    def __init__(
        self,
        reactor: Clock,
        bus: Bus,
        hub: Hub,
        wall: Callable[[], float],
        fail: Callable[[str], object],
    ) -> None:
        self._bus = bus
        self._hub = hub
        self._wall = wall
        self._clock = reactor
        self._fail = fail
        self._stream = RedisStream(reactor, bus.address, bus.prefix, bus.cipher)
        self._log: SharedLog[Entry] | None = None
        self._salvaging: Salvaging | None = None
        self._path = ""
        hub.open_to_newcomers = False

    def start(
        self,
        history: SqliteHistory,
        stored: Stored,
        kept: KeptPlace,
    ) -> Deferred[None]:
        """Go on from what the file has; fires once people may come in.

        :param kept: where in the log the file is.
        """
        name, self._path = self._bus.node, history.path
        machine = HubMachine(
            self._hub, history, stored, kept, name, configured=self._check_password
        )
        self._log = shared = SharedLog(
            self._stream, machine, self, self._clock, self._wall, name
        )
        self._hub.follow(shared)
        self._salvaging = Salvaging(
            self._hub, history.rejoining, self._clock, machine.decode
        )
        return Deferred.fromCoroutine(self._start(shared, kept))

    async def _start(self, shared: SharedLog[Entry], kept: KeptPlace) -> None:
        try:
            await self._stream.start()
        except Away as error:
            log.warn("{bus}: {error}", bus=self._bus.address, error=error)
        await shared.start(as_place(kept), as_starts(kept))
        self._hub.node = shared.node
        if not await self._has_the_password():
            return
        self._hub.isolation.end()
        self._hub.open_to_newcomers = True
        log.info("node {name} is up", name=self._bus.node)
        self._begin_salvaging()

    def _check_password(self) -> None:
        Deferred.fromCoroutine(self._has_the_password())

    async def _has_the_password(self) -> bool:
        """Whether this node was started with that of the others; else it fails."""
        right = await self._hub.authentication.server_password.is_own()
        if not right:
            self._fail(otherwise(["--password"]))
        return right

    def stop(self) -> Deferred[None]:
        """Leave the others, in order."""
        return Deferred.fromCoroutine(self._stop())

    def _begin_salvaging(self) -> None:
        if self._salvaging is not None:
            self._salvaging.begin()

    async def _stop(self) -> None:
        self._hub.isolation.stop()
        if self._salvaging is not None:
            self._salvaging.stop()
        try:
            if self._log is not None:
                await self._log.stop()
        finally:
            self._stream.stop()

    # What can be asked: see `control`

    def commands(self) -> Mapping[str, Command]:
        """What ``twisted-chat-admin`` may ask a node."""
        return {"nodes": self._nodes, "bus-open": self._force_open}

    async def _nodes(self, request: Request) -> Sequence[str]:
        """A line for each node: its name, its number, its lag, and its people."""
        try:
            book = await self._stream.look()
        except Sealed:
            raise ChatError(400, self._waits()) from None
        except StreamError as error:
            raise ChatError(400, f"the log can't be asked: {error}") from None
        people = Counter(
            state.id.node
            for user in self._hub.users.values()
            for state in user.sessions
        )
        return [
            f"{member.name} {member.node}: {self._lag(member)},"
            f" {people[member.node]} people"
            for member in book.members
        ]

    def _waits(self) -> str:
        names = ", ".join(sorted(self._log.missing)) if self._log is not None else ""
        if not names:
            return "the log is sealed until the nodes have agreed how far it is"
        return (
            f"the log is sealed and waits for {names}: start what is missing, or go on"
            " without it by: bus open"
        )

    def _lag(self, member: Member) -> str:
        assert self._log is not None
        own = member.node == self._log.node
        lag = self._log.lag if own else self._log.lag_of(member)
        silent = silence(member)
        quiet = f", silent for {silent:.0f} s" if silent > 2 * RENEW else ""
        return f"{lag:.1f} s behind{quiet}"

    async def _force_open(self, request: Request) -> Sequence[str]:
        if self._log is None or self._log.state is not State.SEALED:
            raise ChatError(400, "the log is open, or can't be reached")
        self._log.force_open()
        return ["the log is opened from what this node has"]

    # What the log tells: see `Host`

    def away(self, since: float) -> None:
        self._hub.isolation.begin(self._hub.now() - since)

    def back(self) -> None:
        """Where it is about to be `fenced` what is proposed fails until then."""
        if self._log is not None and self._log.state is State.RUNNING:
            self._hub.isolation.end()

    def fenced(self, old: int, new: int) -> None:
        self._hub.node = new
        self._hub.isolation.end()
        self._hub.stranded.bring_back()
        self._begin_salvaging()

    def failed(self, reason: str) -> None:
        self._fail(reason)

    def forked(self, position: Position) -> None:
        self._fail(_without(self._path, position))

    def lost(self, certain: bool) -> Exception:
        return CutOff(certain)

    def too_much(self) -> Exception:
        return ChatError(263, "Too much waits until this server is back; try again")


def _without(path: str, position: Position) -> str:
    """Why a node doesn't go on whose file has what no other one knows of.

    :param position: up to where the others have the same.
    """
    how = "was begun"
    if position > BEGINNING:
        since = datetime.fromtimestamp(position.ms / 1000, UTC)
        how = f"went on from {since:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"{path}: the chat of the others {how} without what this file has;"
        " see “A chat was begun anew” in docs/cluster.rst"
    )


if TYPE_CHECKING:

    def _conforms(cluster: Cluster) -> Host:
        return cluster
