"""How much and how often: pure counters; the caller says what time it is.

Times are in seconds of any one clock, such as `Clock.seconds` gives.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple, TypeVar

T = TypeVar("T")

# What one token pays for: bytes of answers, and rows that the server looks at.
BYTES_PER_TOKEN = 8192
ROWS_PER_TOKEN = 1000


class Rate(NamedTuple):
    """At most `burst` at once and `per_second` in the long run.

    :ivar burst: tokens that a full bucket holds.
    :ivar per_second: tokens that are added in a second; more than 0.
    """

    burst: float
    per_second: float

    def __str__(self) -> str:
        return f"{self.burst:g}:{self.per_second:g}"


# Floats can't count the last millionth of a token.  The time for it may be too
# short to move a clock at all, and waiting for it would never end.
ENOUGH = 1 - 1e-6


class TokenBucket:
    """Allows what a `Rate` allows.  A new one is full.

    A `now` that lies before an earlier one adds no tokens.
    """

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = now

    def delay(self, now: float) -> float:
        """Seconds until the next thing is allowed; 0 when it is allowed now."""
        rate = self._rate
        if now > self._at:
            self._tokens = min(
                rate.burst, self._tokens + (now - self._at) * rate.per_second
            )
            self._at = now
        if self._tokens >= ENOUGH:
            return 0.0
        return (1 - self._tokens) / rate.per_second

    def level(self) -> tuple[float, float]:
        """The tokens that are left, below 0 for a debt, and the time of that count."""
        return self._tokens, self._at

    def take(self, cost: float = 1) -> None:
        """Pay `cost` tokens for what was just done; the bucket may go below 0.

        A negative `cost` gives tokens back.
        """
        self._tokens -= cost


class Counter:
    """Counts things by key and forgets keys that fall to zero."""

    def __init__(self) -> None:
        self._counts: dict[Hashable, int] = {}

    def __getitem__(self, key: Hashable) -> int:
        return self._counts.get(key, 0)

    def add(self, key: Hashable) -> None:
        """Count one more of `key`."""
        self._counts[key] = self._counts.get(key, 0) + 1

    def discard(self, key: Hashable) -> None:
        """Count one less of `key`.  No-op at 0."""
        left = self._counts.get(key, 0) - 1
        if left > 0:
            self._counts[key] = left
        else:
            self._counts.pop(key, None)


class Allowance:
    """So much that many share, each taking of it and giving back.

    :ivar left: what nobody has taken; it may go below 0.
    """

    __slots__ = ("left",)

    def __init__(self, most: int) -> None:
        self.left = most


def within(things: Iterable[T], size: Callable[[T], int], budget: int) -> list[T]:
    """The first of `things`, as long as their sizes add up to `budget` at most."""
    kept = []
    for thing in things:
        budget -= size(thing)
        if budget < 0:
            break
        kept.append(thing)
    return kept


class Throttle:
    """One `TokenBucket` for each key; only the most recent keys are remembered.

    :param most: how many keys are remembered.
    :param longest: seconds that a key waits at most, however much it asked for.
    """

    def __init__(self, rate: Rate, most: int = 10_000, longest: float = 20.0) -> None:
        self._rate = rate
        self._most = most
        self._longest = longest
        self._buckets: OrderedDict[Hashable, TokenBucket] = OrderedDict()

    def delay(self, key: Hashable, now: float) -> float:
        """Count one more for `key`; return the seconds it has to wait."""
        bucket = self._buckets.pop(key, None) or TokenBucket(self._rate, now)
        self._buckets[key] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        wait = bucket.delay(now)
        if wait < self._longest:
            bucket.take()
        return wait

    def levels(self) -> list[tuple[Hashable, float, float]]:
        """Each key with its `TokenBucket.level`, the most recent key last."""
        return [(key, *bucket.level()) for key, bucket in self._buckets.items()]

    def restore(self, levels: Iterable[tuple[Hashable, float, float]]) -> None:
        """Go on from what `levels` gave; what was counted before is forgotten."""
        self._buckets.clear()
        for key, tokens, at in levels:
            bucket = self._buckets[key] = TokenBucket(self._rate, at)
            bucket.take(self._rate.burst - tokens)

    def forgive(self, key: Hashable) -> None:
        """Give back the token of one thing that was counted and did not wait."""
        if bucket := self._buckets.get(key):
            bucket.take(-1)


class Tried(NamedTuple):
    """A try that `Backoff` has counted, to be given to `Backoff.forgive`.

    :ivar at: when it was made.
    :ivar before: when the try before it was made; `at` if it was the first.
    """

    key: str
    at: float
    before: float


class Backoff:
    """Slows down guessing: after some free tries each wait is twice the last.

    The first wait is 1 s.

    :param free: how many tries cost no wait.
    :param longest: how long a wait may be, in seconds.
    :param memory: seconds after which a key that tries no more starts anew.
    :param most: how many keys are remembered, the most recent ones.
    """

    def __init__(
        self, free: int, longest: float, memory: float = 3600.0, most: int = 10_000
    ) -> None:
        self._free = free
        self._longest = longest
        self._memory = memory
        self._most = most
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Seconds until `key` may try again; 0 when it may now."""
        count, last = self._tries.get(key, (0, now))
        if count < self._free:
            return 0.0
        pause = min(self._longest, 2.0 ** min(count - self._free, 60))
        return max(0.0, last + pause - now)

    def count(self, key: str, now: float) -> Tried:
        """Count a try, before it is known whether it fails."""
        count, last = self._tries.pop(key, (0, now))
        if now - last > self._memory:
            count = 0
        self._tries[key] = (count + 1, now)
        if len(self._tries) > self._most:
            self._tries.popitem(last=False)
        return Tried(key, now, last)

    def forgive(self, tried: Tried) -> None:
        """Don't count `tried`: it succeeded, or the secret was never looked at."""
        count, last = self._tries.get(tried.key, (0, 0.0))
        if count > 1:
            before = tried.before if last == tried.at else last
            self._tries[tried.key] = (count - 1, before)
        else:
            self._tries.pop(tried.key, None)

    def forget(self, which: Callable[[str], bool]) -> None:
        """Forget the keys that `which` picks: they may be somebody else's now."""
        for key in list(filter(which, self._tries)):
            del self._tries[key]

    def levels(self) -> list[tuple[str, int, float]]:
        """Each key, its tries and the time of the last; the most recent last."""
        return [(key, *level) for key, level in self._tries.items()]

    def restore(self, levels: Iterable[tuple[str, int, float]]) -> None:
        """Go on from what `levels` gave; what was counted before is forgotten."""
        self._tries = OrderedDict((key, (count, at)) for key, count, at in levels)
