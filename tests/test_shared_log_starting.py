"""A node begins a shared log, or goes on from it, and leaves it in order."""

from __future__ import annotations

import pytest

from twisted_chat.log.machine import Place, Start
from twisted_chat.log.packed import unpack
from twisted_chat.log.state import State
from twisted_chat.log.stream import Position

from .shared_log_support import FIRST, Node, World

# By what log a hub changes is all the same here.
pytestmark = pytest.mark.at_once


@pytest.fixture
def world() -> World:
    return World()


def test_a_new_log_begins_with_what_the_node_has(world: World) -> None:
    node = Node(world, "a")
    node.machine.own = ["kept"]
    node.log.start()
    world.clock.advance(0.9)
    assert node.is_in(State.SEALED), "another one may be about to begin it"
    world.clock.advance(0.6)
    assert node.is_in(State.RUNNING)
    other = world.node("b")
    world.clock.advance(3)
    assert other.machine.words == ["kept"]


def test_nodes_that_start_together_begin_one_log(world: World) -> None:
    b = world.node("b")
    world.clock.advance(0.5)
    a = world.node("a")
    world.clock.advance(3)
    assert a.is_in(State.RUNNING)
    assert b.is_in(State.RUNNING)
    assert world.keeper.waited_for == [{"a", "b"}]
    assert a.machine.up == b.machine.up


def test_who_finds_a_log_sealed_waits_longer_for_who_knows_more(world: World) -> None:
    """Nobody is up in it, and this node was never in; others may have it in a store."""
    (a,) = world.cluster("a")
    a.say("one")
    a.log.stop()
    world.clock.advance(1)
    world.keeper.restart("nothing")
    b = world.node("b")
    world.clock.advance(4.5)
    assert b.is_in(State.SEALED)
    world.clock.advance(4)
    assert b.is_in(State.RUNNING)
    assert b.machine.words == ["one"]


def test_who_starts_alone_from_its_store_opens_a_little_later(world: World) -> None:
    """Another one at the same position may have more: all begin from the snapshot."""
    kept = Place(3, Position(1_700_000_000_000, 4))
    node = Node(world, "a")
    node.machine.remembered = {7: "a"}
    node.log.start(kept)
    world.clock.advance(8)
    assert node.is_in(State.RUNNING)
    assert world.bodies()[0] == b"gone 7", "by what only a store has nobody is up"
    assert list(world.keeper.data.epochs) == [node.log.node]
    assert world.keeper.data.generation == FIRST, "no other one had that number"
    assert world.keeper.data.records[0].previous == Position(1_700_000_000_000, 5)


def test_who_starts_from_its_store_knows_which_generations_led_there(
    world: World,
) -> None:
    """So whoever an earlier one left aside notices, in a log begun from there."""
    at = [Position(1_700_000_000_000 + n, 0) for n in range(3)]
    node, starts = Node(world, "a"), [Start(2, at[0], "marked"), Start(3, at[1])]
    node.log.start(Place(3, at[2]), [*starts, Start(4, Position(at[2].ms + 9, 0))])
    world.clock.advance(8)
    assert node.is_in(State.RUNNING)
    assert list(node.machine.starts)[:2] == starts, "what began later was left aside"
    assert len(node.machine.starts) == 3
    for found in world.keeper.data.snapshots.values():
        assert unpack(found).lineage.starts == tuple(node.machine.starts)


def test_a_start_takes_the_snapshot_that_its_store_reaches(world: World) -> None:
    a = world.node("a", snapshots=(10.0, 50_000))
    world.clock.advance(10)
    for number in range(25):
        a.say(f"{number}")
        world.clock.advance(1)
    first, second = sorted(world.keeper.data.snapshots)[-2:]
    between = Place(FIRST, Position(second.ms - 1, 0))
    b = world.node("b", between)
    world.clock.advance(3)
    assert b.machine.restored == [first]
    assert b.machine.words == a.machine.words


def test_who_stops_leaves_in_order(world: World) -> None:
    a, b = world.cluster("a", "b")
    a.say("bye")
    stopped: list[None] = []
    a.log.stop().addCallback(stopped.append)
    world.clock.advance(1)
    assert stopped == [None]
    assert a.is_in(State.STOPPED)
    assert b.machine.words == ["bye"]
    assert list(b.machine.up.values()) == ["b"]
    assert not world.keeper.data.epochs.keys() - set(b.machine.up)
