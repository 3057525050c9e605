"""The servers that are one chat, as the hub of one of them knows them."""

from __future__ import annotations

import pytest

from twisted_chat.hub import entries as e
from twisted_chat.hub.entries import VERSION, Entry, SessionId
from twisted_chat.hub.nodes import NodeData, version

from .irc_support import Network
from .later_log import LaterLog
from .support import START, World
from .test_state_machine import Node

HERE, THERE = 0, 7
HOST = "127.0.0.1"
ANNA, BOB, CAROL = SessionId(HERE, 1), SessionId(THERE, 1), SessionId(THERE, 2)


def come(node: Node, who: SessionId, nick: str) -> None:
    node.apply(e.Connect(who, HOST, True, True), 0.0)
    node.apply(e.TakeNick(who, nick, "", f"{who.number:010x}"), 0.0)


def heard(node: Node, who: SessionId) -> str:
    assert node.ears is not None
    return b"".join(node.ears[who].heard).decode()


def chat() -> Node:
    """Anna is here, Bob and Carol are there."""
    node = Node()
    node.apply(e.NodeUp(HERE, "here", 1), 0.0)
    node.apply(e.NodeUp(THERE, "there", 1), 1.0)
    come(node, ANNA, "alice")
    come(node, BOB, "bob")
    come(node, CAROL, "carol")
    return node


def test_nodes_are_known_by_number() -> None:
    assert chat().hub.nodes == {
        HERE: NodeData(HERE, "here", 1, START),
        THERE: NodeData(THERE, "there", 1, START + 1),
    }


def test_who_was_on_a_node_that_is_gone_has_left() -> None:
    node = chat()
    node.apply(e.NodeGone(THERE), 1.0)
    assert list(node.hub.nodes) == [HERE]
    assert list(node.hub.sessions) == [ANNA]
    assert list(node.hub.users) == ["alice"]
    told = heard(node, ANNA)
    bob = told.index("Departed(nick='bob', reason='lost the server'")
    assert bob < told.index("Departed(nick='carol', reason='lost the server'")


def test_watchers_are_told_of_them() -> None:
    node = chat()
    listener = node.hub.sessions[ANNA].listener
    assert listener is not None
    node.hub.monitor.add(listener, "bob")
    node.apply(e.NodeGone(THERE), 1.0)
    assert "Seen(nicks=('bob',), here=False" in heard(node, ANNA)


def test_a_crowd_is_told_of_them_once() -> None:
    node = chat()
    for number in range(3, 120):
        come(node, SessionId(THERE, number), f"n{number}")
    node.clock.advance(2)
    while node.soon:
        node.soon.pop()()
    node.apply(e.NodeGone(THERE), 1.0)
    assert "Departed(nick='bob'" not in heard(node, ANNA)
    # The room is still crowded when Bob goes, and no more when the last ones do.
    assert "Departed(nick='n119', reason='lost the server'" in heard(node, ANNA)


def test_somebody_who_is_on_another_node_too_stays() -> None:
    node = chat()
    more = SessionId(HERE, 2)
    node.apply(e.Register(BOB, "bob", "hash", b"abc"), 0.0)
    node.apply(e.Connect(more, HOST, True, True), 0.0)
    node.apply(e.LogIn(more, "bob", "", "00000000bb"), 0.0)
    node.apply(e.NodeGone(THERE), 1.0)
    assert [state.id for state in node.hub.users["bob"].sessions] == [more]


def test_a_node_that_nobody_knows_may_be_gone() -> None:
    node = chat()
    before = node.hub.snapshot()
    node.apply(e.NodeGone(99), 0.0)
    assert node.hub.snapshot() == before


@pytest.mark.parametrize(
    ("versions", "least"), [((), VERSION), ((3,), 3), ((4, 2, 3), 2)]
)
def test_the_version_is_what_every_node_understands(
    versions: tuple[int, ...], least: int
) -> None:
    node = Node()
    for number, each in enumerate(versions, 1):
        node.apply(e.NodeUp(number, "x", each), 0.0)
    assert version(node.hub) == least


