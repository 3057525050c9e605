"""Keeps messages before they are shown, as long as the disk is well."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..clock import Call, Clock
from ..database import DatabaseError
from ..events import Said
from .spool import Spool

log = Logger()

# Between the transactions that bring to the tables what the spool keeps.
PACE = 0.02
PATIENCE = 1.0
RETRY = 1.0
MOST_UNWRITTEN = 20_000
MOST_AT_ONCE = 2_000


class Recorder:
    """Keeps what was appended, before it is shown, and is the gate.

    A turn's messages are put into the spool, and written to the tables a
    little later.  Where the spool can't take them at once, the turn is held
    until they are written.

    When the disk fails, or takes longer than `PATIENCE` seconds, turns pass at
    once and messages collect in memory, the oldest lost past `MOST_UNWRITTEN`;
    it tries again every `RETRY` seconds, writes what was missed in pieces, and
    is then as careful as before.

    :param write: commits messages, all or none; fails with `DatabaseError`
        when the disk is to blame.
    :param warn: told, in one line, when trouble begins and when it ends.
    :param spool: None: every turn is held.
    :ivar unwritten: what was appended and is not known to be committed.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Said]], Deferred[None]],
        clock: Clock,
        warn: Callable[[str], object],
        spool: Spool | None = None,
    ) -> None:
        self._write = write
        self._clock = clock
        self._warn = warn
        self._spool = spool
        self.unwritten: list[Said] = []
        self.append = self.unwritten.append
        self._safe = 0  # how many of them are in the spool
        self._owed = 0  # how many of them the held turn waits for
        self._writing = 0
        self._since = float("-inf")
        self._watch: Call | None = None
        self._next: Call | None = None
        self._release: Callable[[], None] | None = None
        self._stopped: Deferred[None] | None = None
        self._trouble = ""
        self._lost = 0

    def hold(self, release: Callable[[], None]) -> bool:
        """See `fanout.Gate`."""
        if self._trouble:
            self._shed()
            return False
        fresh = self.unwritten[self._safe :]
        if not fresh:
            return False
        if self._spool is not None:
            if self._spool.put(fresh):
                self._safe = len(self.unwritten)
                self._soon(PACE)
                return False
            self._spool.renew()
        self._owed = len(self.unwritten)
        self._since = self._clock.seconds()
        if not self._writing:
            self._start(self._owed)
        if not self._owed:
            return False
        self._release = release
        return True

    def stop(self) -> Deferred[None]:
        """Fires when all is written, or when that can't be done."""
        self._stop_waiting()
        if not self.unwritten:
            return succeed(None)
        self._stopped = Deferred()
        if not self._writing:
            self._start(MOST_AT_ONCE)
        return self._stopped

    def _soon(self, delay: float) -> None:
        """Write in `delay` seconds, if that isn't to be anyway."""
        if self._next is None and not self._writing:
            self._next = self._clock.callLater(delay, self._start, MOST_AT_ONCE)

    def _stop_waiting(self) -> None:
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._next = None

    def _start(self, most: int) -> None:
        """Write the oldest `most` messages."""
        self._stop_waiting()
        batch = self.unwritten[:most]
        self._writing = len(batch)
        if not self._owed:
            self._since = self._clock.seconds()
        if self._watch is None:
            self._watch = self._clock.callLater(PATIENCE, self._look)
        self._write(batch).addCallbacks(self._written, self._failed)

    def _written(self, _: object) -> None:
        self._drop(0, self._writing)
        self._writing = 0
        if self._spool is not None and not self._safe:
            self._spool.clear()
        if self.unwritten and (self._trouble or self._stopped):
            self._start(MOST_AT_ONCE)
            return
        if self._trouble:
            self._recover()
        if self._stopped is not None:
            self._stopped.callback(None)
        if self._owed:
            self._start(self._owed)
            return
        self._open_gate()
        if self._safe:
            self._soon(PACE if len(self.unwritten) < MOST_AT_ONCE else 0)

    def _drop(self, start: int, end: int) -> None:
        """Forget some of what was unwritten."""
        del self.unwritten[start:end]
        self._safe -= max(0, min(self._safe, end) - start)
        self._owed -= max(0, min(self._owed, end) - start)

    def _failed(self, failure: Failure) -> None:
        if not failure.check(DatabaseError):
            log.failure("a bug: {n} messages not kept", failure, n=self._writing)
            self._lost += self._writing
            self._drop(0, self._writing)
        self._writing = 0
        self._suffer(failure.getErrorMessage())
        if self._stopped is not None:
            log.error("{n} messages were never written", n=len(self.unwritten))
            self._stopped.callback(None)
        else:
            self._soon(RETRY)

    def _look(self) -> None:
        """Don't let a turn wait for a slow disk for more than `PATIENCE`."""
        self._watch = None
        if not self._writing or self._trouble:
            return
        left = self._since + PATIENCE - self._clock.seconds()
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
        self._owed = 0
        release, self._release = self._release, None
        if release is not None:
            release()

    def _shed(self) -> None:
        """Bound what waits for the disk; what is being written stays."""
        excess = len(self.unwritten) - MOST_UNWRITTEN
        if excess > 0:
            self._drop(self._writing, self._writing + excess)
            self._lost += excess
