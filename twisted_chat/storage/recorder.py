"""Keeps what happened in a turn before it is shown, as long as the disk works."""

from __future__ import annotations

from collections.abc import Callable, Container
from enum import Enum

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..clock import Call, Clock
from ..events import Said
from ..names import fold
from .alarm import Alarm
from .changes import CHANGES, Change, DeleteMessage, EditMessage
from .database import DatabaseError
from .pending import Batch, Pending
from .spool import Spool
from .writes import MoveRoom, PutPurge, Write, subject

log = Logger()

# Seconds between the transactions that bring to the tables what the spool keeps.  Each
# takes 0.8 ms of CPU time, whatever is in it: more of them cost quiet rooms more than
# all else.  Where `MANY` messages wait there is one at once, for the reactor makes the
# rows of one without a pause.
PACE = 0.5
MANY = 1_000
# Seconds, likewise.
PATIENCE = 1.0
PATIENCE_OF_A_NODE = 5.0
RETRY = 1.0
MAX_UNWRITTEN = 20_000
MAX_WRITES = 100_000
MAX_AT_ONCE = 2_000


class State(Enum):
    """What happens when a turn ends."""

    HEALTHY = "its messages go to the spool, or it is held"
    HOLDING = "one is held, until its messages are committed"
    FAILED = "none passes any more"
    TROUBLED = "it passes, and its messages collect until the disk is well"
    STOPPING = "it passes, and all that is left is written at once"


# A look into an Enum costs more than the rest of a turn with nothing to keep.
_HEALTHY = State.HEALTHY


