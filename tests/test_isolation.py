"""While the log that servers share is away people stay, ask, and lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted_chat.doors.aside import MAX_ASIDE
from twisted_chat.doors.irc.connection import IRCConnection
from twisted_chat.doors.textbook.nick import NickDoor
from twisted_chat.hub import entries as e
from twisted_chat.hub.isolation import MOST_WAITING
from twisted_chat.log.local import LocalLog

from .irc_support import ALL_CAPS, Network
from .later_log import LaterLog
from .stranded_support import BACK, LOST, Cut
from .support import Client, MemoryTransport, World, skip

# What is at once and what is later is said here test by test.
pytestmark = pytest.mark.at_once


class Later(World):
    later = True


class LaterNetwork(Network):
    later = True


@pytest.fixture
def later() -> Later:
    return Later()


def put(client: Client, *lines: str) -> None:
    """Send lines, of which nothing comes yet."""
    for line in lines:
        client.connection.dataReceived(f"{line}\n".encode())


def pair(world: World) -> tuple[Client, Client]:
    alice, bob = world.enter("alice"), world.enter("bob")
    skip(alice, bob)
    return alice, bob


# What goes on, and what waits


def test_who_asks_is_answered_though_their_message_waits(later: Later) -> None:
    alice, bob = pair(later)
    put(alice, "MSG one")
    later.away()
    alice.send("MSG two", "PING x", "WHO")
    told = alice.lines()
    assert "PONG x" in told
    assert any("alice" in line and "bob" in line for line in told)
    assert alice.transport.reading
    assert bob.lines() == []
    later.back()
    assert bob.lines() == ["alice: one", "alice: two"]


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("door", ["line", "irc"])
def test_what_is_said_in_a_row_is_on_its_way_at_once(door: str, refused: bool) -> None:
    world = LaterNetwork()
    alice = world.irc("alice") if door == "irc" else world.netcat("alice")
    bob = world.netcat("bob")
    skip(alice, bob)
    world.hub.lobby.rules.moderated = world.hub.lobby.restricted = refused
    log, say = world.hub.log, "PRIVMSG #lobby :" if door == "irc" else "MSG "
    assert isinstance(log, LaterLog)
    put(alice, f"{say}one", f"{say}two", "PING x", f"{say}three", f"{say}four")
    assert log.waiting == 2
    log.step()
    assert log.waiting == 1
    world.settle()
    world.turn()
    told = alice.lines()
    assert [" 404 " in line for line in told] == (
        [True, True, False, True, True] if refused else [False]
    )
    said = [] if refused else ["one", "two", "three", "four"]
    assert bob.lines() == [f"alice: {word}" for word in said]


@pytest.mark.parametrize(
    "line",
    [
        *("PING", "HELP", "WHO", "WHOIS bob", "ROOMS", "TOPIC", "IGNORE", "BANS"),
        *("ROOM", "HISTORY", "HISTORY 2", "SEARCH some words", ""),
        '{"do": "who"}',
    ],
)
def test_what_only_asks_goes_on(later: Later, line: str) -> None:
    alice, _ = pair(later)
    if line.startswith("{"):
        alice.ask("FORMAT json")
    later.away()
    alice.send(line)
    assert not alice.connection.frames.behind
    assert bool(alice.lines()) is bool(line)


@pytest.mark.parametrize(
    "line",
    [
        *("MSG hi", "PRIV bob hi", "NICK carol", "JOIN #a", "PART", "TOPIC news"),
        *("AWAY", "AWAY tea", "IGNORE bob", "KICK bob", "ROOM lock", "QUIT"),
        *("FORMAT json", "NONSENSE", "WHOIS", "REGISTER long-enough"),
        '{"do": "msg", "text": "hi"}',
    ],
)
def test_all_else_waits(later: Later, line: str) -> None:
    alice, _ = pair(later)
    if line.startswith("{"):
        alice.ask("FORMAT json")
    later.away()
    alice.send(line, "PING")
    before = alice.lines()
    assert len(before) == 1
    assert alice.connection.frames.behind
    later.back()
    assert not alice.connection.frames.behind
    assert alice.closed is (line == "QUIT")


def test_what_waits_is_done_in_order_where_it_leads(later: Later) -> None:
    alice, bob = pair(later)
    bob.ask("JOIN #dev")
    put(alice, "MSG first")
    later.away()
    alice.send("JOIN #dev", "MSG in the room", "PART #lobby", "WHO #dev", "MSG more")
    skip(alice)
    later.back()
    told = bob.lines()
    said = [line for line in told if "alice: " in line]
    assert said == ["alice: first", "#dev alice: in the room", "#dev alice: more"]
    assert list(later.hub.users["alice"].rooms) == ["#dev"]


def test_each_answer_reaches_who_asked(later: Later) -> None:
    alice, bob = pair(later)
    alice.ask("FORMAT json")
    later.away()
    alice.send(
        '{"do": "join", "room": "#a", "label": "1"}',
        '{"do": "ping", "label": "2"}',
        '{"do": "part", "room": "#nowhere", "label": "3"}',
    )
    assert [event.get("label") for event in alice.events()] == ["2"]
    bob.send("PART #nowhere")
    later.back()
    labels = [event.get("label") for event in alice.events()]
    assert labels == ["1"] * (len(labels) - 1) + ["3"]
    assert [line.split()[:2] for line in bob.lines()] == [["ERR", "403"]]


def test_nothing_is_held_up_where_the_log_is_not_away(later: Later) -> None:
    """Then what asks waits behind what changes something."""
    alice, _ = pair(later)
    put(alice, "MSG one", "PING x")
    assert alice.connection.frames.behind
    later.settle()
    assert alice.lines() == ["PONG x"]


def test_who_has_no_nick_yet(later: Later) -> None:
    new = later.connect()
    later.away()
    skip(new)
    assert new.ask("NICK alice", "WHO", "PING x") == ["PONG x"]
    later.back()
    assert "alice" in later.hub.users


# How much may wait


def test_so_many_frames_wait_and_then_who_sends_is_not_read(later: Later) -> None:
    alice, bob = pair(later)
    later.away()
    put(alice, *(f"MSG {number}" for number in range(MAX_ASIDE - 1)))
    assert alice.transport.reading
    put(alice, "MSG last")
    assert not alice.transport.reading
    assert bob.transport.reading
    later.back()
    later.advance(1)
    assert len(bob.lines()) == MAX_ASIDE
    assert alice.transport.reading


def test_so_much_of_all_waits(later: Later) -> None:
    later.hub.isolation._allowance.left = 1000
    alice, bob = pair(later)
    later.away()
    put(alice, "MSG " + 950 * "x")
    put(bob, "MSG hi")
    assert not alice.transport.reading
    assert not bob.transport.reading
    later.back()
    assert alice.transport.reading
    assert bob.transport.reading
    assert later.hub.isolation._allowance.left == 1000
    assert MOST_WAITING == 8 * 1024 * 1024


# Who is told, and who comes


def test_people_are_told_once_after_two_seconds(later: Later) -> None:
    alice, _ = pair(later)
    later.away()
    later.advance(1.75)
    later.away()
    assert alice.lines() == []
    later.advance(0.25)
    assert alice.lines() == [LOST]
    later.advance(10)
    assert alice.lines() == []
    later.back()
    later.back()
    assert alice.lines() == [BACK]


def test_a_moment_is_nobodys_concern(later: Later) -> None:
    alice, _ = pair(later)
    later.away()
    later.advance(1)
    later.back()
    later.advance(10)
    assert alice.lines() == []


def test_what_nobody_noticed_at_first_is_told_the_sooner() -> None:
    world = World()
    alice = world.enter("alice")
    skip(alice)
    world.hub.isolation.begin(1.5)
    world.advance(0.4)
    assert alice.lines() == []
    world.advance(0.2)
    assert alice.lines() == [LOST]
    world.hub.isolation.end()
    skip(alice)
    world.hub.isolation.begin(3.0)
    world.advance(0)
    assert alice.lines() == [LOST]


def test_who_was_told_is_not_told_again_when_stranded() -> None:
    world = World()
    cut = Cut(world)
    alice, new = world.enter("alice"), world.connect()
    skip(alice, new)
    world.hub.isolation.begin()
    world.advance(3)
    cut.off()
    world.hub.isolation.end()
    cut.on()
    for client in (alice, new):
        told = client.lines()
        assert (told.count(LOST), told.count(BACK)) == (1, 1)


def test_who_is_stranded_is_not_told_again_later() -> None:
    world = World()
    cut = Cut(world)
    alice = world.enter("alice")
    skip(alice)
    cut.off()
    world.hub.isolation.begin()
    world.advance(3)
    alice.send("PING x", "WHO", "MSG back again")
    assert alice.lines() == [LOST, "PONG x"]
    world.hub.isolation.end()
    cut.on()
    told = alice.lines()
    assert told.count(BACK) == 1
    assert world.hub.lobby.last_id == 1


def test_who_is_on_the_way_back_is_not_told_again() -> None:
    world = World()
    cut = Cut(world)
    alice = world.enter("alice")
    skip(alice)
    cut.off()
    log = LaterLog(world.hub.apply, world.wall, world.clock, 1000.0)
    world.hub.follow(log)
    cut.on()
    world.hub.isolation.begin()
    world.advance(3)
    assert alice.lines() == [LOST]
    world.hub.isolation.end()
    log.settle()
    assert alice.lines().count(BACK) == 1


def test_who_is_stranded_may_ask_only_what_anybody_may() -> None:
    """Who is nowhere can't be told who else is there."""
    network = Network()
    cut = Cut(network)
    alice = network.irc("alice")
    cut.off()
    network.hub.isolation.begin()
    skip(alice)
    put(alice, "WHO #lobby", "PING x")
    assert [line.split()[1] for line in alice.lines()] == ["PONG"]
    network.hub.isolation.end()
    cut.on()
    assert any(" 315 " in line for line in alice.lines())


