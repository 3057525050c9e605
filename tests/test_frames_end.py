"""What a peer has sent is taken once, in order and to the end, and nothing after it."""

from __future__ import annotations

import gc
from weakref import finalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from twisted_chat.doors.frames import MAX_UNFINISHED, SLICE
from twisted_chat.limits import Rate

from .frames_support import FLOOD, Words


def test_what_time_completes_goes_behind_what_waits() -> None:
    peer = Words()
    words = peer.numbers(8)
    peer.queue.push(["late"])
    peer.wait(5)
    assert peer.taken == [*words, "late"]


def test_what_time_completes_is_an_end() -> None:
    peer = Words()
    for _ in range(3):
        for _ in range(MAX_UNFINISHED // SLICE):
            peer.queue.feed(b"x" * SLICE)
        peer.queue.push([])
    assert peer.ends == []


def test_who_has_finished_is_served_to_the_end() -> None:
    peer = Words()
    words = peer.numbers(8)
    peer.queue.feed(b"rest")
    peer.queue.finish()
    assert peer.ends == []
    peer.wait(5)
    assert peer.taken == [*words, "rest"]
    assert peer.ends == ["all taken"]


def test_who_has_finished_is_waited_for() -> None:
    peer = Words()
    peer.words("wait", "a")
    peer.queue.finish()
    assert peer.ends == []
    peer.outcomes[0].callback(None)
    assert (peer.taken, peer.ends) == (["wait", "a"], ["all taken"])


@pytest.mark.parametrize("flood", [None, FLOOD])
def test_an_end_that_is_read_out_of_the_bytes(flood: Rate | None) -> None:
    peer = Words(flood)
    peer.words("a", ".")
    assert (peer.taken, peer.ends) == (["a", "."], ["all taken"])


@pytest.mark.parametrize("flood", [None, FLOOD])
def test_after_the_end_nothing_is_taken(flood: Rate | None) -> None:
    peer = Words(flood)
    peer.words("wait")
    peer.words("close", "a")
    peer.outcomes[0].callback(None)
    peer.words("b")
    peer.queue.push(["c"])
    peer.queue.finish()
    peer.wait(5)
    assert peer.taken == ["wait", "close"]
    assert (peer.ends, peer.queue.behind) == ([], False)
    assert not peer.clock.getDelayedCalls()


@pytest.mark.parametrize("flood", [None, FLOOD])
def test_who_is_closed_while_it_is_cut_is_told_nothing_more(flood: Rate | None) -> None:
    peer = Words(flood)
    peer.queue.feed(b"x" * MAX_UNFINISHED)
    peer.ends.clear()
    peer.queue.feed(b"!")
    assert (peer.taken, peer.ends) == ([], [])


def test_an_outcome_that_comes_after_the_end() -> None:
    peer = Words()
    peer.words("wait", "a")
    peer.queue.close()
    failed: list[object] = []
    peer.outcomes[0].callback(None)
    peer.outcomes[0].addErrback(failed.append)
    assert (peer.taken, failed) == (["wait"], [])


def test_an_outcome_after_the_end_pauses_nothing() -> None:
    """Or it would never be heard that the peer has closed its half."""
    peer = Words()
    peer.queue.close()
    outcome: Deferred[None] = Deferred()
    peer.queue.hold(outcome)
    assert peer.reading
    outcome.callback(None)
    assert peer.reading


def test_a_closed_queue_lets_go_of_its_taker() -> None:
    peer, queue = Words(), None
    freed: list[bool] = []
    finalize(peer, freed.append, True)
    peer.numbers(8)
    queue = peer.queue
    queue._source = Words(None)  # a transport is gone from its protocol
    queue.close()
    gc.disable()
    try:
        del peer
        assert freed
    finally:
        gc.enable()


@given(
    st.lists(st.sampled_from(["a", "long", "free", "wait", "bb", "say"]), max_size=30),
    st.lists(st.integers(1, 40), max_size=10),
    st.sampled_from([None, FLOOD, Rate(1, 1)]),
)
def test_each_frame_is_taken_once_and_in_order(
    words: list[str], sizes: list[int], flood: Rate | None
) -> None:
    peer = Words(flood)
    data = " ".join(words).encode()
    for size in sizes:
        peer.queue.feed(data[:size])
        data = data[size:]
    peer.queue.feed(data)
    peer.queue.finish()
    for _ in range(200):
        peer.clock.advance(1)
        for outcome in peer.outcomes:
            if not outcome.called:
                outcome.callback(None)
    assert peer.taken == words
    assert peer.ends == ["all taken"]
