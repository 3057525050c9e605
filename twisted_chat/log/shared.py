"""The log of a cluster: one order of entries for many nodes, by a `Stream`.

What is proposed in a turn of the reactor becomes one record (`Sender`).  Every node
reads all records, its own too (`Reader`), and applies them (`Replica`).  A proposal's
Deferred fires when it is read, and what was never read fails, so that an answer always
is about what all nodes do.  `Membership` sees to it that this node is one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from twisted.internet.defer import Deferred

from ..clock import Clock
from .lease import Lease
from .machine import NOWHERE, Host, Machine, Place, Starts
from .membership import Membership
from .replica import Replica
from .sender import Sender
from .state import Course, State
from .stream import Member, Stream

if TYPE_CHECKING:
    from .base import Log

E = TypeVar("E")

# Seconds, both of them.
PATIENCE = 5.0
SNAPSHOTS = (300.0, 50_000)


class SharedLog(Generic[E]):
    """The part of one node in a shared log; see `Log`.

    :ivar propose: as `Sender.propose`.
    :ivar submit: as `Log.submit`.
    :ivar settled: as `Log.settled`.
    :ivar time: as `Log.time`.
    :param name: what this node is called, from one run to the next.
    :param wall: the time before anything is read, in seconds since the epoch.
    :param patience: seconds for which a node that has never been in waits for others
        who have, before it opens a log that it has found sealed.
    :param snapshots: after how many seconds, or records, a new one is taken.
    """

    at_once = False

    def __init__(
        self,
        stream: Stream,
        machine: Machine[E],
        host: Host,
        clock: Clock,
        wall: Callable[[], float],
        name: str,
        patience: float = PATIENCE,
        snapshots: tuple[float, int] = SNAPSHOTS,
    ) -> None:
        self._course = course = Course(clock, name)
        self._sender: Sender[E] = Sender(
            stream,
            machine,
            host,
            course,
            clock,
            lambda: self._lease.over,
            lambda error: self._membership.trouble(error),
        )
        self.propose = self._sender.propose
        self.submit = self._sender.submit
        self.settled = self._sender.settled
        self._replica: Replica[E] = Replica(machine, clock, wall, self._sender.found)
        self.time = self._replica.time
        self._lease: Lease[E] = Lease(
            stream, machine, self._replica, course, clock, snapshots, self.propose
        )
        self._membership: Membership[E] = Membership(
            stream,
            machine,
            host,
            course,
            self._replica,
            self._sender,
            self._lease,
            clock,
            name,
            patience,
        )

    # What the hub asks

    @property
    def full(self) -> bool:
        """As `Log.full`."""
        return self._sender.full

    @property
    def lag(self) -> float:
        """As `Log.lag`; up to the latest renewal of the lease."""
        return self._lease.lag

    # What the service asks

    def start(self, kept: Place = NOWHERE, starts: Starts = ()) -> Deferred[None]:
        """Go on from the log; fires when this node is up for the first time.

        :param kept: where this node's own store is.
        :param starts: the generations that led there, as `Machine.began` was told.
        """
        return self._membership.start(kept, starts)

    def stop(self) -> Deferred[None]:
        """Leave, in order; whoever was connected here is gone for all.

        What was proposed is sent; its outcomes fail, as nobody waits for them.
        """
        return Deferred.fromCoroutine(self._membership.leave())

    def force_open(self) -> None:
        """Open the next generation of a sealed log from this node's state.

        The operator says so, where nodes that others wait for won't come back.  No-op
        where the log isn't sealed.
        """
        self._membership.force_open()

    @property
    def node(self) -> int:
        """This node's number; 0 for none."""
        return self._membership.node

    @property
    def state(self) -> State:
        return self._course.state

    @property
    def live(self) -> bool:
        """What is proposed now is sent, or waits until it can be; else it fails."""
        return self._course.live

    @property
    def idle(self) -> bool:
        """All that was proposed has been applied."""
        return self._sender.idle

    @property
    def place(self) -> Place:
        """Up to where this node has applied the log."""
        return self._replica.place

    @property
    def missing(self) -> set[str]:
        """The names of the nodes that a sealed log waits for."""
        return self._membership.missing

    def lag_of(self, member: Member) -> float:
        """As `lag`, of any node, when it last said how far it is."""
        return self._lease.lag_of(member)


if TYPE_CHECKING:

    def _conforms(shared: SharedLog[E]) -> Log[E]:
        return shared
