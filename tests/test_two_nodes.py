"""Two servers that are one chat: what people of each notice of the other's."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from twisted_chat.events import Ban, ChatError
from twisted_chat.hub import entries as e
from twisted_chat.hub.attempts import FREE_WORDS, LONGEST_FOR_WORDS
from twisted_chat.hub.entries import Entry
from twisted_chat.hub.identities import GRACE
from twisted_chat.hub.room import CROWD
from twisted_chat.limits import Rate
from twisted_chat.log import Within

from .irc_support import Network
from .later_log import Waited
from .support import PASSWORD, Client, skip

# How the log behaves is said here.
pytestmark = pytest.mark.at_once


class Joint:
    """One order for all nodes; each has what is proposed applied at once.

    :ivar entries: what was proposed, in order.
    """

    def __init__(self, *nodes: Network) -> None:
        self._nodes = nodes
        self.entries: list[Entry] = []
        self.at = nodes[0].wall()

    def time(self) -> float:
        return max(self.at, self._nodes[0].wall())

    def apply(self, entry: Entry, by: Network, within: Within | None) -> Deferred[None]:
        self.entries.append(entry)
        self.at = self.time()
        refusals: dict[Network, ChatError | None] = {}
        for node in self._nodes:
            try:
                with (within if node is by else None) or nullcontext():
                    node.hub.apply(entry, self.at)
            except ChatError as error:
                refusals[node] = error
        assert len(refusals) in (0, len(self._nodes))
        return fail(refusals[by]) if refusals else succeed(None)


class Log(Waited[Entry]):
    """The joint log as one node has it."""

    at_once = False
    lag = 0.0
    full = False

    def __init__(self, joint: Joint, node: Network) -> None:
        self._joint, self._node = joint, node

    def propose(self, entry: Entry, within: Within | None = None) -> Deferred[None]:
        return self._joint.apply(entry, self._node, within)

    def time(self) -> float:
        return self._joint.time()


class Nodes:
    """East and West.  Their wall clocks differ by a minute.

    :ivar joint: what all nodes do.
    """

    def __init__(self, **settings: object) -> None:
        self.east, self.west = Network(**settings), Network(**settings)
        self.west.wall_offset += 60
        self.both = (self.east, self.west)
        self.joint = Joint(*self.both)
        for number, node in enumerate(self.both, 1):
            node.hub.node = number
            node.hub.follow(Log(self.joint, node))
        for number, name in enumerate(("east", "west"), 1):
            self.east.hub.log.propose(e.NodeUp(number, name, e.VERSION))

    def advance(self, seconds: float) -> None:
        for _ in range(int(seconds * 4)):
            for node in self.both:
                node.clock.advance(0.25)

    def agree(self) -> bool:
        return self.east.hub.checksum() == self.west.hub.checksum()


@pytest.fixture
def nodes() -> Nodes:
    return Nodes()


def times(entries: list[Entry], kind: type[Entry]) -> int:
    return sum(isinstance(entry, kind) for entry in entries)


# Crowds


def test_a_crowd_is_told_once_a_second_on_each_node(nodes: Nodes) -> None:
    watchers = [nodes.east.netcat("ann"), nodes.west.netcat("bea")]
    crowd = [
        nodes.both[number % 2].netcat(f"p{number}") for number in range(CROWD + 10)
    ]
    nodes.advance(2)
    skip(*watchers, *crowd)
    comers = [nodes.both[number % 2].netcat(f"c{number}") for number in range(6)]
    for watcher in watchers:
        assert watcher.lines() == []
    nodes.advance(1.25)
    for watcher in watchers:
        [line] = watcher.lines()
        assert all(f"c{number}" in line for number in range(6))
    skip(*crowd, *comers)
    comers[0].reset()
    comers[1].reset()
    nodes.advance(1.25)
    for watcher in (*watchers, crowd[0], crowd[1], comers[2], comers[3]):
        [line] = watcher.lines()
        assert "c0" in line
        assert "c1" in line
    assert nodes.agree()


def test_who_comes_with_a_crowd_hears_of_the_rest_of_it(nodes: Nodes) -> None:
    for number in range(CROWD + 10):
        nodes.both[number % 2].netcat(f"p{number}")
    nodes.advance(2)
    comers = [nodes.both[number % 2].netcat(f"c{number}") for number in range(4)]
    skip(*comers)
    nodes.advance(1.25)
    for place, comer in enumerate(comers):
        told = "".join(comer.lines())
        assert [f"c{number}" in told for number in range(4)] == [
            number > place for number in range(4)
        ]


def test_what_is_said_in_a_crowd_reaches_both_nodes_once(nodes: Nodes) -> None:
    crowd = [
        nodes.both[number % 2].netcat(f"p{number}") for number in range(CROWD + 10)
    ]
    nodes.advance(2)
    skip(*crowd)
    crowd[0].send("MSG hello")
    for client in crowd[1:]:
        assert client.lines() == ["p0: hello"]


# Who is watched


def owner_gone(nodes: Nodes) -> None:
    """The nick anna is registered, and nobody wears it."""
    anna = nodes.east.netcat("anna")
    anna.send(f"REGISTER {PASSWORD}")
    anna.reset()


def watch(node: Network, nick: str, watched: str) -> Client:
    client = node.irc(nick)
    client.send(f"MONITOR + {watched}")
    client.lines()
    return client


def test_who_is_watched_is_told_where_the_watcher_is(nodes: Nodes) -> None:
    here, there = watch(nodes.east, "ann", "carol"), watch(nodes.west, "bea", "carol")
    skip(here, there)
    carol = nodes.west.netcat("carol")
    for watcher in (here, there):
        assert sum(" 730 " in line for line in watcher.lines()) == 1
    carol.reset()
    for watcher in (here, there):
        assert sum(" 731 " in line for line in watcher.lines()) == 1


def test_who_leaves_with_a_node_is_gone_for_who_watches(nodes: Nodes) -> None:
    ann = watch(nodes.east, "ann", "carol")
    nodes.west.netcat("carol")
    skip(ann)
    nodes.east.hub.log.propose(e.NodeGone(2))
    assert sum(" 731 " in line for line in ann.lines()) == 1


def test_what_came_of_those_who_are_watched_while_a_node_missed_it(
    nodes: Nodes,
) -> None:
    """It goes on from a snapshot, and says what is different."""
    bea = watch(nodes.west, "bea", "carol,dora,emil")
    nodes.east.netcat("carol")
    emil = nodes.east.netcat("emil")
    skip(bea)
    nodes.joint._nodes = (nodes.east,)
    emil.reset()
    nodes.east.netcat("dora")
    nodes.west.hub.restore(nodes.east.hub.snapshot())
    lines = bea.lines()
    assert [line for line in lines if " 730 " in line and "dora" in line]
    assert [line for line in lines if " 731 " in line and "emil" in line]
    assert not any("carol" in line for line in lines)


# Time


def test_one_node_alone_ends_a_grace(nodes: Nodes) -> None:
    owner_gone(nodes)
    worn = nodes.west.netcat("anna")
    nodes.advance(GRACE - 1)
    assert times(nodes.joint.entries, e.EndGrace) == 0
    nodes.advance(2)
    assert times(nodes.joint.entries, e.EndGrace) == 1
    [ended] = [entry for entry in nodes.joint.entries if isinstance(entry, e.EndGrace)]
    assert ended.who.node == 2
    assert worn.user.nick.startswith("guest_")
    assert nodes.agree()


def test_who_is_on_both_nodes_has_one_that_ends_their_grace(nodes: Nodes) -> None:
    owner_gone(nodes)
    first, second = (
        nodes.east.netcat("alice"),
        nodes.west.connect(door=nodes.west.lines),
    )
    first.send(f"REGISTER {PASSWORD}")
    second.send(f"LOGIN alice {PASSWORD}")
    second.send("NICK anna")
    assert first.user.nick == second.user.nick == "anna"
    assert first.connection.session._grace is not None
    assert second.connection.session._grace is None
    first.reset()  # from now on it is the other node's
    nodes.advance(GRACE / 2)
    third = nodes.east.connect(door=nodes.east.lines)
    third.send(f"LOGIN alice {PASSWORD}")
    nodes.advance(GRACE)
    ended = [entry for entry in nodes.joint.entries if isinstance(entry, e.EndGrace)]
    assert [entry.who.node for entry in ended] == [2]
    assert third.user.nick.startswith("guest_")
    assert nodes.agree()


def test_who_proves_who_they_are_in_time(nodes: Nodes) -> None:
    owner_gone(nodes)
    worn = nodes.west.netcat("anna")
    nodes.advance(GRACE / 2)
    worn.send(f"LOGIN {PASSWORD}")
    nodes.advance(GRACE)
    assert times(nodes.joint.entries, e.EndGrace) == 0
    assert worn.user.nick == "anna"


def test_whose_grace_began_before_their_node_was_cut_off(nodes: Nodes) -> None:
    """It comes to nothing: the nick is its owner's."""
    owner_gone(nodes)
    worn = nodes.west.netcat("anna")
    nodes.east.hub.log.propose(e.NodeGone(2))
    nodes.west.hub.node = 3
    nodes.east.hub.log.propose(e.NodeUp(3, "west", e.VERSION))
    nodes.west.hub.stranded.bring_back()
    assert worn.user.nick.startswith("guest_")
    nodes.advance(2 * GRACE)
    assert times(nodes.joint.entries, e.EndGrace) == 0
    assert nodes.agree()


