"""Gets messages onto the disk before they are shown, as long as the disk is well."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..clock import Call, Clock
from ..database import DatabaseError
from ..events import Speech

log = Logger()

# A transaction costs as much as writing dozens of messages: so long apart, it
# is a small part of the load, and nobody notices.
PACE = 0.002
PATIENCE = 1.0
RETRY = 1.0
MOST_UNWRITTEN = 20_000
MOST_AT_ONCE = 2_000


class Recorder:
    """Writes what was appended, one transaction at a time, and is the gate.

    While all is well a turn is held until its messages are committed.  When
    the disk fails, or takes longer than `PATIENCE` seconds, turns pass at once
    and messages collect in memory, the oldest lost past `MOST_UNWRITTEN`; it
    tries again every `RETRY` seconds, writes what was missed in pieces, and
    then holds turns again.

    :param write: commits messages, all or none; fails with `DatabaseError`
        when the disk is to blame.
    :param warn: told, in one line, when trouble begins and when it ends.
    :ivar unwritten: what was appended and is not known to be committed.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Speech]], Deferred[None]],
        clock: Clock,
        warn: Callable[[str], object],
    ) -> None:
        self._write = write
        self._clock = clock
        self._warn = warn
        self.unwritten: list[Speech] = []
        self.append = self.unwritten.append
        self._writing = 0
        self._began = float("-inf")
        self._watch: Call | None = None
        self._retry: Call | None = None
        self._release: Callable[[], None] | None = None
        self._stopped: Deferred[None] | None = None
        self._trouble = ""
        self._lost = 0

    def wait(self, again: Callable[[], None]) -> bool:
        """See `fanout.Gate`: under load, turns are joined to share a transaction."""
        if self._trouble or not self.unwritten:
            return False
        left = self._began + PACE - self._clock.seconds()
        if left <= 0:
            return False
        self._clock.callLater(left, again)
        return True

    def hold(self, release: Callable[[], None]) -> bool:
        """See `fanout.Gate`."""
        if self._trouble:
            self._shed()
            return False
        if not self.unwritten:
            return False
        self._start(len(self.unwritten))
        if not self._writing:
            return False
        self._release = release
        return True

    def stop(self) -> Deferred[None]:
        """Fires when all is written, or when that can't be done."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if not self.unwritten:
            return succeed(None)
        self._stopped = Deferred()
        if not self._writing:
            self._start(MOST_AT_ONCE)
        return self._stopped

    def _start(self, most: int) -> None:
        """Write the oldest `most` messages."""
        batch = self.unwritten[:most]
        self._writing = len(batch)
        self._began = self._clock.seconds()
        if self._watch is None:
            self._watch = self._clock.callLater(PATIENCE, self._look)
        self._write(batch).addCallbacks(self._written, self._failed)

    def _written(self, _: object) -> None:
        del self.unwritten[: self._writing]
        self._writing = 0
        if self.unwritten and (self._trouble or self._stopped):
            self._start(MOST_AT_ONCE)
            return
        if self._trouble:
            self._recover()
        if self._stopped is not None:
            self._stopped.callback(None)
        self._open_gate()

    def _failed(self, failure: Failure) -> None:
        if not failure.check(DatabaseError):
            log.failure("a bug: {n} messages not kept", failure, n=self._writing)
            self._lost += self._writing
            del self.unwritten[: self._writing]
        self._writing = 0
        self._suffer(failure.getErrorMessage())
        if self._stopped is not None:
            log.error("{n} messages were never written", n=len(self.unwritten))
            self._stopped.callback(None)
        else:
            self._retry = self._clock.callLater(RETRY, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self._start(MOST_AT_ONCE)

    def _look(self) -> None:
        """Don't let a turn wait for a slow disk for more than `PATIENCE`."""
        self._watch = None
        if not self._writing or self._trouble:
            return
        left = self._began + PATIENCE - self._clock.seconds()
        if left > 0:
            self._watch = self._clock.callLater(left, self._look)
        else:
            self._suffer(f"the disk takes more than {PATIENCE:g} s")

    def _suffer(self, why: str) -> None:
        """From now on deliver without waiting; say so once."""
        if not self._trouble:
            self._trouble = why
            line = f"Messages can't be stored: {why}. The chat goes on without"
            log.critical("{line}", line=line)
            self._warn(line)
        self._open_gate()

    def _recover(self) -> None:
        self._trouble = ""
        line = f"Messages are stored again; {self._lost or 'none'} were lost"
        self._lost = 0
        log.critical("{line}", line=line)
        self._warn(line)

    def _open_gate(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            release()

    def _shed(self) -> None:
        """Bound what waits for the disk; what is being written stays."""
        excess = len(self.unwritten) - MOST_UNWRITTEN
        if excess > 0:
            del self.unwritten[self._writing : self._writing + excess]
            self._lost += excess