def test_newcomers_are_sent_away(later: Later) -> None:
    later.away()
    new = later.connect()
    assert new.lines() == ["ERR 263 The server is busy; try again soon"]
    later.back()
    assert not later.connect().closed


def test_who_was_about_to_come_in_is_let_in_after(later: Later) -> None:
    connection: Any = later.door.buildProtocol(None)
    transport = MemoryTransport(later.clock)
    transport.protocol = connection
    connection.makeConnection(transport)
    new = Client(later, connection)
    later.away()
    put(new, "NICK alice", "PING x")
    assert new.lines() == []
    later.back()
    assert "PONG x" in new.lines()
    assert "alice" in later.hub.users


def test_irc_believes_to_be_where_it_is() -> None:
    """Nobody has left: rooms are not shown anew."""
    network = LaterNetwork()
    alice = network.irc("alice")
    network.away()
    network.advance(3)
    network.back()
    assert [line.split()[1] for line in alice.lines()] == ["NOTICE", "NOTICE"]
    connection = alice.connection
    assert isinstance(connection, IRCConnection)
    assert connection.shown == {"#lobby"}


# Pings and other timers


def test_irc_is_answered_while_its_message_waits() -> None:
    network = LaterNetwork()
    alice, bob = network.irc("alice", ALL_CAPS), network.irc("bob")
    put(alice, "PRIVMSG #lobby :one")
    network.away()
    put(alice, "PRIVMSG #lobby :two", "PING x", "@label=y PING z", "TOPIC #lobby")
    pongs = [line for line in alice.lines() if "PONG" in line]
    assert len(pongs) == 2
    assert pongs[1].startswith("@label=y")
    assert not any("PRIVMSG" in line for line in bob.lines())
    network.back()
    said = [line.rpartition(":")[2] for line in bob.lines() if "PRIVMSG" in line]
    assert said == ["one", "two"]