def test_a_silent_client_is_asked_by_its_node_in_its_time() -> None:
    nodes = Nodes(idle=60)
    ann, bea = nodes.east.irc("ann"), nodes.west.irc("bea")
    skip(ann, bea)
    for client, node in ((ann, nodes.east), (bea, nodes.west)):
        node.advance(50)
        assert client.lines() == []
        node.advance(75)
        assert any(line.startswith("PING") for line in client.lines())


def test_who_comes_often_to_one_node_waits_there() -> None:
    nodes = Nodes()
    host = "192.0.2.1"
    delays = [nodes.east.hub.connect_delay(host) for _ in range(50)]
    assert delays[-1] > 0
    assert nodes.west.hub.connect_delay(host) == 0


# Who isn't let in


@pytest.mark.parametrize(
    ("settings", "mask", "code"),
    [
        ({}, "198.51.100.0/24", "465"),
        ({"max_per_ip": 1}, "", "463"),
        ({"max_clients": 3}, "", "263"),
    ],
)
def test_who_is_refused_costs_the_others_nothing(
    settings: dict[str, int], mask: str, code: str
) -> None:
    host = "198.51.100.7"
    nodes = Nodes(**settings, connects=Rate(1e6, 1e6), operators=frozenset({"root"}))
    root = nodes.east.netcat("root")
    root.send(f"REGISTER {PASSWORD}")
    nodes.west.netcat("ann")
    if mask:
        root.send(f"BAN {mask} 1h begging")
    else:
        nodes.west.connect(host, door=nodes.west.lines)
    nodes.joint.entries.clear()
    for number in range(500):
        door = (node := nodes.both[number % 2]).lines
        client = node.connect(host, door=door)
        assert f"ERR {code} " in client.lines()[0]
        assert client.closed
    assert nodes.joint.entries == []
    assert nodes.agree()


