"""What changes the chat may take effect later, and others' changes in between."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from twisted_chat.events import ChatError
from twisted_chat.hub.entries import Entry
from twisted_chat.log import LocalLog, Log
from twisted_chat.outcomes import run, settled, unattended

from .irc_support import ALL_CAPS, Network
from .later_log import LaterLog
from .support import Client, MemoryTransport, World

# What is at once and what is later is said here test by test.
pytestmark = pytest.mark.at_once


class Later(World):
    """A chat whose log a test steps by hand."""

    later = True

    def arrive(self) -> Client:
        """A connection that is still to be let in."""
        connection: Any = self.door.buildProtocol(None)
        transport = MemoryTransport(self.clock, "192.0.2.1")
        transport.protocol = connection
        connection.makeConnection(transport)
        return Client(self, connection)


class LaterNetwork(Network):
    later = True


def log_of(world: World) -> LaterLog[Entry]:
    log = world.hub.log
    assert isinstance(log, LaterLog)
    return log


def put(client: Client, *lines: str) -> None:
    """Send lines, of which nothing comes yet."""
    for line in lines:
        client.connection.dataReceived(f"{line}\n".encode())


@pytest.fixture
def later() -> Later:
    return Later()


@contextmanager
def no_bugs() -> Iterator[None]:
    """Nothing is logged as a failure, and no Deferred's error is left."""
    with capturedLogs() as events:
        yield
        gc.collect()
    assert [event for event in events if "log_failure" in event] == []


# The outcome itself


@pytest.mark.parametrize("later", [False, True])
def test_within_is_entered_while_the_entry_is_applied(later: bool) -> None:
    seen: list[str] = []

    @contextmanager
    def within(name: str) -> Iterator[None]:
        seen.append(f"into {name}")
        try:
            yield
        finally:
            seen.append(f"out of {name}")

    def apply(entry: str, at: float) -> None:
        seen.append(entry)
        if entry == "bad":
            raise ChatError(404, "no")

    clock = Clock()
    log: Log[str] = LocalLog(apply, clock.seconds)
    if later:
        log = LaterLog(apply, clock.seconds, clock)
    log.propose("good", within("a"))
    log.propose("other")
    outcomes = run(_refused(log, within("b")))
    clock.advance(1)
    assert (outcomes is not None) is later
    assert (
        seen
        == [
            *("into a", "good", "out of a", "other"),
            *("into b", "bad", "out of b", "caught"),
        ][: len(seen)]
    )
    assert seen[-1] == "out of b"


async def _refused(log: Log[str], within: object) -> None:
    with pytest.raises(ChatError):
        await settled(log.propose("bad", within))  # type: ignore[arg-type]


def test_steps_that_wait_for_nothing_make_no_deferred() -> None:
    async def steps(outcome: Deferred[None] | None, done: list[int]) -> None:
        await settled(None)
        await settled(outcome)
        done.append(1)

    done: list[int] = []
    assert run(steps(None, done)) is None
    assert done == [1]
    outcome: Deferred[None] = Deferred()
    waiting = run(steps(outcome, done))
    assert waiting is not None
    assert done == [1]
    outcome.callback(None)
    assert (waiting.called, done) == (True, [1, 1])


def test_of_what_nobody_waits_for_only_bugs_are_logged() -> None:
    refused: Deferred[None] = Deferred()
    broken: Deferred[None] = Deferred()
    unattended(None)
    unattended(refused)
    unattended(broken)
    with no_bugs():
        refused.errback(ChatError(404, "no"))
    with pytest.raises(AssertionError), no_bugs():
        broken.errback(ValueError("a bug"))


def test_speech_makes_no_deferred_where_the_log_is_here() -> None:
    world, network = World(), Network()
    assert world.enter("alice").connection.take(b"MSG hello") is None
    assert network.irc("bob").connection.take(b"PRIVMSG #lobby :hello") is None


# Being let in


def test_what_comes_before_one_is_let_in_waits(later: Later) -> None:
    client = later.arrive()
    put(client, "NICK alice", "MSG hello")
    assert (log_of(later).waiting, list(later.hub.sessions)) == (1, [])
    assert not client.transport.reading
    later.settle()
    assert client.user.nick == "alice"
    assert later.room().last_id == 1
    assert client.transport.reading
    assert client.lines()[0].startswith("* Welcome")


@pytest.mark.parametrize("leave", [Client.reset, Client.half_close])
def test_who_leaves_before_they_are_let_in_leaves_nothing(
    later: Later, leave: Callable[[Client], None]
) -> None:
    with no_bugs():
        client = later.arrive()
        put(client, "NICK alice")
        leave(client)
        later.advance(70)
        client.reset()
    assert (later.hub.sessions, later.hub.users) == ({}, {})
    assert (later.door.connections, later.door.refused) == (set(), 0)
    assert (log_of(later).waiting, later.clock.getDelayedCalls()) == (0, [])


def test_who_left_before_they_were_let_in_is_forgotten_at_once(later: Later) -> None:
    client = later.arrive()
    client.transport.lose()
    log_of(later).step()
    [state] = later.hub.sessions.values()
    assert (state.local, state.listener) == (None, None)
    log_of(later).step()
    assert later.hub.sessions == {}


