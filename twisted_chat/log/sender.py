"""Sends what a node proposes: one record for each turn of the reactor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger

from ..clock import Clock, Timer
from .base import Refused
from .machine import Host, Machine
from .outbox import Batch, Outbox
from .state import Course, State
from .stream import Record, Stream, StreamError

log = Logger()
E = TypeVar("E")


class Sender(Generic[E]):
    """Takes what is proposed, and knows what it fails with; see `Log`.

    A proposal that fails with `Host.lost` (certain) is not in the log and never will
    be.  The caller may propose it anew, after `Host.fenced`; nothing here does, for it
    would be by a session that is gone.

    :param over: whether others may take this node for gone; see `Lease.over`.
    :param trouble: told of a failure that sending again doesn't mend.
    """

    def __init__(
        self,
        stream: Stream,
        machine: Machine[E],
        host: Host,
        course: Course,
        clock: Clock,
        over: Callable[[], bool],
        trouble: Callable[[StreamError], object],
    ) -> None:
        self._host = host
        self._course = course
        self._over = over
        self._flushing = Timer(clock)
        self._outbox: Outbox[E] = Outbox(stream, machine.encode, trouble, host.too_much)

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
            self._flushing.start(0, self.flush)

    def settled(self) -> Deferred[None] | None:
        """As `Log.settled`."""
        return self._outbox.settled()

    @property
    def full(self) -> bool:
        """As `Log.full`."""
        return self._outbox.full

    @property
    def idle(self) -> bool:
        """All that was proposed has been applied."""
        return self._outbox.empty

    # Under which number

    def begin(self, node: int, entries: Sequence[E]) -> None:
        """Go on as the node of that number, and begin with `entries`, its own."""
        self._outbox.begin(node)
        for entry in entries:
            self._outbox.add(entry, None).addErrback(_log_refusal)
        self.flush()

    def resume(self) -> None:
        """Go on under the same number, in a log that may have lost something."""
        self._outbox.resume()

    def stop(self) -> None:
        """Send nothing any more; what was proposed may be in the log, or not."""
        self._flushing.stop()
        self.drop(certain=False)

    # At the end of a turn

    def _flush_soon(self) -> None:
        if not self._flushing.running:
            self._flushing.start(0, self.flush)

    def flush(self) -> None:
        """The turn has ended: send what was proposed in it.

        Not where the process stood still for longer than the lease: it may be gone for
        the others, and finds out first.
        """
        self._outbox.end_turn()
        if self._course.state not in (State.RUNNING, State.ENTERING):
            return
        if self._over():
            self._course.wake()
        else:
            self._outbox.send()

    # What became of it

    def found(self, record: Record) -> Batch[E] | None:
        """What was proposed in a record that is read now, if it is this node's own."""
        if record.node == self._outbox.node:
            return self._outbox.found(record.sequence)
        return None

    def let_in(self) -> None:
        """A record was read: where that made room, send what waits for it."""
        if self._outbox.let_in():
            self._flush_soon()

    def give_up(self, counted: int | None) -> None:
        """Nobody will know what came of what was proposed, up to the record `counted`.

        :param counted: its sequence; None for all.
        """
        last = self._outbox.last if counted is None else counted
        self._outbox.give_up(last, self._doubtful)

    def doubt(self) -> None:
        """Others may have seen what was sent, and nobody will know what came of it."""
        self._outbox.doubt(self._doubtful)

    def drop(self, certain: bool) -> None:
        """Give up all that has not been read; see `Host.lost`."""
        self._outbox.drop(lambda: self._host.lost(certain))

    def _doubtful(self) -> Exception:
        return self._host.lost(False)


def _log_refusal(reason: object) -> None:
    log.warn("an entry of this node itself was refused: {reason}", reason=reason)
