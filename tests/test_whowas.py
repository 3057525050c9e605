"""Who was here: the last five of a nick, on every node."""

from __future__ import annotations

import pytest

from tests.irc_support import Network
from tests.support import World
from twisted_chat.hub import snapshot
from twisted_chat.hub.monitor import MAX_PAST, Gone, Whowas

S = ":irc.Test"


def visits(world: World, times: int) -> None:
    for number in range(times):
        world.enter(f"other{number}").send("NICK bob", "QUIT")


def named(lines: list[str]) -> list[str]:
    return [line.split()[4] for line in lines if line.split()[1] == "314"]


@pytest.mark.parametrize(
    ("count", "told"),
    [
        ("", [6, 5, 4, 3, 2]),
        (" 1", [6]),
        (" 3", [6, 5, 4]),
        (" 9", [6, 5, 4, 3, 2]),
        (" 0", [6, 5, 4, 3, 2]),
        (" -1", [6, 5, 4, 3, 2]),
        (" x", [6, 5, 4, 3, 2]),
    ],
)
def test_whowas_honours_the_count(count: str, told: list[int]) -> None:
    world = Network()
    alice = world.irc("alice")
    for number in range(7):
        client = world.connect()
        client.send("NICK bob", f"USER u{number} 0 * :B", "QUIT")
    alice.lines()
    answer = alice.ask(f"WHOWAS BOB{count}")
    assert named(answer) == [f"~u{number}" for number in told]
    codes = [line.split()[1] for line in answer]
    assert codes == ["314", "312"] * len(told) + ["369"]


def test_nobody_was() -> None:
    alice = Network().irc("alice")
    assert [line.split()[1] for line in alice.ask("WHOWAS eve 2")] == ["406", "369"]


def test_another_node_has_the_same() -> None:
    """It is state of the hub: who left on one node was there on all."""
    world, other = World(), World()
    visits(world, 3)
    taken = world.hub.snapshot()
    snapshot.restore(other.hub, taken)
    assert list(other.hub.whowas) == list(world.hub.whowas)
    assert other.hub.checksum() == world.hub.checksum()
    assert len(other.hub.whowas.all("bob")) == 3


def test_it_is_bounded() -> None:
    whowas = Whowas()
    for number in range(3 * MAX_PAST):
        for _ in range(7):
            whowas.add(Gone(f"nick{number}", "", float(number)))
    gone = list(whowas)
    assert len(gone) == 5 * MAX_PAST
    assert gone[0].nick == f"nick{2 * MAX_PAST}"
    copy = Whowas()
    for each in gone:
        copy.add(each)
    assert list(copy) == gone
    assert whowas.last("nick0") is None
