"""What a peer has sent waits for what comes of the frames before it."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from twisted_chat.doors.frames import MAX_SAID
from twisted_chat.limits import Rate

from .frames_support import FLOOD, Words


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
