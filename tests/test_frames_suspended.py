"""While a queue is suspended what asks overtakes the rest, which waits."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from twisted_chat.doors.aside import MAX_ASIDE, OVERHEAD
from twisted_chat.limits import Allowance, Rate

from .frames_support import FLOOD, ROOM, Words


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
