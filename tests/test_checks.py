"""Nodes that have come to something else than the others stop."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from twisted.internet.defer import Deferred

from twisted_chat.events import ChatError
from twisted_chat.history.sqlite import SqliteHistory
from twisted_chat.hub import Hub, Stored
from twisted_chat.hub import entries as e
from twisted_chat.hub.checks import Checks, Differs
from twisted_chat.hub.entries import VERSION, Checked, Entry, SessionId
from twisted_chat.log import Within
from twisted_chat.log.machine import Place
from twisted_chat.log.stream import Position
from twisted_chat.storage.database import MEMORY, Database
from twisted_chat.storage.places import Place as KeptPlace

from .later_log import Waited
from .support import START
from .test_state_machine import Node

pytest.importorskip("msgspec")

from twisted_chat.cluster.machine import HubMachine

EVERY = 10
AT = (1, 0)


# Who is wrong


def judged(own: int, told: Sequence[str], gone: Sequence[int] = ()) -> str:
    """What node `own` finds where the nodes 1, 2, … say that, in this order.

    :return: empty where it goes on; else why it stops.
    """
    node = Node(ears=False)
    for number, _ in enumerate(told, 1):
        node.apply(e.NodeUp(number, f"n{number}", 1), 0.0)
    node.hub.node = own
    checks = Checks(node.hub)
    assert checks.take(AT) == Checked(own, AT, node.hub.checksum())
    checks._own = told[own - 1]
    for number in gone:
        node.apply(e.NodeGone(number), 0.0)
    try:
        for number, checksum in enumerate(told, 1):
            if number not in gone:
                checks.compare(Checked(number, AT, checksum))
    except Differs as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ("aa", []),
        ("ab", [2]),
        ("aaa", []),
        ("baa", [1]),
        ("aba", [2]),
        ("aab", [3]),
        ("abc", [2, 3]),
        ("abbc", [1, 4]),
        ("aabb", [3, 4]),
        ("abbaabb", [1, 4, 5]),
    ],
)
def test_who_stops(told: str, wrong: list[int]) -> None:
    numbers = range(1, len(told) + 1)
    assert [number for number in numbers if judged(number, told)] == wrong


def test_it_says_what_it_has_and_what_the_others_have() -> None:
    assert judged(2, "ab") == ("this node has come to b by 1-0, and the others to a")


def test_a_node_that_is_gone_is_not_waited_for() -> None:
    assert judged(3, "aab", gone=[1]), "2 is the lowest number now"
    assert judged(3, "abb", gone=[1]) == ""
    assert judged(2, "abb", gone=[3]), "else it would never be known"


def test_what_is_about_another_record_does_not_count() -> None:
    node = Node(ears=False)
    for number in (1, 2):
        node.apply(e.NodeUp(number, f"n{number}", 1), 0.0)
    node.hub.node = 2
    checks = Checks(node.hub)
    checks.compare(Checked(1, (0, 0), "x"))
    checks.take(AT)
    checks.compare(Checked(2, (0, 0), "x"))
    checks.compare(Checked(1, AT, "x"))
    with pytest.raises(Differs):
        checks.compare(Checked(2, AT, "y"))


def test_nodes_of_several_versions_are_not_compared() -> None:
    node = Node(ears=False)
    for number in (1, 2):
        node.apply(e.NodeUp(number, f"n{number}", number), 0.0)
    node.hub.node = 1
    assert Checks(node.hub).take(AT) is None


def test_most_of_them_are_enough() -> None:
    node = Node(ears=False)
    for number in (1, 2, 3):
        node.apply(e.NodeUp(number, f"n{number}", 1), 0.0)
    node.hub.node = 1
    checks = Checks(node.hub)
    checks.take(AT)
    checks.compare(Checked(2, AT, "x"))
    with pytest.raises(Differs):
        checks.compare(Checked(3, AT, "x"))


def test_a_node_that_is_alone_or_not_up_takes_no_checksum() -> None:
    node = Node(ears=False)
    checks = Checks(node.hub)
    assert checks.take(AT) is None
    node.apply(e.NodeUp(0, "n0", 1), 0.0)
    assert checks.take(AT) is None
    node.apply(e.NodeUp(1, "n1", 1), 0.0)
    assert checks.take(AT) is not None
    node.hub.node = 5
    assert checks.take(AT) is None
    checks.compare(Checked(1, AT, "x"))


# When


class Cluster(Waited[Entry]):
    """Machines that apply the same records; one of each turn."""

    def __init__(self, nodes: int) -> None:
        self.hubs: dict[int, Hub] = {}
        self.proposed: list[Entry] = []
        self.seen: list[Checked] = []
        self.position = 0
        self.machines = [self.machine(number) for number in range(1, nodes + 1)]
        for number in range(1, nodes + 1):
            self.record(e.NodeUp(number, f"n{number}", VERSION))

    at_once = False
    lag = 0.0
    full = False

    def hub(self, machine: HubMachine) -> Hub:
        return self.hubs[id(machine)]

    def machine(self, number: int, stored: Stored = Stored()) -> HubMachine:  # noqa: B008
        node = Node(ears=False)
        history = SqliteHistory(Database(MEMORY), node.clock, print)
        node.hub.history = history
        history.open("#lobby")
        kept = KeptPlace()
        machine = HubMachine(node.hub, history, stored, kept, f"n{number}", EVERY)
        machine.load()
        node.hub.node = number
        node.hub.log = self
        self.hubs[id(machine)] = node.hub
        return machine

    def propose(self, entry: Entry, within: Within | None = None) -> Deferred[None]:
        self.proposed.append(entry)
        return Deferred()

    def time(self) -> float:
        return START

    def record(self, *entries: Entry) -> None:
        """All apply that, and what comes of it."""
        self.position += 1
        self.seen += [entry for entry in entries if isinstance(entry, Checked)]
        for machine in self.machines:
            for entry in machine.decode(machine.encode(entries)):
                with suppress(ChatError):
                    machine.apply(entry, START + self.position)
            machine.passed(Place(1, Position(self.position, 0)))
        proposed, self.proposed = self.proposed, []
        for each in proposed:
            self.record(each)

    def talk(self, n: int) -> None:
        for number in range(n):
            self.record(e.RecordAction("root", "operator", f"{number}"))


def test_each_tells_what_it_has_after_so_many_entries() -> None:
    cluster = Cluster(3)
    cluster.talk(6)
    assert cluster.seen == []
    cluster.talk(1)
    assert [told.node for told in cluster.seen] == [1, 2, 3]
    assert {told.position for told in cluster.seen} == {(EVERY, 0)}
    assert len({told.checksum for told in cluster.seen}) == 1
    cluster.talk(EVERY - 3)
    assert len(cluster.seen) == 6, "those three were entries, too"


def test_what_is_refused_counts_and_what_shares_a_record_is_checked_after_it() -> None:
    cluster = Cluster(2)
    refused = e.SetAway(SessionId(1, 1), "tea")
    cluster.record(*(refused for _ in range(EVERY + 5)))
    assert {told.position for told in cluster.seen} == {(3, 0)}


def test_a_node_that_has_gone_astray_stops() -> None:
    cluster = Cluster(3)
    astray = cluster.hub(cluster.machines[0])
    astray.people.most += 1
    cluster.talk(2)
    with pytest.raises(Differs):
        cluster.talk(EVERY)
    assert {told.node for told in cluster.seen} == {1, 2, 3}


def test_it_takes_longer_where_there_are_more_people(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("twisted_chat.cluster.machine.SIZE", 4)
    cluster = Cluster(2)
    for number in range(4):
        entry = e.Connect(SessionId(1, number), "127.0.0.1", True, True)
        cluster.record(entry)
    cluster.talk(4)
    assert len(cluster.seen) == 2
    cluster.talk(2 * EVERY - 3)
    assert len(cluster.seen) == 2
    cluster.talk(1)
    assert len(cluster.seen) == 4


def test_who_comes_up_by_a_snapshot_checks_with_the_others() -> None:
    cluster = Cluster(2)
    cluster.talk(5)
    data = cluster.machines[0].take_snapshot()
    late = cluster.machine(3)
    late.restore(data, Place(1, Position(cluster.position, 0)))
    cluster.machines.append(late)
    cluster.record(e.NodeUp(3, "n3", VERSION))
    cluster.talk(2)
    assert [told.node for told in cluster.seen] == [1, 2, 3]
    assert len({told.checksum for told in cluster.seen}) == 1


# Before a snapshot is kept


def asking(nodes: int) -> Cluster:
    cluster = Cluster(nodes)
    for number, machine in enumerate(cluster.machines, 1):
        machine._node = number
    return cluster


def test_who_keeps_a_snapshot_asks_whether_the_others_have_the_same() -> None:
    cluster = asking(3)
    cluster.talk(2)
    one, other, _ = cluster.machines
    entry, at = one.check(), cluster.position + 1
    assert entry == e.Check(1)
    cluster.record(entry)
    assert [told.position for told in cluster.seen] == [(at, 0)] * 3
    assert one.agrees(Position(at, 0))
    assert not one.agrees(Position(at + 1, 0))
    for machine in (one, other):
        machine.apply(entry, START + 100)
        machine.passed(Place(1, Position(100, 0)))
        assert machine.was_asked() is (machine is one)
        assert not machine.was_asked(), "that is said once"


def test_who_has_gone_astray_keeps_no_snapshot() -> None:
    cluster = asking(3)
    one = cluster.machines[0]
    cluster.hub(one).people.most += 1
    entry, at = one.check(), cluster.position + 1
    assert entry is not None
    with pytest.raises(Differs):
        cluster.record(entry)
    assert not one.agrees(Position(at, 0))


def test_who_is_alone_asks_nobody() -> None:
    cluster = asking(1)
    assert cluster.machines[0].check() is None
    assert cluster.machines[0].agrees(Position(1, 0))
