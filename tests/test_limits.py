"""How much and how often."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.limits import Backoff, Counter, Rate, Throttle, TokenBucket, within


@given(st.lists(st.floats(0, 5), max_size=60))
def test_a_bucket_allows_no_more_than_its_rate(pauses: list[float]) -> None:
    """In any span: the burst, and the rate times the span."""
    bucket = TokenBucket(Rate(5, 2), 0.0)
    now, taken = 0.0, []
    for pause in pauses:
        now += pause
        if delay := bucket.delay(now):
            now += delay
            assert bucket.delay(now) < 1e-6
        bucket.take()
        taken.append(now)
    for start in range(len(taken)):
        for end in range(start, len(taken)):
            span = taken[end] - taken[start]
            assert end - start + 1 <= 5 + 2 * span + 1e-6


@given(st.floats(0, 1e7), st.sampled_from([0.3, 2.0, 3.0, 7.0]))
def test_who_waits_as_long_as_told_waits_once(now: float, per_second: float) -> None:
    """Whatever floats make of it: else a clock may stand still for ever."""
    bucket = TokenBucket(Rate(1, per_second), now)
    bucket.take()
    assert bucket.delay(now + bucket.delay(now)) == 0


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    bucket = TokenBucket(Rate(1, 1), 100.0)
    bucket.take()
    assert bucket.delay(100.0) == 1
    assert bucket.delay(50.0) == 1
    assert bucket.delay(100.5) == 0.5
    assert bucket.delay(101.0) == 0


def test_a_counter_forgets_zeroes() -> None:
    counter = Counter()
    counter.add("a")
    counter.add("a")
    counter.discard("a")
    assert counter["a"] == 1
    counter.discard("a")
    counter.discard("b")
    assert counter["a"] == counter["b"] == 0
    assert not counter._counts


def test_a_throttle_remembers_so_many_keys() -> None:
    throttle = Throttle(Rate(1, 1), most=100)
    for key in range(10_000):
        throttle.delay(key, 0.0)
    assert len(throttle._buckets) == 100


def test_a_throttle_remembers_the_latest_keys() -> None:
    throttle = Throttle(Rate(1, 1), most=2)
    assert [throttle.delay(key, 0.0) for key in "abac"] == [0, 0, 1, 0]
    assert throttle.delay("a", 0.0) > 0, "it came once more after b"
    assert throttle.delay("c", 0.0) > 0
    assert throttle.delay("b", 0.0) == 0, "forgotten"


def test_a_throttle_delays_up_to_its_longest() -> None:
    throttle = Throttle(Rate(1, 1), longest=3)
    assert [throttle.delay("a", 0.0) for _ in range(7)] == [0, 1, 2, 3, 3, 3, 3]
    assert throttle.delay("b", 0.0) == 0


@given(st.lists(st.integers(0, 20)), st.integers(0, 100))
def test_within_a_budget(sizes: list[int], budget: int) -> None:
    kept = within(sizes, lambda size: size, budget)
    assert kept == sizes[: len(kept)]
    assert sum(kept) <= budget
    assert kept == sizes or sum(sizes[: len(kept) + 1]) > budget


def test_tries_are_forgotten_after_a_while() -> None:
    tries = Backoff(free=2, longest=100, memory=60)
    for _ in range(5):
        tries.count("a", 0.0)
    assert tries.wait("a", 0.0) == 8
    tries.count("a", 60.0)
    assert tries.wait("a", 60.0) == 16, "a minute is not over"
    tries.count("a", 120.5)
    assert tries.wait("a", 120.5) == 0
