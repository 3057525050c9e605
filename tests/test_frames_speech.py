"""Frames that just speak are taken all at once, where nothing is in the way."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from .frames_support import Words


def test_several_that_just_speak_are_taken_at_once() -> None:
    peer = Words(None)
    peer.words("#1", "#2", "#3")
    assert (peer.spoken, peer.taken) == ([["#1", "#2", "#3"]], [])


def test_one_alone_or_others_among_them_are_taken_one_by_one() -> None:
    peer = Words(None)
    peer.words("#1")
    peer.words("#2", "a", "#3")
    assert (peer.spoken, peer.taken) == ([], ["#1", "#2", "a", "#3"])


def test_with_a_flood_rule_each_costs() -> None:
    peer = Words()
    peer.words(*[f"#{n}" for n in range(8)])
    assert (peer.spoken, len(peer.taken)) == ([], 5)


def test_they_wait_for_what_is_still_to_come() -> None:
    peer = Words(None)
    outcome: Deferred[None] = Deferred()
    peer.queue.hold(outcome)
    peer.words("#1", "#2")
    assert (peer.spoken, peer.taken) == ([], [])
    outcome.callback(None)
    assert (peer.spoken, peer.taken) == ([], ["#1", "#2"])


def test_they_wait_until_what_was_said_is_heard() -> None:
    peer = Words(None)
    peer.words("say")
    peer.words("#1", "#2")
    assert (peer.spoken, peer.taken) == ([], ["say"])
    peer.outcomes[0].callback(None)
    assert (peer.spoken, peer.taken) == ([], ["say", "#1", "#2"])


def test_who_is_gone_says_nothing_more() -> None:
    peer = Words(None)
    peer.queue.feed(b"#1 #2 !")
    assert (peer.spoken, peer.taken) == ([], [])
