"""Who has shown what a shared log went on without goes back, or stops."""

from __future__ import annotations

import pytest

from twisted_chat.log.lineage import Left
from twisted_chat.log.machine import Place
from twisted_chat.log.state import State
from twisted_chat.log.stream import BEGINNING, Fenced, Position, Sealed

from .shared_log_support import FIRST, Node, World, mark

# By what log a hub changes is all the same here.
pytestmark = pytest.mark.at_once


@pytest.fixture
def world() -> World:
    return World()


def test_the_operator_opens_it_and_who_was_further_goes_back(world: World) -> None:
    a, b = world.cluster("a", "b")
    number = a.log.node
    b.clock.paused = True
    b.faults.lost = 1.0
    before = a.log.place.position
    world.keeper._add(0, 0, b"one")  # not by a: its own would leave a gap
    world.clock.advance(0.5)
    waiting = a.say("two")
    a.clock.paused = True
    world.keeper.restart("all")
    b.faults.lost = 0.0
    b.clock.resume()
    world.clock.advance(5)
    assert b.is_in(State.SEALED)
    b.log.force_open()
    world.clock.advance(5)
    assert b.is_in(State.RUNNING)
    b.log.force_open()
    assert not b.membership._recovery._forced, "that was for once"
    a.reader.stop()
    a.clock.resume()
    world.clock.advance(2)
    assert b.machine.words == [], "nothing is sent before that is known"
    a.reader.begin()
    assert a.machine.words == ["one"]
    world.clock.advance(5)
    assert a.is_in(State.RUNNING)
    assert a.machine.rewound == [(Place(FIRST, before), True, mark(before))]
    assert a.machine.restored[-1] == before
    assert a.machine.words == b.machine.words == []
    assert waiting == [True], "it isn't in the log"
    assert a.told[-1] == ("fenced", number, a.log.node)
    assert set(a.machine.up.values()) == {"a", "b"}


@pytest.mark.parametrize("error", [Fenced(), Sealed()])
def test_nothing_leads_elsewhere_before_a_node_has_gone_back(
    world: World, error: Exception
) -> None:
    """Else it would wait for what it doesn't read any more."""
    (a,) = world.cluster("a")
    a.log._course.go(State.ASTRAY)
    a.membership.trouble(error)
    assert a.is_in(State.ASTRAY)
    world.clock.advance(5)
    assert a.is_in(State.RUNNING)


def test_a_store_that_the_log_left_aside_goes_back(world: World) -> None:
    """A node that was killed comes up with more than what the log went on from."""
    a, b = world.cluster("a", "b")
    before = a.log.place.position
    world.keeper._add(0, 0, b"one")
    world.clock.advance(0.5)
    kept = a.log.place
    a.clock.dead = b.clock.dead = True
    world.keeper.restart("all")
    c = world.node("c", Place(FIRST, before))
    world.clock.advance(1)
    c.log.force_open()
    world.clock.advance(5)
    assert c.is_in(State.RUNNING)
    again = world.node("a", kept)
    world.clock.advance(3)
    assert again.is_in(State.RUNNING)
    opened = kept._replace(position=Position(before.ms, before.seq + 1))
    assert again.machine.rewound == [(opened, True, mark(before))]
    assert again.machine.words == []


@pytest.mark.parametrize("from_store", [False, True])
def test_what_was_so_at_a_fork_is_told_without_a_snapshot_of_it(
    world: World, from_store: bool
) -> None:
    """By all that leads on from there: what a node has in hand, and what it keeps.

    :param from_store: the log is lost once more, and so is who opened it.
    """
    a, b = world.cluster("a", "b")
    before = a.log.place.position
    b.clock.dead = True
    world.keeper._add(0, 0, b"one")
    world.clock.advance(0.5)
    kept = a.log.place
    a.clock.dead = True
    world.keeper.restart("all")
    c = world.node("c", Place(FIRST, before), snapshots=(5.0, 50_000))
    world.clock.advance(1)
    c.log.force_open()
    world.clock.advance(10)
    if from_store:
        c.clock.dead = True
        world.keeper.restart("all")
        Node(world, "c").log.start(c.log.place, c.machine.starts)
        world.clock.advance(8)
    for position in sorted(world.keeper.data.snapshots)[:-1]:
        del world.keeper.data.snapshots[position]
    again = world.node("a", kept)
    world.clock.advance(3)
    opened = kept._replace(position=Position(before.ms, before.seq + 1))
    assert again.machine.rewound == [(opened, False, mark(before))]


def test_who_learns_that_it_is_astray_while_the_log_is_sealed_goes_back(
    world: World,
) -> None:
    """Whatever it had asked for before it knew."""
    (a,) = world.cluster("a")
    world.keeper.restart("nothing")
    while not a.is_in(State.SEALED):
        world.clock.advance(0.001)
    assert a.stream._open, "it is asking whether the log is open by now"
    a.membership.trouble(Left(a.log.place.position))
    world.clock.advance(5)
    assert a.is_in(State.RUNNING)


def test_what_only_a_missing_node_may_have_shown_is_in_doubt(world: World) -> None:
    """Also for who has missed the opening, and went on from its snapshot."""
    x, y, z = world.cluster("x", "y", "z")
    y.reader.stop()
    world.keeper._add(0, 0, b"more")
    world.clock.advance(0.5)
    z.reader.stop()
    said = y.say("said")
    world.clock.advance(0.5)
    assert x.machine.words == ["more", "said"]
    x.clock.dead = True
    world.keeper.restart("all")
    for node in (y, z):
        node.reader.begin()
    world.clock.advance(5)
    assert said == []
    z.log.force_open()
    world.clock.advance(5)
    assert y.is_in(State.RUNNING)
    assert y.machine.restored, "it was behind"
    assert said == [False], "x proposes it again when it is back"


def test_a_log_that_was_begun_anew_is_no_continuation(world: World) -> None:
    """A node that knew nothing began it, while the log was lost and the others slow."""
    (a,) = world.cluster("a")
    a.say("one")
    world.clock.advance(0.5)
    a.clock.paused = True
    world.keeper.restart("all")
    fresh = Node(world, "b", later=5.0)
    fresh.log.start()
    world.clock.advance(8)
    assert fresh.is_in(State.RUNNING)
    a.clock.resume()
    world.clock.advance(5)
    assert a.told[-1] == ("forked", BEGINNING)


def test_a_store_that_is_past_the_log_has_forked(world: World) -> None:
    world.cluster("a")
    head = world.keeper.data.head
    later = Place(FIRST, Position(head.ms + 10_000, 0))
    b = world.node("b", later)
    world.clock.advance(1)
    assert b.told == [("forked", head)]
    foreign = world.node("c", Place(FIRST + 7, BEGINNING))
    world.clock.advance(1)
    assert foreign.is_in(State.STOPPED)
