"""What a peer has sent waits, is cut, taken, held and charged as it should be."""

from __future__ import annotations

import gc
from weakref import finalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from twisted_chat.doors.aside import MAX_ASIDE, OVERHEAD
from twisted_chat.doors.frames import (
    MAX_PER_TURN,
    MAX_SAID,
    MAX_UNFINISHED,
    SLICE,
    FrameQueue,
)
from twisted_chat.limits import BYTES_PER_TOKEN, Allowance, Rate, TokenBucket

MOST = 100_000
FLOOD = Rate(burst=5, per_second=2)


class Words:
    """A protocol of words that end with a space; some of them do something.

    :ivar taken: what was taken, in order.
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


# An outcome that is still to come


@pytest.mark.parametrize("flood", [None, FLOOD])
def test_frames_wait_for_an_outcome(flood: Rate | None) -> None:
    peer = Words(flood)
    peer.words("a", "wait", "b", "wait", "c")
    peer.words("d")
    assert peer.taken == ["a", "wait"]
    assert not peer.reading
    peer.outcomes[0].callback(None)
    assert peer.taken == ["a", "wait", "b", "wait"]
    assert not peer.reading
    peer.wait(5)
    assert peer.taken == ["a", "wait", "b", "wait"]
    peer.outcomes[1].callback(None)
    peer.wait(5)
    assert peer.taken == ["a", "wait", "b", "wait", "c", "d"]
    assert peer.reading


@pytest.mark.parametrize("flood", [None, FLOOD])
def test_an_outcome_that_has_come_holds_nothing(flood: Rate | None) -> None:
    peer = Words(flood)
    done: Deferred[None] = Deferred()
    done.callback(None)
    peer.queue.hold(done)
    peer.words("a")
    assert peer.taken == ["a"]
    assert peer.reading


def test_all_outcomes_are_waited_for() -> None:
    peer = Words()
    first, second = Deferred[None](), Deferred[None]()
    peer.queue.hold(first)
    peer.queue.hold(second)
    peer.words("a")
    second.callback(None)
    assert (peer.taken, peer.reading) == ([], False)
    first.callback(None)
    assert (peer.taken, peer.reading) == (["a"], True)


def test_an_outcome_makes_the_flood_rule_no_laxer() -> None:
    peer = Words()
    peer.numbers(8)
    outcome: Deferred[None] = Deferred()
    peer.queue.hold(outcome)
    outcome.callback(None)
    assert (len(peer.taken), peer.reading) == (5, False)
    peer.wait(0.5)
    assert len(peer.taken) == 6
    assert len(peer.clock.getDelayedCalls()) == 1


# While what was said is still to be heard


@pytest.mark.parametrize("flood", [None, FLOOD])
def test_what_is_said_waits_for_nothing_that_was_said(flood: Rate | None) -> None:
    peer = Words(flood)
    peer.words("say", "say")
    peer.words("say")
    assert (peer.taken, peer.reading, peer.outcomes) == (["say"] * 3, True, [])


@pytest.mark.parametrize("flood", [None, FLOOD])
@pytest.mark.parametrize("packets", [1, 2])
def test_all_else_waits_until_what_was_said_is_heard(
    flood: Rate | None, packets: int
) -> None:
    peer = Words(flood)
    peer.words("say", "say", *["a", "say"][: 4 - 2 * packets])
    peer.words(*["a", "say"][4 - 2 * packets :], "b")
    assert (peer.taken, peer.reading) == (["say", "say"], False)
    peer.outcomes[0].callback(None)
    assert (peer.taken, peer.reading) == (["say", "say", "a", "say"], False)
    peer.outcomes[1].callback(None)
    peer.wait(5)
    assert (peer.taken[4:], peer.reading) == (["b"], True)
    peer.words("c")
    assert (peer.taken[5:], len(peer.outcomes)) == (["c"], 2)


@pytest.mark.parametrize("flood", [None, FLOOD])
def test_what_is_heard_at_once_is_not_waited_for(flood: Rate | None) -> None:
    peer = Words(flood)
    peer.at_once = True
    peer.words("say", "a")
    peer.queue.finish()
    assert (peer.taken, peer.reading, peer.ends) == (["say", "a"], True, ["all taken"])


def test_so_much_is_on_its_way_and_then_it_is_waited_for() -> None:
    peer = Words(None)
    peer.words(*["say"] * (MAX_SAID + 2))
    assert (len(peer.taken), peer.reading) == (MAX_SAID, False)
    peer.outcomes[0].callback(None)
    assert (len(peer.taken), peer.reading) == (MAX_SAID + 2, True)


def test_the_flood_rule_counts_what_is_said_in_a_row() -> None:
    peer = Words()
    peer.words(*["say"] * 8)
    assert (len(peer.taken), peer.reading) == (5, False)
    peer.wait(0.5)
    assert len(peer.taken) == 6


def test_a_suspension_while_what_was_said_is_still_to_be_heard() -> None:
    peer = Words(None)
    peer.words("say", "a", "?b")
    peer.queue.suspend(ROOM)
    peer.words("?c", "say")
    assert peer.taken == ["say", "?b", "?c"]
    peer.outcomes[0].callback(None)
    peer.queue.resume()
    assert (peer.taken[3:], peer.reading) == (["a", "say"], True)
    peer.queue.suspend(ROOM)
    peer.queue.finish()
    assert peer.ends == []
    peer.queue.resume()
    assert peer.ends == []
    peer.outcomes[1].callback(None)
    assert peer.ends == ["all taken"]


# While it is suspended


ROOM = Allowance(1_000_000)


@pytest.mark.parametrize("flood", [None, FLOOD])
def test_what_asks_overtakes_the_rest(flood: Rate | None) -> None:
    peer = Words(flood)
    peer.words("wait", "a", "?b")
    assert peer.taken == ["wait"]
    peer.queue.suspend(ROOM)
    assert peer.taken == ["wait", "?b"]
    peer.words("c", "?d")
    assert (peer.taken, peer.reading) == (["wait", "?b", "?d"], True)
    assert (peer.queue.behind, peer.queue.paused) == (True, False)
    peer.queue.resume()
    assert peer.taken == ["wait", "?b", "?d"]
    assert not peer.reading
    peer.outcomes[0].callback(None)
    peer.wait(5)
    assert peer.taken == ["wait", "?b", "?d", "a", "c"]
    assert peer.reading


def test_what_changes_something_waits_even_where_nothing_does() -> None:
    peer = Words()
    peer.queue.suspend(ROOM)
    peer.words("a")
    assert (peer.taken, peer.reading) == ([], True)
    peer.queue.resume()
    assert peer.taken == ["a"]


def test_an_outcome_that_comes_meanwhile_lets_nothing_else_through() -> None:
    peer = Words()
    peer.words("wait", "a")
    peer.queue.suspend(ROOM)
    peer.outcomes[0].callback(None)
    peer.words("?b")
    assert peer.taken == ["wait", "?b"]


def test_what_is_held_otherwise_lets_what_asks_through() -> None:
    peer = Words()
    peer.queue.suspend(ROOM)
    gate: Deferred[None] = Deferred()
    peer.queue.hold(gate)
    assert peer.reading
    peer.words("a", "?b")
    assert (peer.taken, peer.reading) == (["?b"], True)
    peer.queue.resume()
    assert (peer.taken, peer.reading) == (["?b"], False)
    gate.callback(None)
    assert (peer.taken, peer.reading) == (["?b", "a"], True)


def test_answers_keep_their_order() -> None:
    peer = Words()
    peer.queue.suspend(ROOM)
    peer.words("a", "?wait", "?b")
    assert (peer.taken, peer.reading, peer.queue.paused) == (["?wait"], False, True)
    peer.outcomes[0].callback(None)
    assert (peer.taken, peer.reading) == (["?wait", "?b"], True)


def test_an_answer_that_comes_after_the_suspension() -> None:
    peer = Words()
    peer.queue.suspend(ROOM)
    peer.words("a", "?wait")
    peer.queue.resume()
    assert (peer.taken, peer.reading) == (["?wait"], False)
    peer.queue.suspend(ROOM)
    assert peer.reading
    peer.queue.resume()
    peer.outcomes[0].callback(None)
    assert (peer.taken, peer.reading) == (["?wait", "a"], True)


def test_so_many_frames_wait_and_then_it_is_read_no_more() -> None:
    peer = Words(None)
    peer.queue.suspend(ROOM)
    words = [str(number) for number in range(MAX_ASIDE - 1)]
    peer.words(*words, "?a")
    assert (peer.taken, peer.reading) == (["?a"], True)
    peer.words("last", "?b", "more")
    assert (peer.taken, peer.reading, peer.queue.paused) == (["?a"], False, True)
    peer.queue.resume()
    peer.wait(1)
    assert peer.taken == ["?a", *words, "last", "?b", "more"]
    assert peer.reading


def test_so_much_waits_of_all_and_is_given_back() -> None:
    allowance = Allowance(2 * OVERHEAD + 1)
    first, second = Words(None), Words(None)
    for peer in (first, second):
        peer.queue.suspend(allowance)
    second.words("?a")
    first.words("a", "b")
    assert not first.reading
    second.words("?b")
    assert second.reading
    second.words("c", "?d")
    assert (second.taken, second.reading) == (["?a", "?b"], False)
    first.queue.resume()
    second.queue.close()
    assert allowance.left == 2 * OVERHEAD + 1


def test_what_overtakes_is_subject_to_the_flood_rule() -> None:
    peer = Words()
    peer.queue.suspend(ROOM)
    peer.words("a", *(f"?{number}" for number in range(8)))
    assert (len(peer.taken), peer.reading, peer.queue.paused) == (5, False, True)
    peer.wait(0.5)
    assert len(peer.taken) == 6
    peer.wait(1)
    assert (len(peer.taken), peer.reading) == (8, True)


def test_who_has_finished_stays_as_long_as_something_waits() -> None:
    peer, other, idle = Words(), Words(), Words()
    other.words("wait")
    for each in (peer, other, idle):
        each.queue.suspend(ROOM)
    peer.words("a")
    peer.queue.feed(b"rest")
    for each in (peer, other, idle):
        each.queue.finish()
    assert (peer.ends, other.ends, idle.ends) == ([], [], ["all taken"])
    peer.queue.resume()
    assert (peer.taken, peer.ends) == (["a", "rest"], ["all taken"])
    other.queue.resume()
    assert other.ends == []
    other.outcomes[0].callback(None)
    assert other.ends == ["all taken"]


def test_what_waits_outlives_its_source() -> None:
    peer, idle, busy = Words(), Words(), Words()
    for each in (peer, idle):
        each.queue.suspend(ROOM)
    peer.words("a", "wait", "b")
    busy.words("wait", "a")
    assert (peer.queue.outlive(), idle.queue.outlive()) == (True, False)
    assert not busy.queue.outlive()
    peer.queue.resume()
    assert (peer.taken, peer.reading, peer.ends) == (["a", "wait"], True, [])
    peer.outcomes[0].callback(None)
    assert (peer.taken, peer.ends) == (["a", "wait", "b"], ["all taken"])


def test_a_closed_queue_is_not_suspended() -> None:
    peer = Words()
    peer.queue.close()
    peer.queue.suspend(ROOM)
    assert peer.reading
    peer.queue.resume()
    peer.words("a")
    assert (peer.taken, peer.reading) == ([], True)


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


# Pauses, what no byte completes, and the end


def test_a_pause() -> None:
    peer = Words()
    peer.queue.pause(2)
    peer.words("a")
    peer.wait(1.875)
    assert (peer.taken, peer.reading) == ([], False)
    peer.wait(0.125)
    assert (peer.taken, peer.reading) == (["a"], True)


def test_an_outcome_ends_no_pause() -> None:
    peer = Words()
    outcome: Deferred[None] = Deferred()
    peer.queue.hold(outcome)
    peer.queue.pause(2)
    outcome.callback(None)
    assert (peer.reading, peer.queue.paused) == (False, True)
    peer.wait(2)
    assert (peer.reading, peer.queue.paused) == (True, False)


def test_who_waits_for_an_outcome_is_paused() -> None:
    peer = Words()
    outcome: Deferred[None] = Deferred()
    peer.queue.hold(outcome)
    assert (peer.reading, peer.queue.paused) == (False, True)
    outcome.callback(None)
    assert (peer.reading, peer.queue.paused) == (True, False)


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
