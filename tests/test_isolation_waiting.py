"""While the log that servers share is away who asks is answered, and all else waits."""

from __future__ import annotations

import pytest

from twisted_chat.doors.aside import MAX_ASIDE
from twisted_chat.doors.textbook.nick import NickDoor
from twisted_chat.hub.isolation import MOST_WAITING

from .irc_support import ALL_CAPS
from .isolation_support import Later, LaterNetwork, pair, put
from .later_log import LaterLog
from .support import skip

# What is at once and what is later is said here test by test.
pytestmark = pytest.mark.at_once


@pytest.fixture
def later() -> Later:
    return Later()


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


# On IRC


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