def test_a_newer_kind_waits_for_the_oldest_node(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(e.VERSIONS, e.SetBot, 2)
    node = Node()
    steps: list[tuple[Entry, bool]] = [
        (e.NodeUp(1, "new", 2), True),
        (e.NodeUp(2, "old", 1), False),
        (e.NodeGone(2), True),
    ]
    for entry, supported in steps:
        node.apply(entry, 0.0)
        assert node.hub.supports(e.SetBot) is supported
        assert node.hub.supports(e.SetAway), "it was always there"


@pytest.mark.at_once
def test_what_an_old_node_does_not_understand_is_not_proposed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(e.VERSIONS, e.SetAway, 2)
    alice = world.enter("alice")
    for number, newest in ((1, 2), (2, 1)):
        world.hub.apply(e.NodeUp(number, "x", newest), world.hub.now())
    before = world.hub.snapshot()
    assert alice.ask("AWAY tea")[-1].startswith("ERR 263 Not every server")
    assert world.hub.snapshot() == before
    world.hub.apply(e.NodeGone(2), world.hub.now())
    assert alice.ask("AWAY tea") == ["* You are away: tea"]


def several(world: World) -> None:
    for number, name in ((0, "east"), (7, "west")):
        world.hub.apply(e.NodeUp(number, name, 1), world.hub.now())


def test_whois_names_the_node_to_operators() -> None:
    world = World(operators=frozenset({"root"}))
    root, bob = world.enter("root"), world.enter("bob")
    root.send("REGISTER long-enough")
    world.hub.apply(e.NodeUp(0, "east", 1), world.hub.now())
    assert "east" not in root.ask("WHOIS bob")[-1], "there is but one"
    several(world)
    assert root.ask("WHOIS bob")[-1].endswith("from 127.0.0.1, on east")
    assert "east" not in bob.ask("WHOIS bob")[-1]
    root.send("FORMAT json")
    bob.send("FORMAT json")
    for client, node in ((root, "east"), (bob, None)):
        client.send("WHOIS bob")
        assert client.events()[-1]["node"] == node


def test_whois_names_all_nodes_of_a_person() -> None:
    world = World(operators=frozenset({"root"}))
    root = world.enter("root")
    root.send("REGISTER long-enough")
    several(world)
    more = SessionId(THERE, 1)
    world.hub.apply(e.Connect(more, HOST, True, True), world.hub.now())
    world.hub.apply(e.LogIn(more, "root", "", "00000000aa"), world.hub.now())
    assert root.ask("WHOIS root")[-1].endswith(", on east, west")


def test_whois_on_irc_names_the_node_to_operators() -> None:
    world = Network(operators=frozenset({"root"}))
    first = world.irc("root")
    first.send("REGISTER open-sesame", "QUIT")
    root, bob = world.irc("ally"), world.irc("bob")
    root.send("OPER root open-sesame")
    several(world)
    name = world.hub.settings.name
    assert any(
        f" 312 ally bob {'irc.Test'} :{name}, on east" in line
        for line in root.ask("WHOIS bob")
    )
    assert any(line.endswith(f":{name}") for line in bob.ask("WHOIS bob"))


def test_who_comes_to_a_node_that_lags_is_refused() -> None:
    world = World()
    alice = world.enter("alice")
    world.hub.open_to_newcomers = False
    bob = world.connect()
    assert bob.lines() == ["ERR 263 The server is busy; try again soon"]
    assert bob.closed
    assert alice.ask("NICK ally", "MSG hi"), "who is here stays"
    world.hub.open_to_newcomers = True
    assert not world.connect().closed


def test_a_node_takes_people_in_as_soon_as_it_has_caught_up() -> None:
    world = World()
    world.hub.log = log = LaterLog(world.hub.apply, world.wall, world.clock)
    for lag, let_in in ((9.9, True), (10.0, False), (60.0, False), (0.0, True)):
        log.lag = lag
        assert world.connect().closed is not let_in


def test_clients_and_connections_are_counted_over_all_nodes() -> None:
    world = World(max_clients=3, max_per_ip=2)
    far = "192.0.2.1"
    for number in (1, 2):
        entry = e.Connect(SessionId(THERE, number), far, True, True)
        world.hub.apply(entry, world.hub.now())
    assert "ERR 463" in world.connect(host=far).lines()[0]
    assert not world.connect().closed
    assert "ERR 263 The server is full" in world.connect().lines()[0]


def test_sessions_of_an_account_are_counted_over_all_nodes() -> None:
    world = World()
    alice = world.enter("alice")
    alice.send("REGISTER long-enough")
    for number in range(1, 20):
        who = SessionId(THERE, number)
        world.hub.apply(e.Connect(who, HOST, True, True), world.hub.now())
        world.hub.apply(e.LogIn(who, "alice", "", "00000000aa"), world.hub.now())
    assert "ERR 463" in world.connect().ask("LOGIN alice long-enough")[-1]
