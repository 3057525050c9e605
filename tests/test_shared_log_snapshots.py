"""Snapshots keep a shared log short, and tell from where it goes on."""

from __future__ import annotations

import pytest

from twisted_chat.log.lease import AGREEING
from twisted_chat.log.lineage import Lineage
from twisted_chat.log.machine import Start
from twisted_chat.log.packed import MAX_MARK, Packed, unpack
from twisted_chat.log.state import State
from twisted_chat.log.stream import BEGINNING, MAX_MEMBERS, Malformed, Position

from .shared_log_support import World

# By what log a hub changes is all the same here.
pytestmark = pytest.mark.at_once


@pytest.fixture
def world() -> World:
    return World()


def test_the_lowest_number_keeps_snapshots_and_the_log_short(world: World) -> None:
    a = world.node("a", snapshots=(1e9, 5))
    world.clock.advance(10)
    b = world.node("b", snapshots=(1e9, 5))
    world.clock.advance(10)
    for _ in range(60):
        b.say("word")
        world.clock.advance(1)
    assert a.log.node < b.log.node
    assert b.log._replica.count > 5, "not its business"
    assert len(world.keeper.data.records) < 40
    assert len(world.keeper.data.snapshots) == 3


@pytest.mark.parametrize("talk", [0, 7])
@pytest.mark.parametrize("names", ["a", "ab"])
def test_what_was_deleted_is_not_in_the_stream_for_long(
    world: World, names: str, talk: int
) -> None:
    """Also where nobody says anything more, and the first node leaves meanwhile."""
    nodes = world.cluster(*names)
    world.clock.advance(60)  # else it is just before the first snapshot
    nodes[-1].say("secret")
    world.clock.advance(1)
    assert any(b"secret" in body for body in world.bodies())
    for node in nodes:
        node.machine.words.remove("secret")
        node.machine.words.append("gone")
    nodes[-1].say("deleted")
    for second in range(600):
        if talk and not second % talk:
            nodes[-1].say("word")
        if second == 290 and len(nodes) > 1:
            nodes[0].log.stop()
        world.clock.advance(1)
    assert not any(b"secret" in body for body in world.bodies())
    for data in world.keeper.data.snapshots.values():
        assert b"secret" not in (unpack(data).data if data else b"")
    late = world.node("late")
    world.clock.advance(10)
    assert late.is_in(State.RUNNING)
    assert "deleted" in late.machine.words


def test_a_snapshot_is_one_that_most_have_agreed_with(world: World) -> None:
    a = world.node("a", snapshots=(1e9, 5))
    a.machine.asks = True
    world.clock.advance(10)
    world.keeper.data.snapshots.clear()
    for number in range(10):
        a.say(f"{number}")
        world.clock.advance(1)
    assert world.keeper.data.snapshots == {}, "nobody has said that it is right"
    position, data = a.log._replica.checked or (BEGINNING, b"")
    a.machine.agreed.append(position)
    a.say("later")
    world.clock.advance(4)
    assert world.keeper.data.snapshots == {position: data}
    words, _ = eval(unpack(data).data)
    assert words[-1] == f"check {a.log.node}", "what was checked, and no more"


def test_who_is_not_agreed_with_asks_again(world: World) -> None:
    a = world.node("a", snapshots=(1e9, 5))
    a.machine.asks = True
    world.clock.advance(10 + AGREEING * 3)
    assert a.machine.words.count(f"check {a.log.node}") == 3


# As bytes


def test_a_snapshot_is_packed_and_unpacked() -> None:
    starts = [
        Start(n, Position(n * 10**12, n), "\x07" * MAX_MARK)
        for n in range(10**9, 10**9 + 40)
    ]
    last = Start(10**10, Position(10**15, 10**9))
    line = Lineage(starts).next(last)
    sequences = {10**13 + n: 10**9 for n in range(MAX_MEMBERS)}
    again = unpack(Packed(line, sequences, b"the state\n").pack())
    assert again.lineage.starts == line.starts
    assert again[1:] == (sequences, b"the state\n")
    long = Lineage([last._replace(mark="x" * (MAX_MARK + 1))])
    assert unpack(Packed(long, {}, b"").pack()).lineage.starts == (last,)
    earlier = unpack(b"[[[3, 1000, 2]], []]\n").lineage.starts
    assert earlier == (Start(3, Position(1000, 2)),), "of a program without marks"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nothing",
        b"7\n",
        b"{}\n",
        b"[]\n",
        b"[[], []]\n",
        b"[[[1]], []]\n",
        b"[[[1, 2, 3]]]\n",
        b"[[[1, 2, 3]], 7]\n",
        b"[[[1, 2, 3]], [[1]]]\n",
        b"[" * 5000 + b"\n",
        b"[[[1, 2, 3]], []]",
    ],
)
def test_a_snapshot_that_is_none(data: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(data)
