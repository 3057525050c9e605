"""What a node of a shared log proposes is in its log once, or has failed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest

from twisted_chat.log.outbox import FULL
from twisted_chat.log.replica import Broken
from twisted_chat.log.state import State

from .shared_log_support import Refused, World, submit
from .test_outcomes import no_bugs

# By what log a hub changes is all the same here.
pytestmark = pytest.mark.at_once


@pytest.fixture
def world() -> World:
    return World()


def test_what_is_proposed_in_a_turn_is_one_record(world: World) -> None:
    a, b = world.cluster("a", "b")
    before = len(world.bodies())
    a.say("one"), a.say("two")
    world.clock.advance(1)
    assert world.bodies()[before:] == [b"one\ntwo"]
    assert a.machine.words == b.machine.words == ["one", "two"]


def test_an_outcome_comes_when_it_is_applied_here(world: World) -> None:
    (a,) = world.cluster("a")
    seen: list[list[str]] = []
    a.log.propose("one").addCallback(lambda _: seen.append(list(a.machine.words)))
    a.say("two")
    refused = a.say("no")
    assert a.machine.words == []
    world.clock.advance(1)
    assert seen == [["one"]], "before the next one of the record"
    assert refused == [Refused]


def test_within_is_entered_around_the_own_entry_only(world: World) -> None:
    (a,) = world.cluster("a")
    inside: list[list[str]] = []

    @contextmanager
    def within() -> Any:
        inside.append(list(a.machine.words))
        yield
        inside.append(list(a.machine.words))

    a.say("one")
    a.log.propose("two", within())
    a.say("three")
    world.clock.advance(1)
    assert inside == [["one"], ["one", "two"]]


def test_batches_do_not_wait_for_each_other(world: World) -> None:
    (a,) = world.cluster("a")
    a.faults.slow = 1.0
    for word in ("one", "two", "three"):
        a.say(word)
        world.clock.advance(0.001)
    assert len(a.stream._open) >= 4, "three appends and a read"
    world.clock.advance(5)
    assert a.machine.words == ["one", "two", "three"]


def test_what_was_not_acknowledged_is_sent_again_and_there_once(world: World) -> None:
    (a,) = world.cluster("a")
    a.faults.lost = 1.0
    done = [a.say("one")]
    world.clock.advance(0.1)
    done.append(a.say("two"))
    world.clock.advance(4)
    assert a.is_in(State.AWAY)
    a.faults.lost = 0.0
    world.clock.advance(6)
    assert a.machine.words == ["one", "two"]
    assert done == [["done"], ["done"]]


def test_a_gap_is_filled_from_the_first_that_is_missing(world: World) -> None:
    (a,) = world.cluster("a")
    a.faults.lost = 1.0
    a.say("one")
    world.clock.advance(0.001)
    a.faults.lost = 0.0
    a.say("two")
    world.clock.advance(0.5)
    assert a.machine.words == ["one", "two"]


def test_only_so_much_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (a,) = world.cluster("a")
    a.faults.lost = 1.0
    outcomes = []
    for number in range(20):
        outcomes.append(a.say(f"{number}" + "x" * 2**19))
        world.clock.advance(0)
    assert a.log.full, "doors ask for no more"
    size = a.log._sender._outbox.size
    assert size < FULL + 2**20, "what is proposed now waits for room"
    monkeypatch.setattr("twisted_chat.log.outbox.MOST_LATER", 12)
    assert a.say("one more") == [OverflowError]
    a.faults.lost = 0.0
    world.clock.advance(20)
    assert not a.log.full
    assert outcomes == [["done"]] * 20
    assert [word.strip("x") for word in a.machine.words] == [f"{n}" for n in range(20)]


def test_what_cannot_be_encoded_fails_alone(world: World) -> None:
    (a,) = world.cluster("a")
    outcomes = [a.say(word) for word in ("one", "unspeakable", "x" * 2**21, "two")]
    world.clock.advance(1)
    assert outcomes == [["done"], [ValueError], [OverflowError], ["done"]]


# What nobody waits for


def test_of_what_nobody_waits_for_only_a_refusal_is_told(world: World) -> None:
    a, b = world.cluster("a", "b")
    words = ("one", "no", "two", "unspeakable", "x" * 2**21)
    told = [submit(a.log, word) for word in words]
    assert told == [[]] * len(words)
    world.clock.advance(1)
    assert told == [[], [Refused], [], [ValueError], [OverflowError]]
    assert a.machine.words == b.machine.words == ["one", "two"]


def test_of_what_is_lost_it_is_told_too(world: World) -> None:
    a, b = world.cluster("a", "b")
    a.faults.lost = 1.0
    told = [submit(a.log, "sent")]
    world.clock.advance(1)
    told.append(submit(a.log, "of this turn"))
    a.membership._end()
    told.append(submit(a.log, "after the end"))
    assert told == [[False], [False], [True]]
    told = [submit(b.log, word) for word in ("one", "bug", "two")]
    world.clock.advance(1)
    assert told == [[], [Broken], [Broken]]


def test_who_breaks_on_a_refusal_stops_nothing(world: World) -> None:
    (a,) = world.cluster("a")
    a.log.submit("no", lambda error: 1 / 0)
    done = a.say("one")
    with pytest.raises(AssertionError), no_bugs():
        world.clock.advance(1)
    assert done == ["done"]


@pytest.mark.parametrize("later", [0.0, 0.05])
def test_all_that_was_proposed_can_be_waited_for(world: World, later: float) -> None:
    (a,) = world.cluster("a")
    assert a.log.settled() is None
    seen: list[list[str]] = []

    def settle() -> None:
        settled = a.log.settled()
        assert settled is not None
        settled.addCallback(lambda _: seen.append(list(a.machine.words)))

    a.faults.slow = 1.0
    submit(a.log, "one")
    world.clock.advance(later)
    settle()
    submit(a.log, "two")
    settle()
    assert seen == []
    world.clock.advance(5)
    assert seen[0][:1] == ["one"]
    assert seen[1] == ["one", "two"]
    assert a.log.settled() is None


@pytest.mark.parametrize("sent", [False, True])
def test_what_comes_to_nothing_is_waited_for_no_longer(
    world: World, sent: bool
) -> None:
    (a,) = world.cluster("a")
    a.faults.lost = 1.0
    submit(a.log, "unspeakable" if not sent else "one")
    settled = a.log.settled()
    assert settled is not None
    world.clock.advance(0.1)
    assert settled.called is not sent
    a.log._sender.drop(certain=True)
    assert settled.called
