"""A node of a shared log has a number as long as it renews it."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from twisted_chat.log.state import Course, Interrupted, State
from twisted_chat.log.stream import LEASE, Position, Record, Sealed

from .shared_log_support import FIRST, World, outcome
from .simulation.clock import WorldClock
from .support import START

# By what log a hub changes is all the same here.
pytestmark = pytest.mark.at_once


@pytest.fixture
def world() -> World:
    return World()


def test_who_is_silent_is_expelled_and_comes_back_by_another_number(
    world: World,
) -> None:
    a, b = world.cluster("a", "b")
    old = b.log.node
    b.clock.paused = True
    world.clock.advance(LEASE + 4)
    assert list(a.machine.up.values()) == ["a"]
    pending = b.say("too late")
    b.clock.resume()
    world.clock.advance(3)
    kinds = [kind for kind, *_ in b.told]
    assert kinds == ["away", "back", "fenced"], "what is proposed meanwhile waits"
    assert b.told[-1] == ("fenced", old, b.log.node)
    assert b.log.node != old
    assert pending == [True], "certainly not in the log"
    assert "too late" not in a.machine.words
    assert set(a.machine.up) == {a.log.node, b.log.node}


def test_who_reads_its_own_end_enters_anew_at_once(world: World) -> None:
    a, b = world.cluster("a", "b")
    old = a.log.node
    renewals = len(a.stream.asked)
    pending = a.say("sent before")
    world.clock.advance(0.05)
    world.keeper.leave(FIRST, old, b"gone %d" % old)
    world.clock.advance(0.5)
    assert a.log.node > old
    assert len(a.stream.asked) - renewals <= 3, "no renewal told it"
    assert pending == ["done"]
    assert set(b.machine.up) == {a.log.node, b.log.node}


def test_who_is_fenced_reads_up_to_its_own_end_before_it_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had proposed may be in the log, further than it has read."""
    _, b = world.cluster("a", "b")
    old, read = b.log.node, b.stream.read
    held: list[Deferred[list[Record]]] = []

    def hold(after: Position, most: int = 500) -> Deferred[list[Record]]:
        held.append(Deferred())
        return held[-1]

    monkeypatch.setattr(b.stream, "read", hold)
    world.clock.advance(2)
    pending = b.say("sent before")
    world.clock.advance(0.5)
    world.keeper.leave(FIRST, old, b"gone %d" % old)
    world.clock.advance(5)
    assert b.is_in(State.FENCED)
    assert pending == [], "it isn't known yet"
    monkeypatch.setattr(b.stream, "read", read)
    held[0].callback([])
    world.clock.advance(3)
    assert pending == ["done"]
    assert b.is_in(State.RUNNING)
    assert b.told[-1] == ("fenced", old, b.log.node)


def test_who_stood_still_renews_before_it_says_anything(world: World) -> None:
    (a,) = world.cluster("a")
    a.say("one")
    a.clock.paused = True  # before the turn has ended
    before = len(a.stream.asked)
    world.clock.advance(LEASE + 5)
    a.clock.resume()
    world.clock.advance(1)
    asked = [name for _, name in a.stream.asked[before:]]
    assert asked[:2] == ["renew", "append"]
    assert a.machine.words == ["one"]


def test_a_lease_is_renewed(world: World) -> None:
    a, b = world.cluster("a", "b")
    nodes = dict(a.machine.up)
    world.clock.advance(60)
    assert a.machine.up == nodes
    assert not a.told
    assert not b.told


def test_nothing_is_proposed_while_fenced(world: World) -> None:
    (a,) = world.cluster("a")
    a.faults.slow = 1.0
    a.log._course.go(State.FENCED)
    assert a.say("one") == [True]


# Away


def test_away_and_back(world: World) -> None:
    (a,) = world.cluster("a")
    world.keeper.up = False
    waiting = a.say("one")
    world.clock.advance(0.5)
    assert a.is_in(State.AWAY)
    assert a.told == [("away", pytest.approx(START + world.clock.seconds(), abs=0.6))]
    also = a.say("two")
    world.clock.advance(3)
    world.keeper.up = True
    world.clock.advance(6)
    assert a.told[1:] == [("back",)]
    assert waiting == also == ["done"]
    assert a.machine.words == ["one", "two"]


def test_tries_come_less_and_less_often(world: World) -> None:
    (a,) = world.cluster("a")
    world.keeper.up = False
    world.clock.advance(60)
    tries = [at for at, name in a.stream.asked if name == "renew"]
    assert len(tries) < 20
    assert tries[-1] - tries[-2] >= 5


def test_who_is_answered_again_does_not_wait_for_its_next_try(world: World) -> None:
    a, _ = world.cluster("a", "b")
    world.keeper.up = False
    world.clock.advance(40)
    tries = len(a.stream.asked)
    while len(a.stream.asked) == tries:
        world.clock.advance(0.1)
    world.clock.advance(0.1)
    world.keeper.up = True
    world.clock.advance(2)
    assert a.is_in(State.RUNNING)


def test_what_fails_once_the_state_has_changed_leads_nowhere() -> None:
    course, asked = Course(WorldClock(), "a"), [Deferred[None]() for _ in range(2)]
    course.go(State.STARTING)
    first = outcome(Deferred.fromCoroutine(course.ask(asked[0])))
    asked[0].errback(Sealed())
    second = outcome(Deferred.fromCoroutine(course.ask(asked[1])))
    course.go(State.SEALED)
    asked[1].errback(Sealed())
    assert (first, second) == ([Sealed], [Interrupted])


# Lag


def test_a_node_that_reads_nothing_knows_how_long_it_lags(world: World) -> None:
    a, b = world.cluster("a", "b")
    world.clock.advance(60)
    b.reader.stop()
    world.clock.advance(60)
    assert b.log.lag == 0.0, "nothing has happened"
    a.say("one")
    world.clock.advance(15)
    assert a.log.lag == 0.0
    assert 10 < b.log.lag < 15.5
    b.reader.begin()
    world.clock.advance(2)
    assert b.log.lag == 0.0
    assert b.machine.words == ["one"]


def test_how_far_another_node_lags_is_told_by_its_own_word(world: World) -> None:
    a, b = world.cluster("a", "b")

    def lag() -> float:
        [member] = [each for each in world.keeper.book().members if each.name == "b"]
        return a.log.lag_of(member)

    world.clock.advance(3600)
    a.say("one")
    world.clock.advance(1)
    assert lag() == 0.0, "an idle hour is no lag"
    world.clock.advance(4)
    b.reader.stop()
    a.say("two")
    world.clock.advance(20)
    assert 10 < lag() < 20
    b.reader.begin()
    world.clock.advance(4)
    assert lag() == 0.0


def test_a_head_that_is_lost_is_no_lag(world: World) -> None:
    (a,) = world.cluster("a")
    now = world.clock.seconds()
    lost = a.log.place.position._replace(ms=a.log.place.position.ms + 10**6)
    a.log._lease._heads.append((now, lost))
    assert a.log.lag == pytest.approx(0.0)
    world.clock.advance(4)
    assert a.log.lag == 0.0
