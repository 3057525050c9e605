"""How a node of a shared log becomes one of the cluster, stays it, and is it again.

One coroutine leads the node from state to state, another one (`Reader`) reads.  What
goes wrong in a call to the stream says which state comes next.

Where the stream was started anew the log is sealed, until the nodes have opened its
next generation.  Who was up stays up, under the same number, and sends again what has
not come back from the log: what the log has is not added twice.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..clock import Clock
from .contact import Contact
from .lease import Lease
from .lineage import Forked, Left
from .machine import Host, Machine, Place, Starts
from .reader import Reader, spawn
from .recovery import Recovery
from .replica import Broken, Replica
from .sender import Sender
from .state import Course, Interrupted, State
from .stream import Away, Fenced, Malformed, Record, Sealed, Stream, StreamError

log = Logger()
E = TypeVar("E")

ENTRY = 5.0
"""Seconds in which a node that has entered reads so in the log, or enters anew."""


class Membership(Generic[E]):
    """Of one node, which has a step to take in each `State`.

    :ivar node: this node's number; 0 for none.
    :param patience: see `Recovery`.
    """

    def __init__(
        self,
        stream: Stream,
        machine: Machine[E],
        host: Host,
        course: Course,
        replica: Replica[E],
        sender: Sender[E],
        lease: Lease[E],
        clock: Clock,
        name: str,
        patience: float,
    ) -> None:
        self._machine = machine
        self._host = host
        self._course = course
        self._replica = replica
        self._sender = sender
        self._lease = lease
        self._name = name
        self._reader: Reader[E] = Reader(
            stream, replica, course, self._passed, self._missed, self.trouble
        )
        self._contact = Contact(
            host, course, replica.time, lambda: self._reader.answers
        )
        self._recovery: Recovery[E] = Recovery(
            stream, machine, replica, self._reader, course, clock, name, patience
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
        self._started: Deferred[None] | None = None
        self._generation = 0
        self.node = self._lived_as = 0

    def start(self, kept: Place, starts: Starts) -> Deferred[None]:
        """As `SharedLog.start`."""
        self._recovery.kept, self._replica.kept = kept, starts
        self._replica.load(kept)
        self._course.go(State.STARTING)
        started: Deferred[None] = Deferred()
        self._started = started
        spawn(self._drive(), self.trouble)
        return started

    async def leave(self) -> None:
        """Stop, and tell the others."""
        self._sender.flush()
        self._course.go(State.STOPPED)
        self._reader.stop()
        try:
            if self.node:
                await self._lease.leave(self.node)
        except StreamError as error:
            log.warn("couldn't leave: {error!r}", error=error)
        finally:
            self._end()

    @property
    def missing(self) -> set[str]:
        """The names of the nodes that a sealed log waits for."""
        sealed = self._course.state is State.SEALED
        return self._recovery.missing if sealed else set()

    def force_open(self) -> None:
        """As `SharedLog.force_open`."""
        if self._course.state is State.SEALED:
            self._recovery.force()

    # From state to state

    async def _drive(self) -> None:
        while not self._course.stopped:
            try:
                if self._contact.failed:
                    await self._contact.rest()
                await self._steps[self._course.state]()
            except Interrupted:
                continue
            except Exception as error:
                self._contact.failed = self.trouble(error)
            else:
                self._contact.found()
        started, self._started = self._started, None
        if started is not None:
            started.errback(self._host.lost(False))

    def trouble(self, error: Exception) -> bool:
        """Go where `error` leads; whether to try again a little later."""
        if self._course.stopped:
            return False
        match error:
            case Sealed() | Fenced() if self._course.state is State.ASTRAY:
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
            case StreamError() if not isinstance(error, Malformed):
                log.warn("the stream: {error}", error=error)
                return True
            case _:
                self._fail(error)
        return False

    def _fail(self, error: Exception) -> None:
        """Stop: there is no state in which this node could go on."""
        if not isinstance(error, Forked | Malformed | Broken):
            log.error("the shared log has an error: {error!r}", error=error)
        self._end(error)
        match error:
            case Forked():
                self._host.forked(error.position)
            case Malformed() | Broken():
                self._host.failed(str(error))
            case _:
                self._host.failed(repr(error))

    def _be_fenced(self, why: object) -> None:
        """Until there is another number what would be proposed waits."""
        self._course.go(State.FENCED, why)
        self._contact.lost()

    def _note_away(self, silent: float) -> None:
        if self._course.state is State.ENTERING and self.node:
            self._be_fenced("the stream is away")
        self._course.go(State.AWAY)
        self._contact.lost(silent)

    def _end(self, why: object = "") -> None:
        """Stop here and now: nothing is read, sent or answered any more."""
        self._course.go(State.STOPPED, why)
        self._reader.stop()
        self._sender.stop()

    # What the reader tells

    def _passed(self, record: Record) -> None:
        """See whether this node is still one of the cluster.

        Where the operator had a generation opened nobody is, and what was sent may have
        been shown by a node that was not waited for.  It makes no difference that this
        node has found out before that it has to enter anew.
        """
        self._sender.let_in()
        opened = record.generation != self._generation
        self._generation = record.generation
        if record.node or self.node in self._machine.nodes():
            return
        if opened and self._course.state is not State.ENTERING:
            self._sender.doubt()
        if self._course.live:
            self._be_fenced("the others take this node for gone")

    def _missed(self, restored: bool) -> None:
        """What came of this node's proposals may be among what is missing.

        Of those that the snapshot doesn't count the rest of the log tells.
        """
        self._be_fenced("records are missing")
        if restored:
            self._sender.give_up(self._replica.sequence(self.node))

    # The steps of each state

    async def _start(self) -> None:
        await self._recovery.look(self._recovery.kept)
        if not await self._recovery.restore():
            raise StreamError("the log is open and has no snapshot")
        self._course.go(State.ENTERING)

    async def _enter(self) -> None:
        await self._recovery.reach_head()
        self.node = await self._lease.enter(self._name)
        self._sender.begin(self.node, self._machine.first(self.node))
        await self._course.wait(lambda: self._sender.idle, ENTRY)
        if not self._sender.idle:
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
        if self._course.state is State.AWAY:
            self._course.go(State.RUNNING)
        self._sender.flush()
        await self._lease.keep(self.node, book)

    async def _end_epoch(self) -> None:
        """Read up to the own end, so that it is known what is in the log."""
        if self.node:
            await self._lease.leave(self.node)
        await self._recovery.reach_head()
        self._sender.drop(certain=True)
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

    async def _stay(self) -> None:
        """Be who one was in the new generation, which begins where this node is.

        Nothing is sent before its first record is read: where this node is further
        than that, or has missed something, it can't go on as it is.
        """
        await self._recovery.reach_head()
        await self._lease.renew(self.node)
        self._sender.resume()
        self._course.go(State.RUNNING, f"as {self.node} still")
        self._sender.flush()

    async def _rewind(self) -> None:
        """Go back to where the log left this node aside, and on from there.

        What others have not seen of its proposals can't come into the log any more.
        """
        found = await self._recovery.rewind(self.node)
        self._sender.doubt()
        self._sender.drop(certain=True)
        self.node = 0
        self._course.go(State.FENCED if found else State.SEALED)
