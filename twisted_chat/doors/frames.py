"""What a peer has sent and nobody has taken yet, whatever its frames are of.

What comes faster than a flood rule allows waits here, with reading paused.  So
do the frames behind one whose outcome is still to come; what is said waits for nothing
that was said before.  While a queue is suspended those that only ask overtake the
others.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Generic

from twisted.internet.defer import Deferred

from ..clock import Clock, Timer
from ..limits import BYTES_PER_TOKEN, Allowance, TokenBucket
from .aside import Aside
from .taker import F, NoSource, Source, Taker

MAX_PER_TURN = 256
# How many messages of one peer are on their way before it is waited for them.
MAX_SAID = 64
# In bytes: what is cut at once, and what may come without completing a frame.
SLICE = 4096
MAX_UNFINISHED = 1024 * 1024


class FrameQueue(Generic[F]):
    """Hands the frames of one peer to `taker`, in order, as fast as it may.

    What waits does so as the bytes that came, and is cut a slice at a time, for
    many short frames take far more memory than their bytes.  At most
    `MAX_PER_TURN` frames are taken before others have their turn.

    :ivar bucket: the flood rule: a frame costs a token, and a long answer more;
        None without a rule.
    :ivar said: messages that were taken and may still be to be heard; who takes them
        counts them.
    :ivar finished: the peer has sent its last byte.  Who reads that out of the
        bytes themselves sets it while it cuts them; else see `finish`.
    :ivar _taker: None once the queue is closed.
    :ivar _unread: what has come and is still to be cut.
    :ivar _frames: what has been cut and is still to be taken.
    :ivar _unfinished: bytes since a frame was last complete.
    :ivar _holds: outcomes that are still to come; a suspension is one more.
    :ivar _aside: which of the frames wait; None while it isn't suspended.
    :ivar _told_before: what had been told when the frame was taken whose answer
        is to be charged; None where it is free.
    :param source: is paused as long as something waits.
    :param most: how many bytes may wait, though `source` is paused.
    """

    __slots__ = (
        "_aside",
        "_clock",
        "_frames",
        "_holds",
        "_most",
        "_pause",
        "_source",
        "_taker",
        "_told_before",
        "_unfinished",
        "_unread",
        "bucket",
        "finished",
        "said",
    )

    def __init__(
        self, taker: Taker[F], source: Source, clock: Clock, most: int
    ) -> None:
        self._taker: Taker[F] | None = taker
        self._source = source
        self._clock = clock
        self._most = most
        self._pause = Timer(clock)
        self._unread = b""
        self._frames: deque[F] | None = None
        self._unfinished = 0
        self._holds = 0
        self._aside: Aside | None = None
        self._told_before: int | None = None
        self.bucket: TokenBucket | None = None
        self.finished = False
        self.said = 0

    @property
    def behind(self) -> bool:
        """Whether the peer has sent what is still to be taken: it isn't silent."""
        return bool(self._frames or self._unread)

    @property
    def paused(self) -> bool:
        """Whether frames wait: for the flood rule, others' turn, or an outcome.

        Then reading is paused, and it is not the peer who is silent.
        """
        if self._pause.running or self._aside is None:
            return self._pause.running or self._holds > 0
        return self._aside.full or self._aside.holds > 0

    # What comes in

    def feed(self, data: bytes) -> None:
        """Take what `data` completes, now or as soon as that may be."""
        taker = self._taker
        if taker is None:
            return
        if self.bucket is None and not self._frames and not self._unread:
            self._take_at_once(taker, self._cut(taker, data))
            return
        self._unread += data
        self._pump_unless_paused()
        if len(self._unread) > self._most:
            taker.flooded()

    def push(self, frames: list[F]) -> None:
        """As `feed`, for frames that were completed otherwise, such as by silence."""
        self._unfinished = 0
        self._queue(frames)
        self._pump_unless_paused()

    def finish(self) -> None:
        """The peer has sent its last byte."""
        self.finished = True
        self._pump_unless_paused()

    def outlive(self) -> bool:
        """The source is gone; whether what waits for a suspension's end is still taken.

        Then it ends as who has finished.
        """
        if self._aside is None or not self.behind:
            return False
        self._source = NoSource()
        self.finish()
        return self._taker is not None

    def close(self) -> None:
        """Take nothing more, and forget what waits and the taker."""
        if self._aside is not None:
            self._aside.end()
            self._aside = None
        self._taker = self._frames = None
        self._unread = b""
        self._pause.stop()

    # When it is taken

    def pause(self, seconds: float) -> None:
        """Take nothing for so many seconds, and pause reading."""
        self._source.pauseProducing()
        self._pause.start(seconds, self._pump)

    def hold(self, outcome: Deferred[Any]) -> None:
        """Take no further frame until `outcome` fires; it must not fail."""
        self._holds += 1
        outcome.addCallback(self._release)
        if self._holds and self._taker is not None:
            if self._aside is None:
                self._source.pauseProducing()
            outcome.addCallback(self._go_on)

    def suspend(self, allowance: Allowance) -> None:
        """Until `resume`, take only frames that ask; the others wait, in their order.

        Outcomes that are due hold up nothing meanwhile.  Reading pauses where
        too much waits; see `Aside`.
        """
        if self._aside is None:
            self._aside = Aside(allowance)
            self._holds += 1
            self._pump_unless_paused()

    def resume(self) -> None:
        """Take what waits.  No-op where it isn't suspended."""
        aside, self._aside = self._aside, None
        if aside is not None:
            aside.end()
            self._holds -= 1
            if self._holds:
                self._source.pauseProducing()
            self._go_on(None)

    def refund(self) -> None:
        """The frame that is being taken costs nothing."""
        if self.bucket is not None:
            self.bucket.take(-1)

    def _release(self, _: object) -> None:
        self._holds -= 1

    def _go_on(self, _: object) -> None:
        if self._taker is not None and (self._aside is not None or not self._holds):
            self._charge(self._taker)
            self._pump_unless_paused()

    def _pump_unless_paused(self) -> None:
        if not self._pause.running:
            self._pump()

    def _pump(self) -> None:
        """Take what is waiting, as fast as the flood rule allows."""
        self._pause.stop()
        for _ in range(MAX_PER_TURN):
            taker = self._taker
            if taker is None or not self._is_ready(taker):
                break
            if self.bucket is not None:
                if delay := self.bucket.delay(self._clock.seconds()):
                    self.pause(delay)
                    return
                self.bucket.take()
                self._told_before = taker.told()
            self._take_next(taker)
            self._charge(taker)
        if self._taker is None:
            return
        if self._aside is not None:
            self._rest_suspended(self._taker, self._aside)
        elif not self._holds:
            self._rest(self._taker)

    def _take_next(self, taker: Taker[F]) -> None:
        frames, aside = self._frames, self._aside
        assert frames is not None
        if aside is None:
            frame = frames.popleft()
        else:
            frame = frames[aside.count]
            del frames[aside.count]
        outcome = taker.take(frame)
        if outcome is not None:
            if aside is not None and not outcome.called:
                aside.holds += 1
                outcome.addCallback(self._answered, aside)
            self.hold(outcome)

    def _answered(self, _: object, aside: Aside) -> None:
        aside.holds -= 1

    def _rest_suspended(self, taker: Taker[F], aside: Aside) -> None:
        """As `_rest`; what waits is no reason to end, nor to read no more."""
        if aside.full or aside.holds:
            self._source.pauseProducing()
        elif self._unread or (self._frames and len(self._frames) > aside.count):
            self.pause(0)
        elif self.finished and not self._frames and self._holds == 1 and not self.said:
            taker.all_taken()
        else:
            self._source.resumeProducing()

    def _rest(self, taker: Taker[F]) -> None:
        """Enough is taken for this turn, or all."""
        if self.behind:
            self.pause(0)
        elif self.finished:
            if self.said:
                self._await_said(taker, None)
            if not self._holds:
                taker.all_taken()
        else:
            self._source.resumeProducing()

    def _take_at_once(self, taker: Taker[F], frames: list[F]) -> None:
        """Where no rule delays them, a few frames need no queue."""
        if len(frames) > MAX_PER_TURN or self.finished:
            self.push(frames)
            return
        free = self._taker is not None and not self._holds and not self.said
        if len(frames) > 1 and free and taker.take_speech(frames):
            return
        for number, frame in enumerate(frames):
            if self._taker is None:
                return
            if self.said:
                self._await_said(taker, frame)
            if self._holds:
                self._queue(frames[number:])
                if self._aside is not None:
                    self._pump_unless_paused()
                return
            outcome = taker.take(frame)
            if outcome is not None:
                self.hold(outcome)

    def _charge(self, taker: Taker[F]) -> None:
        """Take off what has been told since the frame was taken."""
        before = self._told_before
        if self.bucket is None or before is None:
            return
        told = taker.told()
        if told is not None:
            self.bucket.take((told - before) // BYTES_PER_TOKEN)
        self._told_before = told if self._holds else None

    # Cutting

    def _queue(self, frames: list[F]) -> None:
        if self._taker is None:
            return
        if self._frames is None:
            self._frames = deque(frames)
        else:
            self._frames.extend(frames)

    def _is_ready(self, taker: Taker[F]) -> bool:
        """Whether a frame is there to be taken now, after more slices are cut."""
        if self._aside is not None:
            return self._is_asked(taker, self._aside)
        if self._holds:
            return False
        while not self._frames and self._unread:
            data, self._unread = self._unread[:SLICE], self._unread[SLICE:]
            self._queue(self._cut(taker, data))
        if not self._frames and self.finished:
            self._queue(taker.cut_end())
        if not self._frames:
            return False
        if self.said:
            self._await_said(taker, self._frames[0])
        return not self._holds

    def _await_said(self, taker: Taker[F], frame: F | None) -> None:
        """Hold what comes next until what was said is heard.

        :param frame: what comes next, which doesn't wait if it is said too; None: the
            end.
        """
        if self.said >= MAX_SAID or frame is None or not taker.speaks(frame):
            self.said = 0
            if (heard := taker.heard()) is not None:
                self.hold(heard)

    def _is_asked(self, taker: Taker[F], aside: Aside) -> bool:
        """As `_is_ready`, for frames that ask; the others are put aside."""
        while not aside.full and not aside.holds and self._taker is not None:
            if self._frames and len(self._frames) > aside.count:
                frame = self._frames[aside.count]
                if taker.asks(frame):
                    return True
                aside.put(frame)
            elif self._unread:
                data, self._unread = self._unread[:SLICE], self._unread[SLICE:]
                self._queue(self._cut(taker, data))
            elif not (self.finished and (last := taker.cut_end())):
                return False
            else:
                self._queue(last)
        return False

    def _cut(self, taker: Taker[F], data: bytes) -> list[F]:
        frames = taker.cut(data)
        self._unfinished = 0 if frames else self._unfinished + len(data)
        if self._unfinished > MAX_UNFINISHED and self._taker is not None:
            taker.endless()
        return frames