class Recorder:
    """Keeps what was handed in before it is shown, and is the gate.

    A turn's messages and writes are put into the spool, and brought to the tables a
    little later.  Where the spool can't take them at once, the turn is held
    until they are written.

    When the disk fails, or takes longer than `PATIENCE` seconds, turns pass at
    once and all collects in memory: of messages the oldest are lost past
    `MAX_UNWRITTEN`, of writes the newest past `MAX_WRITES` different things.  It
    tries again every `RETRY` seconds, writes what was missed in pieces, and
    is then as careful as before.

    Where `fail` is given nothing is ever shown that is not kept: a turn waits for
    `PATIENCE_OF_A_NODE` seconds, and then, or when the disk fails or has something else
    than what is to be kept, none passes any more.

    What was handed in is in one of four queues, here from the newest to the oldest:

    - fresh: its turn has not ended.
    - owed: the held turn waits until it is written.
    - passed: its turn was shown.  The spool has it, unless there is trouble.
    - writing: handed to `write`, which has not answered yet.

    :param write: commits a batch, all or nothing; fails with `DatabaseError`
        when the disk is to blame.
    :param warn: told, in one line, when trouble begins and when it ends.
    :param spool: None: every turn is held.
    :param fail: told, in one line, that nothing passes any more; None: the chat goes on
        without a disk that is ill.
    """

    def __init__(
        self,
        write: Callable[[Batch], Deferred[None]],
        clock: Clock,
        warn: Callable[[str], object],
        spool: Spool | None = None,
        fail: Callable[[str], object] | None = None,
    ) -> None:
        self._write = write
        self._clock = clock
        self._alarm = Alarm(warn)
        self._fail = fail
        self._patience = PATIENCE if fail is None else PATIENCE_OF_A_NODE
        self._spool = spool
        self._state = _HEALTHY
        self._fresh = Pending()
        self.append = self._fresh.messages.append
        self._owed = Pending()
        self._passed = Pending()
        self._writing: Pending | None = None
        self._since = float("-inf")
        self._watch: Call | None = None
        self._next: Call | None = None
        self._release: Callable[[], None] | None = None
        self._stopped: Deferred[None] | None = None

    @property
    def unwritten(self) -> list[Said]:
        """The messages that are not known to be committed, in order."""
        return [message for queue in self._queues() for message in queue.messages]

    @property
    def changes(self) -> list[Change]:
        """What was done to messages and is not known to be committed, in order."""
        return [
            write
            for queue in self._queues()
            for write in queue.writes.values()
            if isinstance(write, CHANGES)
        ]

    @property
    def idle(self) -> bool:
        """Whether all that was handed in is committed."""
        return not any(self._queues())

    @property
    def troubled(self) -> bool:
        """Whether turns pass although what they bring is nowhere but in memory."""
        return self._state is State.TROUBLED

    def _queues(self) -> list[Pending]:
        """All of them, the oldest first."""
        waiting = [self._passed, self._owed, self._fresh]
        return waiting if self._writing is None else [self._writing, *waiting]

    def keep(self, write: Write) -> None:
        """Keep what is not a message, with the turn that has not ended."""
        about = subject(write)
        queues = self._queues()
        if sum(len(queue.writes) for queue in queues) >= MAX_WRITES and not any(
            about in queue.writes for queue in queues
        ):
            if self._fail is None:
                log.error("too much waits for the disk; what was decided may be lost")
            else:
                self.fail("too much waits for the disk")
            return
        self._fresh.add(about, write)

    def pass_over(self) -> list[Said]:
        """Forget what was handed in for the turn that has not ended; the messages."""
        messages = self._fresh.messages[:]
        self._fresh.messages.clear()
        self._fresh.writes.clear()
        return messages

    def drop(self, rooms: Container[str]) -> None:
        """Forget what was said in `rooms`, by folded name, and is not being written."""
        for queue in (self._passed, self._owed, self._fresh):
            # In place: `append` is that of the list.
            queue.messages[:] = [
                message for message in queue.messages if fold(message.room) not in rooms
            ]
            for about, write in list(queue.writes.items()):
                if isinstance(write, CHANGES) and write.room in rooms:
                    del queue.writes[about]

    def move(self, move: MoveRoom) -> None:
        """Keep that a room is called otherwise; so it is in all that waits."""
        for queue in self._queues():
            queue.move(move)
        self.keep(move)

    def fail(self, why: str) -> None:
        """Let no turn pass any more, and write nothing; see `fail` above."""
        if self._fail is not None and self._state is not State.FAILED:
            self._state = State.FAILED
            self._stop_waiting()
            self._has_stopped()
            self._fail(f"This server can't keep what is said: {why}")

    def hold(self, release: Callable[[], None]) -> bool:
        """See `fanout.Gate`."""
        fresh = self._fresh
        if self._state is not _HEALTHY:
            if self._state is State.FAILED:
                return True
            self._let_pass()
            self._shed()
            return False
        messages, writes = fresh.messages, fresh.writes
        if not messages and not writes:
            return False
        if self._spool is not None:
            if self._spool.put(messages, writes.values()):
                passed = self._passed
                if writes:
                    passed.take(fresh)
                else:
                    passed.messages += messages
                    messages.clear()
                if self._writing is None and len(passed.messages) >= MANY:
                    self._start()
                else:
                    self._soon(PACE)
                return False
            self._spool.renew()
        return self._hold(release)

    def _hold(self, release: Callable[[], None]) -> bool:
        """Have the turn wait, unless all is written at once."""
        self._state = State.HOLDING
        self._owed.take(self._fresh)
        self._since = self._clock.seconds()
        if self._writing is None:
            self._start()
        if self._state not in (State.HOLDING, State.FAILED):
            return False
        self._release = release
        return True

    def stop(self) -> Deferred[None]:
        """Fires when all is written, or when that can't be done."""
        self._stop_waiting()
        if self.idle or self._state is State.FAILED:
            return succeed(None)
        self._state = State.STOPPING
        stopped: Deferred[None] = Deferred()
        self._stopped = stopped
        if self._writing is None:
            self._start()
        return stopped

    def _soon(self, delay: float) -> None:
        """Write in `delay` seconds, if that isn't to be anyway."""
        if self._next is None and self._writing is None:
            self._next = self._clock.callLater(delay, self._start)

    def _stop_waiting(self) -> None:
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._next = None

    def _start(self) -> None:
        """Write what a held turn waits for, or else the next piece."""
        self._stop_waiting()
        if self._state is State.HOLDING:
            self._passed.take(self._owed)
            self._writing, self._passed = self._passed, Pending()
        else:
            if self._state is State.STOPPING:
                self._let_pass()
            self._writing = self._passed.cut(MAX_AT_ONCE)
        if self._release is None:
            self._since = self._clock.seconds()
        if self._watch is None:
            self._watch = self._clock.callLater(self._patience, self._look)
        self._write(self._writing.batch()).addCallbacks(self._written, self._failed)

    def _written(self, _: object) -> None:
        written, self._writing = self._writing, None
        if self._state is State.FAILED:
            return
        if self._spool is not None:
            if written is not None and any(map(_erases, written.writes.values())):
                self._spool.wipe()
            if not self._passed:
                self._spool.clear()
        if self._state is State.STOPPING:
            self._let_pass()
        if not self._passed and not self._owed:
            self._settled()
        elif self._state is _HEALTHY:
            self._soon(PACE if len(self._passed.messages) < MANY else 0)
        else:
            self._start()

    def _settled(self) -> None:
        """Nothing is left to write but what is fresh."""
        self._state = _HEALTHY
        self._alarm.end()
        self._has_stopped()
        self._open_gate()

    def _failed(self, failure: Failure) -> None:
        batch, self._writing = self._writing or Pending(), None
        if self._fail is None and not failure.check(DatabaseError):
            self._give_up(batch, failure)
        self._passed.put_back(batch)
        stopping = self._state is State.STOPPING
        self._suffer(failure.getErrorMessage())
        if stopping:
            writes = sum(len(queue.writes) for queue in self._queues())
            text = "{n} messages and {writes} other things were never written"
            log.error(text, n=len(self.unwritten), writes=writes)
            self._has_stopped()
        elif self._state is not State.FAILED:
            self._soon(RETRY)

    def _give_up(self, batch: Pending, failure: Failure) -> None:
        """Forget what a bug keeps from being kept; that is the messages first."""
        lost = len(batch.messages)
        log.failure("a bug: {n} messages not kept", failure, n=lost)
        self._alarm.lost += lost
        if not lost:
            batch.writes.clear()
        batch.messages.clear()

    def _has_stopped(self) -> None:
        stopped, self._stopped = self._stopped, None
        if stopped is not None:
            stopped.callback(None)

    def _look(self) -> None:
        """Don't let a turn wait for a slow disk for too long.

        Where what was shown has to be kept, only a turn that is held counts: the spool
        has the others.
        """
        self._watch = None
        if self._writing is None or self._state in (State.TROUBLED, State.FAILED):
            return
        left = self._since + self._patience - self._clock.seconds()
        if self._fail is not None and self._state is _HEALTHY:
            left = self._patience
        if left > 0:
            self._watch = self._clock.callLater(left, self._look)
        else:
            self._suffer(f"the disk takes more than {self._patience:g} s")

    def _suffer(self, why: str) -> None:
        """From now on deliver without waiting, or nothing."""
        if self._fail is not None and self._state is not State.STOPPING:
            self.fail(why)
            return
        self._alarm.begin(why)
        if self._state is not State.STOPPING:
            self._state = State.TROUBLED
        self._passed.take(self._owed)
        self._open_gate()

    def _open_gate(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            release()

    def _let_pass(self) -> None:
        """No turn waits for what is owed and fresh; it is written all the same."""
        self._passed.take(self._owed)
        self._passed.take(self._fresh)

    def _shed(self) -> None:
        """Bound the messages that wait for the disk; what is being written stays."""
        writing = len(self._writing.messages) if self._writing is not None else 0
        passed = self._passed.messages
        excess = writing + len(passed) - MAX_UNWRITTEN
        if excess > 0:
            self._alarm.lost += len(passed[:excess])
            del passed[:excess]


def _erases(write: Write) -> bool:
    return isinstance(write, EditMessage | DeleteMessage | PutPurge)
