"""Where a shared log was sealed its nodes go on in its next generation."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, fail

from twisted_chat.log.state import State
from twisted_chat.log.stream import LEASE, Book, Sealed

from .shared_log_support import FIRST, World
from .support import START

# By what log a hub changes is all the same here.
pytestmark = pytest.mark.at_once


@pytest.fixture
def world() -> World:
    return World()


def test_a_new_generation_is_opened_by_the_furthest(world: World) -> None:
    a, b = world.cluster("a", "b")
    b.clock.paused = True
    a.say("one")
    world.clock.advance(0.5)
    world.keeper.up = False
    world.clock.advance(1)
    world.keeper.restart("all")
    world.clock.advance(5)
    assert a.is_in(State.SEALED), "it waits for the other one"
    b.clock.resume()
    world.clock.advance(10)
    assert world.keeper.data.generation > FIRST
    assert a.machine.words == b.machine.words == ["one"]
    assert [kind for kind, *_ in a.told] == ["away", "back"]
    assert a.machine.up == b.machine.up == {a.log.node: "a", b.log.node: "b"}


def test_a_restart_of_the_keeper_is_a_pause(world: World) -> None:
    a, b = world.cluster("a", "b")
    nodes = a.log.node, b.log.node
    a.say("before")
    world.clock.advance(1)
    world.keeper.up = False
    waiting = [a.say("one"), b.say("two")]
    world.clock.advance(1)
    for node in (a, b):
        node.stream.cut()
    world.keeper.restart("nothing")
    while world.keeper.sealed:
        world.clock.advance(0.1)
    world.clock.advance(0.5)
    assert world.keeper.data.generation > FIRST
    assert (a.log.node, b.log.node) == nodes
    assert [kind for kind, *_ in a.told + b.told] == ["away", "back"] * 2
    assert waiting == [["done"], ["done"]]
    assert sorted(a.machine.words) == ["before", "one", "two"]
    assert a.machine.words == b.machine.words
    world.clock.advance(20)
    assert a.machine.up == b.machine.up == {nodes[0]: "a", nodes[1]: "b"}


def test_what_is_proposed_while_the_log_is_sealed_waits(world: World) -> None:
    a, b = world.cluster("a", "b")
    b.clock.paused = True
    world.keeper.restart("all")
    world.clock.advance(4)
    assert a.is_in(State.SEALED)
    assert a.log.live
    assert a.told == [("away", pytest.approx(START + world.clock.seconds(), abs=4))]
    waiting = [a.say("x" * 2**19)]
    for _ in range(20):
        waiting.append(a.say("x" * 2**19))
        world.clock.advance(0)
    assert waiting == [[]] * 21
    b.clock.resume()
    world.clock.advance(10)
    assert waiting == [["done"]] * 21
    assert len(b.machine.words) == 21


def test_who_finds_a_busy_log_open_again_goes_on_at_once(world: World) -> None:
    """There is always something to read in it."""
    a, b = world.cluster("a", "b")
    old = b.log.node
    b.log._course.go(State.SEALED)
    for _ in range(40):
        a.say("word")
        world.clock.advance(0.02)
    assert b.is_in(State.RUNNING)
    assert b.log.node == old


def test_who_finds_a_log_sealed_that_is_opened_and_busy_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks again while it reads what there is, of which there is always more."""
    a, b = world.cluster("a", "b")
    old, look = b.log.node, b.stream.look

    def sealed_once() -> Deferred[Book]:
        monkeypatch.setattr(b.stream, "look", look)
        return fail(Sealed())

    monkeypatch.setattr(b.stream, "look", sealed_once)
    b.log._course.go(State.SEALED)
    for _ in range(150):
        a.say("word")
        world.clock.advance(0.02)
    assert b.is_in(State.RUNNING)
    assert b.log.node == old


def test_who_was_not_live_before_a_seal_takes_nothing_in_it(world: World) -> None:
    a, b = world.cluster("a", "b")
    old = a.log.node
    b.clock.paused = True
    a.faults.lost = 1.0
    a.log._course.go(State.FENCED)
    world.keeper.restart("nothing")
    a.faults.lost = 0.0
    world.clock.advance(6)
    assert a.is_in(State.SEALED)
    assert a.say("one") == [True]
    b.clock.resume()
    world.clock.advance(8)
    assert a.told[-1] == ("fenced", old, a.log.node)
    assert list(b.machine.up.values()) == ["b", "a"]