@pytest.mark.parametrize(
    "line",
    [
        *("WHO #lobby", "WHOIS bob", "NAMES #lobby", "LIST", "MODE #lobby", "MODE al"),
        *("MOTD", "ISON bob", "MONITOR + carol", "TOPIC #lobby", "BANS", "ROOM"),
        "CHATHISTORY LATEST #lobby * 5",
    ],
)
def test_what_only_asks_of_irc_goes_on(line: str) -> None:
    network = LaterNetwork()
    alice = network.irc("alice", ALL_CAPS)
    network.away()
    alice.send(line)
    assert alice.lines()
    assert not alice.connection.frames.behind


@pytest.mark.parametrize(
    "line",
    [
        *(
            "JOIN #a",
            "MODE #lobby +m",
            "TOPIC #lobby :x",
            "NICK al",
            "QUIT",
            "IGNORE b",
        ),
        *("AWAY", "CAP REQ :echo-message", "ROOM lock", "KICK #lobby alice"),
    ],
)
def test_all_else_of_irc_waits(line: str) -> None:
    network = LaterNetwork()
    alice = network.irc("alice")
    network.away()
    alice.send(line)
    assert alice.lines() == []
    assert alice.connection.frames.behind


def test_who_waits_for_us_is_not_silent_and_who_is_gone_is() -> None:
    network = LaterNetwork(idle=60)
    alice, bob = network.irc("alice"), network.irc("bob")
    network.away()
    put(alice, "PRIVMSG #lobby :one")
    for _ in range(8):
        network.advance(30)
        put(bob, "PONG x")
    assert not alice.closed
    assert not bob.closed
    network.advance(200)
    assert bob.closed
    network.back()
    assert not alice.closed