def test_who_is_refused_later_is_told_and_counted() -> None:
    """By when they come they could be let in; somebody else was before them."""
    world = Later(max_clients=1)
    first, client = world.arrive(), world.arrive()
    assert world.door.refused == 0
    world.settle()
    assert world.door.refused == 1
    assert client.lines()[0].startswith("ERR 263 ")
    client.reset()
    assert (world.door.refused, len(world.hub.sessions)) == (0, 1)
    at_once = world.arrive()
    assert world.door.refused == 1, "whom this node can refuse by itself"
    assert at_once.lines()[0].startswith("ERR 263 ")
    assert not first.closed


def test_nobody_waits_for_ever_to_be_let_in() -> None:
    world = Later(patience=60.0)
    log_of(world)._delay = 100.0
    client = world.arrive()
    world.advance(59)
    assert client.lines() == []
    world.advance(5)
    assert client.lines()[0].startswith("ERR 263 ")
    assert client.closed
    world.advance(200)
    assert (world.hub.sessions, log_of(world).waiting) == ({}, 0)


# One after the other


def test_a_line_waits_for_what_came_of_the_one_before(later: Later) -> None:
    alice = later.enter("alice")
    put(alice, "JOIN #dev", "TOPIC one", "MSG hello")
    for _ in range(3):
        assert log_of(later).waiting == 1
        log_of(later).step()
    assert log_of(later).waiting == 0
    room = later.room("#dev")
    assert (room.topic, room.last_id) == ("one", 2)


def test_refusals_of_several_targets_are_told_as_ever(later: Later) -> None:
    alice, bob = later.enter("alice"), later.enter("bob")
    put(alice, "PRIV #nowhere,#lobby,bob,nobody hello", "PING done")
    log_of(later).step()
    assert log_of(later).waiting == 1
    later.settle()
    assert [line[:7] for line in alice.lines()[-2:]] == ["ERR 401", "PONG do"]
    assert [line for line in bob.lines() if "hello" in line] == [
        "alice: hello",
        "PRIV alice: hello",
    ]


def test_irc_tells_of_each_target_in_order() -> None:
    world = LaterNetwork()
    bob = world.irc("bob")
    put(bob, "JOIN #a,bad,#b", "PRIVMSG #a,nobody,#b :hi", "PING done")
    world.settle()
    said = [line.split(" ")[1] for line in bob.lines()]
    assert said == ["JOIN", "353", "366", "403", "JOIN", "353", "366", "401", "PONG"]


# Who is gone meanwhile


def quit_(client: Client) -> None:
    client.connection.end("bye")


LEAVE = [Client.reset, Client.half_close, quit_]


@pytest.mark.parametrize("leave", LEAVE)
@pytest.mark.parametrize("line", ["JOIN #dev", "NICK carol", "MSG hello", "AWAY x"])
@pytest.mark.parametrize("irc", [False, True])
def test_who_leaves_while_an_outcome_is_due_leaves_nothing(
    irc: bool,
    line: str,
    leave: Callable[[Client], None],
) -> None:
    network = LaterNetwork()
    if irc:
        alice = network.irc("alice")
        line = line.replace("MSG", "PRIVMSG #lobby")
    else:
        alice = network.netcat("alice")
    listener = alice.connection.listener
    with no_bugs():
        put(alice, line, "PING behind")
        assert log_of(network).waiting == 1
        leave(alice)
        network.advance(70)
        alice.reset()
        network.settle()
    assert (network.hub.sessions, network.hub.users) == ({}, {})
    assert (listener.channels, listener.closing) == ([], True)
    assert not network.door.connections | network.lines.connections
    assert not alice.connection.frames.behind
    assert log_of(network).waiting == 0


def test_who_is_dropped_while_an_outcome_is_due(later: Later) -> None:
    alice, root = later.enter("alice"), later.enter("root")
    later.hub.users["root"].operator = True
    with no_bugs():
        put(root, "KICK alice")
        put(alice, "JOIN #dev", "MSG hello")
        later.settle()
        assert alice.closed
    assert list(later.hub.users) == ["root"]
    assert list(later.hub.rooms) == ["#lobby"]


# Whose answer it is


def test_an_answer_bears_its_label_and_others_words_do_not(later: Later) -> None:
    alice, bob = later.enter("alice"), later.enter("bob")
    alice.ask("FORMAT json")
    put(bob, "MSG between")
    put(alice, '{"do": "away", "text": "lunch", "label": "1"}')
    put(alice, '{"do": "msg", "text": "mine", "label": "2"}')
    put(bob, "MSG after")
    later.settle()
    told = {(event["text"], event.get("label")) for event in alice.events()}
    assert told == {
        *(("between", None), ("You are away: lunch", "1")),
        *(("mine", "2"), ("after", None)),
    }


def test_irc_collects_what_belongs_to_a_label_alone() -> None:
    world = LaterNetwork()
    bob, carol = world.irc("bob", ALL_CAPS), world.irc("carol")
    put(carol, "PRIVMSG bob :before")
    put(bob, "@label=x JOIN #a", "@label=y PRIVMSG bob :to me")
    put(carol, "PRIVMSG bob :after")
    world.settle()
    lines = bob.lines()
    [opening] = [line for line in lines if "label=x" in line]
    reference = opening.rpartition("+")[2].split(" ")[0]
    inside = [line for line in lines if f"batch={reference}" in line]
    assert [line.split(" ")[2] for line in inside] == ["JOIN", "353", "366"]
    labelled = [line for line in lines if "label=y" in line]
    assert len(labelled) == 1
    others = [line for line in lines if " :before" in line or " :after" in line]
    assert len(others) == 2
    assert not any("batch=" in line or "label=" in line for line in others)
