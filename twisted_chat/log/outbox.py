"""What a node has proposed, until it is read from the log."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Generic, NamedTuple, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger

from .base import Refused
from .stream import MAX_BODY, Fenced, Gap, Stream, StreamError

log = Logger()
E = TypeVar("E")

FULL = 4 * 2**20
"""Bytes that wait to be read from the log, past which what is proposed waits."""

MOST_LATER = 100_000
"""Proposals that wait for room, past which one fails."""

AT_ONCE = 500
"""How many of them are let in after a record."""


class Proposal(NamedTuple, Generic[E]):
    """An entry on its way.

    :ivar refused: as `Log.submit`.
    :ivar outcome: as of `Log.propose`, where somebody waits; then `refused` fails it.
    """

    entry: E
    refused: Refused
    within: AbstractContextManager[object] | None = None
    outcome: Deferred[None] | None = None

    def fail(self, error: Exception) -> None:
        """It came to nothing."""
        try:
            self.refused(error)
        except Exception:
            log.failure("a bug in who is told of a refusal")


class Batch(NamedTuple, Generic[E]):
    """The proposals of a turn, which become one record.

    :ivar settling: fire when it has been applied; see `Log.settled`.
    """

    sequence: int
    body: bytes
    proposals: Sequence[Proposal[E]]
    settling: list[Deferred[None]]

    def fail(self, error: Callable[[], Exception]) -> None:
        """Tell all that came to nothing what `error` makes for each."""
        for proposal in self.proposals:
            proposal.fail(error())
        self.settle()

    def settle(self) -> None:
        """All of it is applied, or has failed."""
        _fire(self.settling)


class Outbox(Generic[E]):
    """Batches in the order of their sequence, sent without waiting for each other.

    A batch is kept until it is read, and counts until then.  It is sent again after a
    failure, with all that came after it: what is there already adds nothing.

    :ivar node: the number under which it is sent; 0 before there is one.
    :ivar size: bytes that wait to be read from the log.
    :param trouble: told of a failure that sending again doesn't mend.
    :param too_much: makes what a proposal fails with for which there is no room.
    """

    def __init__(
        self,
        stream: Stream,
        encode: Callable[[Sequence[E]], bytes],
        trouble: Callable[[StreamError], object],
        too_much: Callable[[], Exception],
    ) -> None:
        self._stream = stream
        self._encode = encode
        self._trouble = trouble
        self._too_much = too_much
        self._turn: list[Proposal[E]] = []
        self._later: deque[Proposal[E]] = deque()
        self._settling: list[Deferred[None]] = []
        self.size = self._round = 0
        self.begin(0)

    def begin(self, node: int) -> None:
        """Go on from the first sequence.

        :param node: see there.
        """
        self.node = node
        self._batches: dict[int, Batch[E]] = {}
        self._made = self._acknowledged = self._sent = self._tried = 0
        self._round += 1

    def resume(self) -> None:
        """Go on under the same number, in a log that has what was found, and no more.

        What else was acknowledged may be lost.
        """
        self._round += 1
        self._acknowledged = min(self._batches, default=self._made + 1) - 1
        self._sent = self._acknowledged

    @property
    def last(self) -> int:
        """The sequence of the latest batch."""
        return self._made

    @property
    def empty(self) -> bool:
        return not self._turn and not self._batches and not self._later

    @property
    def full(self) -> bool:
        """So much waits that what is proposed now waits for room."""
        return self.size >= FULL

    def add(
        self, entry: E, within: AbstractContextManager[object] | None
    ) -> Deferred[None]:
        """As `Log.propose`.  Where there is no room it waits until there is some.

        Fails with `too_much` where too many do.
        """
        outcome: Deferred[None] = Deferred()
        if not self._put(Proposal(entry, outcome.errback, within, outcome)):
            return fail(self._too_much())
        return outcome

    def submit(self, entry: E, refused: Refused) -> None:
        """As `Log.submit`; see `add`."""
        if not self._put(Proposal(entry, refused)):
            refused(self._too_much())

    def _put(self, proposal: Proposal[E]) -> bool:
        """False where too many wait for room."""
        if not self._later and self.size < FULL:
            self._turn.append(proposal)
        elif len(self._later) < MOST_LATER:
            self._later.append(proposal)
        else:
            return False
        return True

    def let_in(self) -> bool:
        """Where there is room, propose what waits for it; whether some did."""
        if not self._later or self.full:
            return False
        for _ in range(min(AT_ONCE, len(self._later))):
            self._turn.append(self._later.popleft())
        return True

    def settled(self) -> Deferred[None] | None:
        """As `Log.settled`."""
        if self.empty:
            return None
        settled: Deferred[None] = Deferred()
        if self._turn or self._later:
            self._settling.append(settled)
        else:
            self._batches[self._made].settling.append(settled)
        return settled

    def end_turn(self) -> None:
        """Make a batch of what was proposed in this turn."""
        turn, self._turn = self._turn, []
        if turn:
            self._make(turn)
        if self._later:
            return
        settling, self._settling = self._settling, []
        if self._batches:
            self._batches[self._made].settling.extend(settling)
        else:
            _fire(settling)

    def _make(self, proposals: Sequence[Proposal[E]]) -> None:
        """One batch, or as many as it takes; what can't be encoded fails alone."""
        problem: Exception | None = None
        try:
            body = self._encode([proposal.entry for proposal in proposals])
        except Exception as error:
            problem = error
        else:
            if len(body) > MAX_BODY:
                problem = self._too_much()
        if problem is None:
            self._made += 1
            self._batches[self._made] = Batch(self._made, body, proposals, [])
            self.size += len(body)
        elif len(proposals) == 1:
            proposals[0].fail(problem)
        else:
            half = len(proposals) // 2
            self._make(proposals[:half])
            self._make(proposals[half:])

    def send(self) -> None:
        """Send what hasn't been, or failed."""
        start = max(self._sent, self._acknowledged)
        self._sent = self._tried = self._made
        for sequence in range(start + 1, self._made + 1):
            if batch := self._batches.get(sequence):
                Deferred.fromCoroutine(self._deliver(batch, self._round))

    def _rewind(self) -> None:
        """All that isn't acknowledged is sent again, whatever became of it so far."""
        self._round += 1
        self._sent = self._acknowledged

    async def _deliver(self, batch: Batch[E], round: int) -> None:
        node = self.node
        try:
            await self._stream.append(node, batch.sequence, batch.body)
        except StreamError as error:
            if round == self._round:
                self._refused(batch, error)
        else:
            if node == self.node:
                self._acknowledged = max(self._acknowledged, batch.sequence)

    def _refused(self, batch: Batch[E], error: StreamError) -> None:
        if not isinstance(error, Gap):
            self._rewind()
            self._trouble(error)
        elif batch.sequence == self._acknowledged + 1:
            self._trouble(Fenced("the stream doesn't know what it acknowledged"))
        else:
            self._rewind()
            self.send()

    def found(self, sequence: int) -> Batch[E] | None:
        """The batch that is read from the log now, where it still waits for that.

        :param sequence: of that batch.
        """
        batch = self._batches.pop(sequence, None)
        if batch is not None:
            self._acknowledged = max(self._acknowledged, sequence)
            self.size -= len(batch.body)
        return batch

    def give_up(self, last: int, error: Callable[[], Exception]) -> None:
        """Fail the proposals in the batches up to the sequence `last`.

        :param error: makes what each fails with.
        """
        for sequence in [each for each in self._batches if each <= last]:
            if batch := self.found(sequence):
                batch.fail(error)

    def doubt(self, error: Callable[[], Exception]) -> None:
        """Give up all that was sent: others may have seen it.

        :param error: makes what each fails with.
        """
        self.give_up(self._tried, error)

    def drop(self, error: Callable[[], Exception]) -> None:
        """Give up all that wasn't found; each fails with an error of its own."""
        batches, turn = self._batches, [*self._turn, *self._later]
        settling, self._settling = self._settling, []
        self._turn, self.size = [], 0
        self._later.clear()
        self.begin(0)
        for batch in batches.values():
            batch.fail(error)
        for proposal in turn:
            proposal.fail(error())
        _fire(settling)


def _fire(deferreds: list[Deferred[None]]) -> None:
    for deferred in deferreds:
        deferred.callback(None)
