"""A peer of words, whose frames a test counts, holds and ends."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from twisted_chat.doors.frames import FrameQueue
from twisted_chat.limits import BYTES_PER_TOKEN, Allowance, Rate, TokenBucket

MOST = 100_000
FLOOD = Rate(burst=5, per_second=2)
ROOM = Allowance(1_000_000)


class Words:
    """A protocol of words that end with a space; some of them do something.

    :ivar taken: what was taken, in order.
    :ivar spoken: what was taken at once: words that begin with ``#``.
    :ivar reading: whether its transport reads.
    :ivar outcomes: what is to come of each word ``wait``, and where somebody waits for
        it that what was said (``say``) is heard.
    """

    def __init__(self, flood: Rate | None = FLOOD) -> None:
        self.clock = Clock()
        self.queue: FrameQueue[str] = FrameQueue(self, self, self.clock, MOST)
        if flood is not None:
            self.queue.bucket = TokenBucket(flood, 0.0)
        self.taken: list[str] = []
        self.spoken: list[list[str]] = []
        self.cuts: list[int] = []
        self.outcomes: list[Deferred[None]] = []
        self.at_once = False
        self.answered: int | None = 0
        self.reading = True
        self.ends: list[str] = []
        self._rest = ""

    def words(self, *words: str) -> None:
        """The peer sends them in one packet."""
        self.queue.feed("".join(f"{word} " for word in words).encode())

    def numbers(self, count: int) -> list[str]:
        """The peer sends so many words in one packet; return them."""
        words = [str(number) for number in range(count)]
        self.words(*words)
        return words

    def wait(self, seconds: float) -> None:
        """Let time pass in small steps, as it does."""
        self.clock.pump([0.125] * int(seconds * 8))

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def cut(self, data: bytes) -> list[str]:
        self.cuts.append(len(data))
        *words, self._rest = (self._rest + data.decode()).split(" ")
        if self._rest.endswith("!"):
            self.queue.close()
        if "." in words:
            self.queue.finished = True
        return words

    def cut_end(self) -> list[str]:
        rest, self._rest = self._rest, ""
        return [rest] if rest else []

    def take(self, frame: str) -> Deferred[None] | None:
        self.taken.append(frame)
        if frame in ("wait", "?wait"):
            self.outcomes.append(Deferred())
            return self.outcomes[-1]
        if frame == "say":
            self.queue.said += 1
        elif frame == "close":
            self.queue.close()
        elif frame == "free":
            self.queue.refund()
        elif frame == "long" and self.answered is not None:
            self.answered += 4 * BYTES_PER_TOKEN
        return None

    def take_speech(self, frames: Sequence[str]) -> bool:
        if not all(frame.startswith("#") for frame in frames):
            return False
        self.spoken.append(list(frames))
        return True

    def asks(self, frame: str) -> bool:
        return frame.startswith("?")

    def speaks(self, frame: str) -> bool:
        return frame == "say"

    def heard(self) -> Deferred[None] | None:
        if self.at_once:
            return None
        self.outcomes.append(Deferred())
        return self.outcomes[-1]

    def told(self) -> int | None:
        return self.answered

    def endless(self) -> None:
        self._end("endless")

    def flooded(self) -> None:
        self._end("flooded")

    def all_taken(self) -> None:
        self._end("all taken")

    def _end(self, why: str) -> None:
        self.ends.append(why)
        self.queue.close()
