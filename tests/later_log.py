"""A log as of several servers: what is proposed is applied some time later."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Generic, TypeVar

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from twisted_chat.log import Apply, Log, Refused, Within
from twisted_chat.log.base import E
from twisted_chat.outcomes import Outcome

T = TypeVar("T")


class Waited(Generic[E]):
    """What a log needs beside `propose`, made of that."""

    def propose(self, entry: E) -> Outcome:
        raise NotImplementedError

    def submit(self, entry: E, refused: Refused) -> None:
        """As `Log.submit`."""
        if (outcome := self.propose(entry)) is not None:
            outcome.addErrback(lambda failure: _tell(refused, failure))

    def settled(self) -> Outcome:
        """As `Log.settled`."""
        return None


def _tell(refused: Refused, failure: Failure) -> None:
    assert isinstance(failure.value, Exception)
    refused(failure.value)


def _pass(result: T, settled: Deferred[None]) -> T:
    settled.callback(None)
    return result


class LaterLog(Waited[E]):
    """Applies what is proposed in order, each entry after `delay`.

    :ivar away: nothing is applied.
    :ivar lag: as a test says.
    :ivar waiting: how many entries are still to be applied.
    :param delay: seconds; 0: in a later turn of `clock`.
    """

    at_once = False
    lag = 0.0
    full = False

    def __init__(
        self,
        apply: Apply[E],
        wall: Callable[[], float],
        clock: Clock,
        delay: float = 0.0,
    ) -> None:
        self._apply = apply
        self._wall = wall
        self._clock = clock
        self._delay = delay
        self._at = 0.0
        self.away = False
        self._waiting: deque[tuple[float, E, Within | None, Deferred[None]]] = deque()
        self._call: DelayedCall | None = None

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def propose(self, entry: E, within: Within | None = None) -> Deferred[None]:
        """As `Log.propose`."""
        outcome: Deferred[None] = Deferred()
        due = self._clock.seconds() + self._delay
        self._waiting.append((due, entry, within, outcome))
        self._wait()
        return outcome

    def settled(self) -> Deferred[None] | None:
        """As `Log.settled`."""
        if not self._waiting:
            return None
        settled: Deferred[None] = Deferred()
        # What comes of the last one itself is told before.
        self._waiting[-1][-1].addBoth(_pass, settled)
        return settled

    def time(self) -> float:
        """As `Log.time`."""
        self._at = max(self._at, self._wall())
        return self._at

    def step(self) -> None:
        """Apply the entry that was proposed first."""
        _, entry, within, outcome = self._waiting.popleft()
        refusal: Failure | None = None
        try:
            with within or nullcontext():
                self._apply(entry, self.time())
        except Exception:
            refusal = Failure()
        if refusal is None:
            outcome.callback(None)
        else:
            outcome.errback(refusal)

    def settle(self) -> None:
        """Apply all, and what is proposed because of it."""
        while self._waiting and not self.away:
            self.step()
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _wait(self) -> None:
        if self._waiting and self._call is None and not self.away:
            wait = max(0.0, self._waiting[0][0] - self._clock.seconds())
            self._call = self._clock.callLater(wait, self._step_all_due)

    def _step_all_due(self) -> None:
        self._call = None
        while self._is_due():
            self.step()
        self._wait()

    def _is_due(self) -> bool:
        due = self._waiting and self._waiting[0][0] <= self._clock.seconds()
        return bool(due) and not self.away


if TYPE_CHECKING:

    def _conforms(log: LaterLog[E]) -> Log[E]:
        return log
