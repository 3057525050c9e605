"""A node of a shared log applies each record once, in order and at its time."""

from __future__ import annotations

import pytest

from twisted_chat.log.machine import Place
from twisted_chat.log.replica import Missed
from twisted_chat.log.state import State
from twisted_chat.log.stream import BEGINNING, Position, Record

from .shared_log_support import FIRST, World
from .simulation.keeper import NUMBERS
from .support import START

# By what log a hub changes is all the same here.
pytestmark = pytest.mark.at_once


@pytest.fixture
def world() -> World:
    return World()


def test_time_is_the_records_and_goes_on(world: World) -> None:
    a, b = world.cluster("a", "b")
    a.say("one")
    world.clock.advance(1)
    head = world.keeper.data.head
    assert a.machine.times == b.machine.times == [head.ms / 1000]
    before = b.log.time()
    world.clock.advance(2)
    assert b.log.time() == pytest.approx(before + 2)
    assert b.log.time() == pytest.approx(START + world.clock.seconds(), abs=0.1)


def test_the_place_is_told_after_each_record(world: World) -> None:
    (a,) = world.cluster("a")
    a.say("one")
    world.clock.advance(1)
    assert a.machine.places[-1] == Place(FIRST, world.keeper.data.head)
    assert len(a.machine.places) == len(world.keeper.written)


def test_a_node_that_cannot_apply_stops_before_anything_is_shown(
    world: World,
) -> None:
    (a,) = world.cluster("a")
    hanging = a.say("bug")
    later = a.say("later")
    world.clock.advance(1)
    assert a.is_in(State.STOPPED)
    assert [kind for kind, _ in a.told] == ["failed"]
    assert "ZeroDivisionError" in a.told[0][1]
    assert a.machine.words == []
    assert len(hanging) == len(later) == 1, "nobody waits for ever"
    assert a.say("again") == [False], "and nobody is told to try again"


def test_a_node_that_does_not_understand_stops(world: World) -> None:
    a, b = world.cluster("a", "b")
    world.keeper._add(0, 0, b"gibberish")
    world.clock.advance(1)
    assert a.is_in(State.STOPPED)
    assert b.is_in(State.STOPPED)
    assert "isn't understood" in a.told[0][1]


def test_repeated_records_are_ignored_and_missed_ones_seen(world: World) -> None:
    (a,) = world.cluster("a")
    a.say("one")
    world.clock.advance(1)
    last = world.keeper.data.records[-1]
    a.log._replica.take(last)
    assert a.machine.words == ["one"]
    far = Position(last.position.ms + 1000, 0)
    later = Record(Position(far.ms + 1, 0), far, FIRST, 7, 1, b"two")
    with pytest.raises(Missed):
        a.log._replica.take(later)


def test_who_missed_records_goes_on_from_a_snapshot(world: World) -> None:
    a = world.node("a", snapshots=(20.0, 50_000))
    b = world.node("b")
    world.clock.advance(10)
    b.clock.paused = True
    for _ in range(30):
        a.say("word")
        world.clock.advance(1)
    assert world.keeper.data.snapshots.keys() - {BEGINNING}
    world.keeper.forget()
    a.say("last")
    world.clock.advance(0.5)
    b.clock.resume()
    world.clock.advance(5)
    assert b.machine.restored[-1] > b.machine.restored[0]
    assert b.machine.words == a.machine.words
    assert ("fenced", NUMBERS * FIRST + 2, b.log.node) in b.told