def test_what_silence_ends_is_ended_by_silence() -> None:
    later = Later(NickDoor)
    alice = later.connect()
    alice.send_bytes(b"alice")
    later.advance(1)
    later.settle()
    assert "alice" in later.hub.users
    later.away()
    for words in (b"one", b"two"):
        alice.send_bytes(words)
        later.advance(1)
    assert later.hub.lobby.last_id == 0
    later.back()
    later.advance(1)
    later.settle()
    assert later.hub.lobby.last_id == 2


# Who leaves meanwhile

LEAVE: list[Callable[[Client], None]] = [
    lambda client: put(client, "QUIT"),
    Client.half_close,
    Client.reset,
]


@pytest.mark.parametrize("leave", LEAVE)
@pytest.mark.parametrize("irc", [False, True])
def test_what_was_said_before_leaving_is_said_once(
    irc: bool, leave: Callable[[Client], None]
) -> None:
    network = LaterNetwork()
    bob = network.netcat("bob")
    alice = network.irc("alice") if irc else network.netcat("alice")
    skip(bob)
    verb = "PRIVMSG #lobby " if irc else "MSG "
    put(alice, f"{verb}one")
    network.away()
    put(alice, f"{verb}two", f"{verb}three")
    leave(alice)
    network.advance(70)
    assert [line for line in bob.lines() if "alice" in line] == []
    network.back()
    network.advance(1)
    network.settle()
    told = [line for line in bob.lines() if "alice" in line]
    assert told[:3] == ["alice: one", "alice: two", "alice: three"]
    assert len(told) == 4, "and that she has left"
    assert list(network.hub.users) == ["bob"]
    network.advance(70)
    alice.reset()
    network.settle()
    assert len(network.hub.sessions) == 1
    assert len(network.hub._local) == 1
    assert not alice.connection.frames.behind
    listener = alice.connection.listener
    assert (listener.channels, listener.closing) == ([], True)
    assert not network.door.connections


@pytest.mark.parametrize("leave", LEAVE)
def test_who_leaves_while_nothing_waits(
    later: Later, leave: Callable[[Client], None]
) -> None:
    alice, _ = pair(later)
    later.away()
    leave(alice)
    later.advance(1)
    later.back()
    later.advance(1)
    later.settle()
    assert list(later.hub.users) == ["bob"]
    assert len(later.hub._local) == 1


def test_who_is_thrown_out_by_others_says_no_more(later: Later) -> None:
    alice, bob = pair(later)
    later.away()
    put(alice, "MSG one")
    alice.reset()
    later.hub.apply(
        e.Disconnect(alice.connection.session.id, "thrown out"), later.hub.now()
    )
    later.back()
    later.advance(1)
    later.settle()
    assert not any("one" in line for line in bob.lines())
    assert list(later.hub.users) == ["bob"]
    assert len(later.hub._local) == 1


def test_who_has_ended_is_not_brought_back() -> None:
    world = World()
    cut = Cut(world)
    alice = world.enter("alice")
    alice.transport.stall()
    log = LaterLog(world.hub.apply, world.wall, world.clock, 1000.0)
    world.hub.follow(log)
    put(alice, "QUIT")
    assert "alice" in world.hub.users
    cut.off()
    world.hub.follow(LocalLog(world.hub.apply, world.wall))
    cut.on()
    assert not world.hub.users
    assert not world.hub.sessions