def test_what_was_acknowledged_and_is_lost_is_sent_again(world: World) -> None:
    a, b = world.cluster("a", "b")
    nodes = a.log.node, b.log.node
    for node in (a, b):
        node.reader.stop()
    world.keeper.save()
    waiting = a.say("one")
    world.clock.advance(0.5)
    assert world.bodies()[-1] == b"one"
    world.keeper.restart("tail")
    for node in (a, b):
        node.reader.begin()
    world.clock.advance(8)
    assert (a.log.node, b.log.node) == nodes
    assert waiting == ["done"]
    assert a.machine.words == b.machine.words == ["one"]


def test_who_is_behind_what_is_lost_lives_anew(world: World) -> None:
    a, b = world.cluster("a", "b")
    old = a.log.node, b.log.node
    b.reader.stop()
    world.keeper.save()
    seen = b.say("seen")
    world.clock.advance(0.5)
    assert a.machine.words == ["seen"]
    world.keeper.up = False
    unseen = b.say("unseen")
    world.clock.advance(0.5)
    world.keeper.restart("tail")
    b.reader.begin()
    world.clock.advance(8)
    assert a.log.node == old[0]
    assert b.told[-1] == ("fenced", old[1], b.log.node)
    assert seen == [False], "what came of it is not among what can be read"
    assert unseen == [True]
    assert a.machine.words == b.machine.words == ["seen"]
    assert set(a.machine.up) == {a.log.node, b.log.node}


def test_a_snapshot_says_where_each_node_goes_on(world: World) -> None:
    x = world.node("x", snapshots=(10.0, 50_000))
    world.clock.advance(10)
    x.say("one")
    world.clock.advance(15)
    assert len(world.keeper.data.snapshots) > 1
    a = world.node("a", x.log.place)
    world.clock.advance(3)
    old = x.log.node, a.log.node
    world.keeper.restart("nothing")
    x.clock.paused = True
    world.clock.advance(1)
    x.clock.resume()
    world.clock.advance(5)
    said = x.say("two")
    world.clock.advance(1)
    assert world.keeper.waited_for[-1] == {"a", "x"}
    assert said == ["done"]
    assert (x.log.node, a.log.node) == old


def test_who_does_not_come_back_is_expelled_in_time(world: World) -> None:
    a, b = world.cluster("a", "b")
    old = b.log.node
    world.keeper.restart("nothing")
    while world.keeper.sealed:
        world.clock.advance(0.1)
    b.clock.paused = True
    world.clock.advance(LEASE - 1)
    assert set(a.machine.up) == {a.log.node, old}
    world.clock.advance(5)
    assert set(a.machine.up) == {a.log.node}
    b.clock.resume()
    world.clock.advance(5)
    assert b.told[-1] == ("fenced", old, b.log.node)


# For whom the next one waits


def test_who_left_is_not_counted_any_more(world: World) -> None:
    a, b = world.cluster("a", "b")
    assert a.log._replica.sequence(b.log.node) == 1
    b.log.stop()
    world.clock.advance(1)
    assert a.log._replica.sequence(b.log.node) is None
    assert a.log._replica.sequence(a.log.node) == 1


def test_who_was_up_before_a_generation_is_waited_for_in_the_next(
    world: World,
) -> None:
    """As long as it is about to come back: it may have read more than this node."""
    a, b = world.cluster("a", "b")
    world.keeper.restart("nothing")
    b.clock.paused = True
    world.clock.advance(LEASE)
    assert a.log._replica.names() == {"a", "b"}
    assert world.keeper.data.generation == FIRST
    b.clock.resume()
    world.clock.advance(5)
    assert world.keeper.data.generation > FIRST
    b.clock.paused = True
    world.clock.advance(LEASE + 5)
    assert list(a.machine.up.values()) == ["a"]
    world.clock.advance(40)
    a.say("on")
    world.clock.advance(1)
    assert a.log._replica.names() == {"a"}


def test_who_came_in_past_what_a_node_has_read_is_waited_for(world: World) -> None:
    """It may have read what that node said, and nobody has read of it."""
    (b,) = world.cluster("b")
    b.reader.stop()
    c = world.node("c")
    world.clock.advance(5)
    assert c.is_in(State.RUNNING)
    assert set(b.machine.up.values()) == {"b"}
    assert b.log._replica.names() == {"b", "c"}
    c.clock.paused = True
    world.keeper.restart("all")
    b.reader.begin()
    world.clock.advance(5)
    assert b.log.missing == {"c"}
    c.clock.resume()
    world.clock.advance(5)
    assert b.is_in(State.RUNNING)
