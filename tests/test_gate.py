"""The gate at the end of a turn: nothing is delivered before it opens."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tests.support import World


class Gate:
    """Holds every turn until a test opens it."""

    def __init__(self, world: World) -> None:
        self.asked = 0
        self._release: Callable[[], None] | None = None
        world.fanout.gate = self

    def hold(self, release: Callable[[], None]) -> bool:
        assert self._release is None, "a turn is held already"
        self.asked += 1
        self._release = release
        return True

    def open(self) -> None:
        assert self._release is not None
        release, self._release = self._release, None
        release()


def test_a_turn_waits_for_the_gate() -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.lines()
    gate = Gate(world)
    alice.send("MSG one")
    assert bob.lines() == []
    gate.open()
    assert bob.lines() == ["alice: one"]


def test_later_turns_collect_behind_the_held_one_in_order() -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.lines()
    gate = Gate(world)
    for word in ("one", "two", "three"):
        alice.send(f"MSG {word}")
        alice.send(f"PRIV bob psst {word}")
        assert bob.lines() == []
    gate.open()
    assert bob.lines() == ["alice: one", "PRIV alice: psst one"]
    gate.open()
    assert [line.split()[-1] for line in bob.lines()] == ["two"] * 2 + ["three"] * 2
    assert gate.asked == 2


def test_a_connection_that_ends_while_held_gets_its_last_words_first() -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.lines()
    gate = Gate(world)
    alice.send("MSG one")
    world.turn()
    bob.send("QUIT")
    alice.send("MSG two")
    gate.open()
    world.turn()
    assert bob.lines() == ["alice: one"]
    assert not bob.closed
    gate.open()
    assert bob.closed


def test_a_connection_that_is_gone_when_the_gate_opens() -> None:
    world = World()
    alice, bob = world.enter("alice"), world.enter("bob")
    alice.lines()
    gate = Gate(world)
    alice.send("MSG one")
    world.turn()
    bob.reset()
    gate.open()
    world.turn()
    gate.open()
    assert alice.lines() == ["* bob left the chat! (connection lost)"]


STEPS = st.lists(
    st.sampled_from(["alice says", "bob says", "whisper", "turn", "open", "topic"]),
    max_size=40,
)


@given(STEPS)
def test_a_gate_changes_when_and_nothing_else(steps: list[str]) -> None:
    seen = []
    for gated in (False, True):
        world = World()
        alice, bob, carol = map(world.enter, ("alice", "bob", "carol"))
        carol.send("IGNORE bob")
        gate = Gate(world) if gated else None
        for number, step in enumerate(steps):
            if step == "turn":
                world.turn()
            elif step == "open":
                if gate and gate._release:
                    gate.open()
            elif step == "whisper":
                alice.send(f"PRIV bob {number}")
            elif step == "topic":
                carol.send(f"TOPIC {number}")
            else:
                {"alice says": alice, "bob says": bob}[step].send(f"MSG {number}")
        world.turn()
        while gate and gate._release:
            gate.open()
        seen.append([client.lines() for client in (alice, bob, carol)])
    assert seen[0] == seen[1]


def test_a_turn_with_nothing_to_show_passes_the_gate_when_it_is_to_end() -> None:
    world = World()
    gate = Gate(world)
    world.turn()
    assert gate.asked == 0
    world.fanout.end_turn()
    world.fanout.end_turn()
    world.turn()
    assert gate.asked == 1
