"""Of what a peer has sent so much is taken, cut and kept as the flood rule says."""

from __future__ import annotations

import pytest

from twisted_chat.doors.frames import MAX_PER_TURN, MAX_UNFINISHED, SLICE
from twisted_chat.limits import BYTES_PER_TOKEN, Rate

from .frames_support import FLOOD, MOST, Words


def test_past_the_burst_frames_wait_with_reading_paused() -> None:
    peer = Words()
    words = peer.numbers(8)
    assert peer.taken == words[:5]
    assert (peer.reading, peer.queue.behind, peer.queue.paused) == (False, True, True)
    peer.wait(0.5)
    assert peer.taken == words[:6]
    peer.wait(1)
    assert peer.taken == words
    assert (peer.reading, peer.queue.behind, peer.queue.paused) == (True, False, False)


def test_a_packet_is_cut_a_slice_at_a_time() -> None:
    peer = Words()
    words = peer.numbers(3000)
    assert peer.cuts == [SLICE]
    peer.wait(1500)
    assert peer.taken == words
    assert max(peer.cuts) == SLICE


@pytest.mark.parametrize("flood", [None, Rate(10_000, 1)])
def test_others_have_their_turn_in_between(flood: Rate | None) -> None:
    peer = Words(flood)
    words = peer.numbers(3 * MAX_PER_TURN)
    assert peer.taken == words[:MAX_PER_TURN]
    assert not peer.reading
    seen: list[int] = []
    peer.clock.callLater(0, lambda: seen.append(len(peer.taken)))
    peer.clock.advance(0)
    assert seen == [2 * MAX_PER_TURN]
    assert peer.taken == words
    assert peer.reading


def test_what_waits_is_bounded() -> None:
    peer = Words()
    peer.queue.feed(b"x " * (MOST // 2))
    assert peer.ends == []
    peer.queue.feed(b"x" * SLICE)
    assert peer.ends == []
    peer.queue.feed(b"x")
    assert peer.ends == ["flooded"]
    assert not peer.queue.behind


@pytest.mark.parametrize("flood", [None, FLOOD])
def test_what_completes_no_frame_is_bounded(flood: Rate | None) -> None:
    peer = Words(flood)
    for _ in range(2):
        peer.queue.feed(b"x" * (MAX_UNFINISHED - 1))
        peer.words("")
        assert peer.ends == (["flooded"] if peer.queue.behind else [])
        peer.wait(1)
    peer.queue.feed(b"x" * MAX_UNFINISHED)
    assert peer.ends == []
    peer.queue.feed(b"x")
    assert peer.ends == ["endless"]


def test_a_pause() -> None:
    peer = Words()
    peer.queue.pause(2)
    peer.words("a")
    peer.wait(1.875)
    assert (peer.taken, peer.reading) == ([], False)
    peer.wait(0.125)
    assert (peer.taken, peer.reading) == (["a"], True)


# What frames cost


def test_a_long_answer_costs_more() -> None:
    peer = Words()
    peer.words("long", "a", "b")
    assert peer.taken == ["long"]
    peer.wait(0.5)
    assert peer.taken == ["long", "a"]


def test_an_answer_that_comes_later_costs_too() -> None:
    peer = Words()
    peer.words("wait", "a", "b")
    peer.answered = 4 * BYTES_PER_TOKEN
    peer.outcomes[0].callback(None)
    assert peer.taken == ["wait"]
    peer.wait(0.5)
    assert peer.taken == ["wait", "a"]


def test_before_answers_are_charged_they_are_free() -> None:
    peer = Words()
    peer.answered = None
    peer.words("a")
    peer.answered = 100 * BYTES_PER_TOKEN
    peer.words("b", "c", "d", "e", "f")
    assert peer.taken == ["a", "b", "c", "d", "e"]


def test_a_frame_can_be_free() -> None:
    peer = Words()
    peer.words(*["free"] * 20, "a", "b", "c", "d", "e", "f")
    assert peer.taken == ["free"] * 20 + ["a", "b", "c", "d", "e"]
    unlimited = Words(None)
    unlimited.words("free")
    assert unlimited.taken == ["free"]
