"""What a node that is cut off was asked for waits, and so do its people."""

from __future__ import annotations

import pytest

from twisted_chat.events import Ban
from twisted_chat.hub.isolation import CutOff

from .stranded_support import BACK, LOST, cut_world, late

# How the log behaves is said here test by test.
pytestmark = pytest.mark.at_once


def test_what_they_send_meanwhile_waits() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.send("JOIN #a")
    cut.off()
    alice.send("MSG one", "MSG two")
    assert not alice.transport.reading
    assert world.hub.lobby.last_id == 0
    cut.on()
    world.turn()
    assert alice.transport.reading
    assert world.hub.rooms["#a"].last_id == 2


def test_they_wait_until_it_is_so() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.off()
    log = late(world)
    cut.on()
    assert alice.lines()[-1] == LOST
    assert not alice.transport.reading
    log.run()
    world.turn()
    assert alice.transport.reading
    assert BACK in alice.lines()


def test_who_goes_while_it_is_proposed_goes_after_it() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.off()
    log = late(world)
    cut.on()
    alice.reset()
    world.turn()
    log.run()
    assert not world.hub.sessions
    assert not world.hub.users


def test_who_the_log_does_not_take_is_brought_back_later() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    cut.off()
    log = late(world)
    cut.on()
    log.run(CutOff(True))
    assert not alice.closed
    cut.on()
    log.run()
    assert [id.node for id in world.hub.sessions] == [3]
    assert BACK in alice.lines()


def test_what_the_log_did_not_take_is_done_once_they_are_back() -> None:
    """In order, and before what was sent meanwhile."""
    world, cut = cut_world()
    alice, bob = world.enter("alice"), world.enter("bob")
    log = late(world)
    alice.send("MSG one", "MSG two", "JOIN #a", "MSG in #a")
    bob.send("TOPIC tea")
    bob.lines()
    cut.off()
    log.run(CutOff(True))
    alice.send("MSG also in #a")
    assert log.waiting == []
    cut.on()
    for _ in range(5):
        log.run()
        world.turn()
    said = [line for line in bob.lines() if line.startswith("alice: ")]
    assert said == ["alice: one", "alice: two"]
    assert world.hub.lobby.topic == "tea"
    assert not any("cut off" in line for line in alice.lines())
    room = world.hub.rooms["#a"]
    assert [m.text for m in room.tail.messages] == ["in #a", "also in #a"]


def test_what_the_log_may_have_taken_is_not_done_again() -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    log = late(world)
    alice.send("TOPIC tea")
    cut.off()
    log.run(CutOff(False))
    assert "cut off; see whether it was done" in alice.lines()[-1]
    cut.on()
    log.run()
    assert world.hub.lobby.topic == ""


@pytest.mark.parametrize("end", ["ban", "goes"])
def test_what_they_asked_for_ends_with_them(end: str) -> None:
    world, cut = cut_world()
    alice = world.enter("alice")
    log = late(world)
    alice.send("TOPIC tea")
    cut.off()
    log.run(CutOff(True))
    assert len(world.hub.stranded._kept) == 1
    if end == "goes":
        alice.reset()
        world.turn()
    else:
        ban = Ban("ban", "", "alice", "root", "", 0.0, 0.0)
        world.hub.bans.of("ban", "").add(ban)
    cut.on()
    log.run()
    assert world.hub.stranded._kept == {}
    assert world.hub.lobby.topic == ""


def test_a_node_that_knows_first_that_it_is_cut_off() -> None:
    """Nothing of what the others do then reaches its people."""
    world, cut = cut_world()
    alice = world.enter("alice")
    alice.lines()
    world.hub.stranded.strand(1)
    cut.elsewhere("carol")
    cut.off()
    assert alice.lines() == [LOST]
    cut.on()
    assert len(world.hub.users["alice"].sessions) == 1