def test_a_ban_that_is_over_is_so_before_anything_else_happens(nodes: Nodes) -> None:
    ban = Ban("ban", "", "198.51.100.7", "root", "", nodes.joint.at, nodes.joint.at + 9)
    for node in nodes.both:
        node.hub.bans.of("ban", "").add(ban)
    assert nodes.east.connect(ban.mask, door=nodes.east.lines).closed
    nodes.advance(10)
    assert not nodes.east.connect(ban.mask, door=nodes.east.lines).closed


# What is done to messages


def test_what_is_done_to_messages_is_so_on_both() -> None:
    nodes = Nodes(operators=frozenset({"root"}))
    alice, bob = nodes.east.netcat("alice"), nodes.west.netcat("bob")
    root = nodes.west.netcat("root")
    alice.send(f"REGISTER {PASSWORD}")
    root.send(f"REGISTER {PASSWORD}")

    def texts() -> list[str]:
        found = [
            [said.text for said in node.hub.rooms["#lobby"].tail.messages]
            for node in nodes.both
        ]
        assert found[0] == found[1]
        assert nodes.agree()
        return found[0]

    alice.send("MSG one", "MSG two", "MSG three")
    nodes.advance(2)
    alice.send("EDIT 1 uno")
    bob.send("REACT 3 \U0001f44d")
    root.send("DELETE 2 rude")
    nodes.advance(2)
    assert texts() == ["uno", "", "three"]
    for node in nodes.both:
        marks = node.hub.rooms["#lobby"].tail.messages[2].marks
        assert marks is not None
        assert [each.total for each in marks.reactions] == [1]
    skip(alice, bob, root)
    bob.send("EDIT 1 mine", "DELETE 3")
    assert all(line.startswith("ERR 482") for line in bob.lines())
    assert texts() == ["uno", "", "three"]
    skip(alice, root)
    nodes.east.hub.log.propose(e.PurgeAuthor(None, "alice", "", 0.0))
    assert texts() == []
    for client in (alice, bob, root):
        assert sum("deleted" in line for line in client.lines()) >= 1
    late = nodes.west.netcat("late")
    assert not any("three" in line for line in late.ask("HISTORY"))


def test_wrong_words_from_a_network_are_counted_over_all() -> None:
    nodes = Nodes(password="sesame", connects=Rate(1e6, 1e6), max_per_ip=0)
    for hub in (node.hub for node in nodes.both):  # each hash has a salt of its own
        hub.shared = nodes.east.hub.told
        hub.authentication.server_password._known = (hub.shared.password, b"sesame")

    def say(number: int, word: str, host: str = "198.51.100.7") -> str:
        node = nodes.both[number % 2]
        client = node.connect(host, door=node.lines)
        client.lines()
        answer = client.ask(f"PASS {word}")
        client.send("QUIT")
        return answer[-1] if answer else ""

    for number in range(FREE_WORDS):
        assert say(number, "simsim").startswith("ERR 464 Wrong password")
        assert say(number, "simsim", "127.0.0.1").startswith("ERR 464 Wrong password")
    for number in (0, 1):
        assert say(number, "sesame") == "ERR 464 Too many tries; wait 1 s"
        assert say(number, "sesame", "203.0.113.7") == ""
        assert say(number, "sesame", "127.0.0.1") == ""
    assert nodes.agree()
    nodes.joint.at += 1
    nodes.advance(1)
    assert say(1, "sesame") == ""
    for number in range(20):
        say(number, "simsim")
        nodes.joint.at += LONGEST_FOR_WORDS
        nodes.advance(LONGEST_FOR_WORDS)
    assert say(0, "sesame") == "", "nobody waits for longer than that"
    assert nodes.agree()
