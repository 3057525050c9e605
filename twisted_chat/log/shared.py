"""The log of a cluster: one order of entries for many nodes, by a `Stream`.

What is proposed in a turn of the reactor becomes one record.  Every node reads all
records, its own too, and applies them.  A proposal's Deferred fires when it is read,
and what was never read fails, so that an answer always is about what all nodes do.

One coroutine leads the node from state to state, another one (`Reader`) reads.  What
goes wrong in a call to the stream says which state comes next.

Where the stream was started anew the log is sealed, until the nodes have opened its
next generation.  Who was up stays up, under the same number, and sends again what has
not come back from the log: what the log has is not added twice.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Generic, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger

from ..clock import Clock, Timer
from .base import Refused
from .contact import Contact
from .lease import Lease
from .lineage import Forked, Left
from .machine import NOWHERE, Host, Machine, Place, Starts
from .outbox import Batch, Outbox
from .reader import Reader, spawn
from .recovery import Recovery
from .replica import Broken, Replica
from .state import Course, Interrupted, State
from .stream import (
    Away,
    Fenced,
    Malformed,
    Member,
    Record,
    Sealed,
    Stream,
    StreamError,
)

if TYPE_CHECKING:
    from .base import Log

log = Logger()
E = TypeVar("E")

# Seconds, both of them.
ENTRY = 5.0
PATIENCE = 5.0
SNAPSHOTS = (300.0, 50_000)


class SharedLog(Generic[E]):
    """The part of one node in a shared log; see `Log`.

    A proposal that fails with `Host.lost` (certain) is not in the log and never will
    be.  The caller may propose it anew, after `Host.fenced`; nothing here does, for it
    would be by a session that is gone.

    :ivar node: this node's number; 0 for none.
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
        self._stream = stream
        self._machine = machine
        self._host = host
        self._clock = clock
        self._name = name
        self.node = self._lived_as = 0
        self._flushing = Timer(clock)
        self._started: Deferred[None] | None = None
        self._course = course = Course(clock, name)
        self._outbox: Outbox[E] = Outbox(
            stream, machine.encode, self._trouble, host.too_much
        )
        self._replica: Replica[E] = Replica(machine, clock, wall, self._found)
        self.time = self._replica.time
        self._reader: Reader[E] = Reader(
            stream, self._replica, course, self._passed, self._missed, self._trouble
        )
        self._contact = Contact(host, course, self.time, lambda: self._reader.answers)
        self._lease: Lease[E] = Lease(
            stream, machine, self._replica, course, clock, snapshots, self.propose
        )
        self._recovery: Recovery[E] = Recovery(
            stream, machine, self._replica, self._reader, course, clock, name, patience
        )
        self._steps = {
            State.STARTING: self._start,
            State.ENTERING: self._enter,
            State.RUNNING: self._run,
            State.AWAY: self._renew,
            State.FENCED: self._end_epoch,
            State.SEALED: self._agree,
            State.ASTRAY: self._rewind,
        }
        self._generation = 0

    # What the hub asks

    def propose(
        self, entry: E, within: AbstractContextManager[object] | None = None
    ) -> Deferred[None]:
        """As `Log.propose`.

        Fails with what `apply` raised, with `Host.lost`, or with `Host.too_much`.

        :param within: entered around the application of `entry` on this node.
        """
        if not self._course.live:
            return fail(self._host.lost(not self._course.stopped))
        outcome = self._outbox.add(entry, within)
        self._flush_soon()
        return outcome

    def submit(self, entry: E, refused: Refused) -> None:
        """As `Log.submit`."""
        if not self._course.live:
            refused(self._host.lost(True))
            return
        self._outbox.submit(entry, refused)
        if not self._flushing.running:
            self._flushing.start(0, self._flush)

    def settled(self) -> Deferred[None] | None:
        """As `Log.settled`."""
        return self._outbox.settled()

    @property
    def full(self) -> bool:
        """As `Log.full`."""
        return self._outbox.full

    @property
    def live(self) -> bool:
        """What is proposed now is sent, or waits until it can be; else it fails."""
        return self._course.live

    @property
    def idle(self) -> bool:
        """All that was proposed has been applied."""
        return self._outbox.empty

    @property
    def lag(self) -> float:
        """As `Log.lag`; up to the latest renewal of the lease."""
        return self._lease.lag

    def lag_of(self, member: Member) -> float:
        """As `lag`, of any node, when it last said how far it is."""
        return self._lease.lag_of(member)

    @property
    def missing(self) -> set[str]:
        """The names of the nodes that a sealed log waits for."""
        return self._recovery.missing if self.state is State.SEALED else set()

    @property
    def place(self) -> Place:
        """Up to where this node has applied the log."""
        return self._replica.place

    @property
    def state(self) -> State:
        return self._course.state

    # What the service asks

    def start(self, kept: Place = NOWHERE, starts: Starts = ()) -> Deferred[None]:
        """Go on from the log; fires when this node is up for the first time.

        :param kept: where this node's own store is.
        :param starts: the generations that led there, as `Machine.began` was told.
        """
        self._recovery.kept, self._replica.kept = kept, starts
        self._replica.load(kept)
        self._course.go(State.STARTING)
        started: Deferred[None] = Deferred()
        self._started = started
        spawn(self._drive(), self._trouble)
        return started

    def stop(self) -> Deferred[None]:
        """Leave, in order; whoever was connected here is gone for all.

        What was proposed is sent; its outcomes fail, as nobody waits for them.
        """
        return Deferred.fromCoroutine(self._leave())

    def force_open(self) -> None:
        """Open the next generation of a sealed log from this node's state.

        The operator says so, where nodes that others wait for won't come back.  No-op
        where the log isn't sealed.
        """
        if self.state is State.SEALED:
            self._recovery.force()

    # From state to state

    async def _drive(self) -> None:
        while not self._course.stopped:
            try:
                if self._contact.failed:
                    await self._contact.rest()
                await self._steps[self.state]()
            except Interrupted:
                continue
            except Exception as error:
                self._contact.failed = self._trouble(error)
            else:
                self._contact.found()
        started, self._started = self._started, None
        if started is not None:
            started.errback(self._host.lost(False))

    def _trouble(self, error: Exception) -> bool:
        """Go where `error` leads; whether to try again a little later."""
        if self._course.stopped:
            return False
        match error:
            case Sealed() | Fenced() if self.state is State.ASTRAY:
                return True  # it goes back first
            case Sealed():
                self._course.go(State.SEALED, error)
                if self._course.live:
                    self._contact.lost()
            case Fenced():
                self._be_fenced(error)
            case Away(silent=silent):
                self._note_away(silent)
                return True
            case Left():
                self._reader.stop()
                self._course.go(State.ASTRAY, error)
                self._contact.lost()
            case Forked():
                self._end(error)
                self._host.forked(error.position)
            case Malformed() | Broken():
                self._end(error)
                self._host.failed(str(error))
            case StreamError():
                log.warn("the stream: {error}", error=error)
                return True
            case _:
                log.error("the shared log has an error: {error!r}", error=error)
                self._end(error)
                self._host.failed(repr(error))
        return False

    def _be_fenced(self, why: object) -> None:
        """Until there is another number what would be proposed waits."""
        self._course.go(State.FENCED, why)
        self._contact.lost()

    def _end(self, why: object = "") -> None:
        """Stop here and now: nothing is read, sent or answered any more."""
        self._course.go(State.STOPPED, why)
        self._reader.stop()
        self._flushing.stop()
        self._outbox.drop(lambda: self._host.lost(False))

    def _note_away(self, silent: float) -> None:
        if self.state is State.ENTERING and self.node:
            self._be_fenced("the stream is away")
        self._course.go(State.AWAY)
        self._contact.lost(silent)

    # Sending and reading

    def _flush_soon(self) -> None:
        if not self._flushing.running:
            self._flushing.start(0, self._flush)

    def _flush(self) -> None:
        """The turn has ended: send what was proposed in it.

        Not where the process stood still for longer than the lease: it may be gone for
        the others, and finds out first.
        """
        self._outbox.end_turn()
        if self.state not in (State.RUNNING, State.ENTERING):
            return
        if self._lease.over:
            self._course.wake()
        else:
            self._outbox.send()

    def _found(self, record: Record) -> Batch[E] | None:
        if record.node == self.node:
            return self._outbox.found(record.sequence)
        return None

    def _passed(self, record: Record) -> None:
        """See whether this node is still one of the cluster.

        Where the operator had a generation opened nobody is, and what was sent may have
        been shown by a node that was not waited for.  It makes no difference that this
        node has found out before that it has to enter anew.
        """
        if self._outbox.let_in():
            self._flush_soon()
        opened = record.generation != self._generation
        self._generation = record.generation
        if record.node or self.node in self._machine.nodes():
            return
        if opened and self.state is not State.ENTERING:
            self._outbox.doubt(lambda: self._host.lost(False))
        if self._course.live:
            self._be_fenced("the others take this node for gone")

    def _missed(self, restored: bool) -> None:
        """What came of this node's proposals may be among what is missing.

        Of those that the snapshot doesn't count the rest of the log tells.
        """
        self._be_fenced("records are missing")
        if restored:
            counted = self._replica.sequence(self.node)
            last = self._outbox.last if counted is None else counted
            self._outbox.give_up(last, lambda: self._host.lost(False))

    # The steps of each state

    async def _start(self) -> None:
        await self._recovery.look(self._recovery.kept)
        if not await self._recovery.restore():
            raise StreamError("the log is open and has no snapshot")
        self._course.go(State.ENTERING)

    async def _enter(self) -> None:
        await self._recovery.reach_head()
        self.node = await self._lease.enter(self._name)
        self._outbox.begin(self.node)
        for entry in self._machine.first(self.node):
            self._outbox.add(entry, None).addErrback(_log_refusal)
        self._flush()
        await self._course.wait(lambda: self._outbox.empty, ENTRY)
        if not self._outbox.empty:
            raise Fenced("the first entries did not come back")
        self._course.go(State.RUNNING, f"as {self.node}")
        old, self._lived_as = self._lived_as, self.node
        if old:
            self._host.fenced(old, self.node)
        started, self._started = self._started, None
        if started is not None:
            started.callback(None)

    async def _run(self) -> None:
        await self._lease.rest()
        await self._renew()

    async def _renew(self) -> None:
        book = await self._lease.renew(self.node)
        if self.state is State.AWAY:
            self._course.go(State.RUNNING)
        self._flush()
        await self._lease.keep(self.node, book)

    async def _end_epoch(self) -> None:
        """Read up to the own end, so that it is known what is in the log."""
        if self.node:
            body = self._machine.encode([self._machine.gone(self.node)])
            await self._course.ask(self._stream.leave(self.node, body))
        await self._recovery.reach_head()
        self._outbox.drop(lambda: self._host.lost(True))
        self.node = 0
        self._course.go(State.ENTERING)

    async def _agree(self) -> None:
        """Wait for the next generation, or open it, and go on in it."""
        await self._recovery.agree(was_in=bool(self._lived_as))
        if self._course.live:
            await self._stay()
        else:
            whole = self._replica.whole
            self._course.go(State.FENCED if whole else State.STARTING)

    async def _rewind(self) -> None:
        """Go back to where the log left this node aside, and on from there.

        What others have not seen of its proposals can't come into the log any more.
        """
        found = await self._recovery.rewind(self.node)
        self._outbox.doubt(lambda: self._host.lost(False))
        self._outbox.drop(lambda: self._host.lost(True))
        self.node = 0
        self._course.go(State.FENCED if found else State.SEALED)

    async def _stay(self) -> None:
        """Be who one was in the new generation, which begins where this node is.

        Nothing is sent before its first record is read: where this node is further
        than that, or has missed something, it can't go on as it is.
        """
        await self._recovery.reach_head()
        await self._lease.renew(self.node)
        self._outbox.resume()
        self._course.go(State.RUNNING, f"as {self.node} still")
        self._flush()

    async def _leave(self) -> None:
        self._flush()
        self._course.go(State.STOPPED)
        self._reader.stop()
        try:
            if self.node:
                body = self._machine.encode([self._machine.gone(self.node)])
                await self._stream.leave(self.node, body)
        except StreamError as error:
            log.warn("couldn't leave: {error!r}", error=error)
        finally:
            self._end()


def _log_refusal(reason: object) -> None:
    log.warn("an entry of this node itself was refused: {reason}", reason=reason)


if TYPE_CHECKING:

    def _conforms(shared: SharedLog[E]) -> Log[E]:
        return shared
