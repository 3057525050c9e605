"""What befalls servers that are one chat: real ones, and a real Redis.

All that anybody was shown must be in every node's file, once and in one order.  With
``CLUSTER_CHAOS`` in the environment more befalls them, for longer: some minutes.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from twisted_chat.storage.recorder import PACE

from .cluster import FILE, Cluster, Message, Talker
from .support import Client, Server, wait_for

LONG = bool(os.environ.get("CLUSTER_CHAOS"))
LEASE = 20.0  # that of a node's number, and what its end takes to be noticed
LOST = "lost the server"
PASSWORD = "correct-horse"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two nodes, for all tests here."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), "a", "b")
    try:
        yield cluster
        cluster.stop()
    finally:
        cluster.close()


@pytest.fixture
def cluster(started: Cluster) -> Iterator[Cluster]:
    """Nodes a and b, which are up; others are the test's own."""
    for name in ("a", "b"):
        if started.nodes[name].process.poll() is not None:
            started.start(name)
    yield started
    for name in [name for name in started.nodes if name not in ("a", "b")]:
        started.stop_node(name)
    started.wait_empty()


def check_history(said: Sequence[Message], talkers: Sequence[Talker]) -> None:
    """What `talkers` were shown is what `said` has, once, and in one order."""
    assert [message.id for message in said] == list(range(1, len(said) + 1))
    texts = [message.text for message in said]
    assert len(set(texts)) == len(texts)
    for talker in talkers:
        ids = [event["id"] for event in talker.seen]
        assert len(set(ids)) == len(ids), doubled(ids)
        assert ids == sorted(ids)
        for event in talker.seen:
            kept = said[event["id"] - 1]
            assert (kept.nick, kept.text) == (event["nick"], event["text"])


def doubled(ids: Sequence[int]) -> list[int]:
    return [id for id in set(ids) if ids.count(id) > 1]


def quiet(cluster: Cluster) -> bool:
    """Whether nothing comes to the files for longer than a spool keeps it."""
    before = [cluster.history(name) for name in cluster.running]
    time.sleep(3 * PACE)
    return before == [cluster.history(name) for name in cluster.running]


def check_talk(cluster: Cluster, room: str, talkers: Sequence[Talker]) -> None:
    """End the talk; the files of all nodes have the same of it, as `check_history`."""
    for talker in talkers:
        talker.stop()
    for talker in talkers:
        wait_for(lambda t=talker: t.silent, f"{talker.nick} to be silent")  # type: ignore[misc]
    wait_for(lambda: quiet(cluster), "what was still to be said")
    last = cluster.nodes["a"].enter("last")
    last.send(f"JOIN {room}", "MSG the last word")
    said = cluster.settled_history(room, "the last word")
    last.close()
    for talker in talkers:
        talker.close()
    check_history(said, talkers)


def wait_talk(talkers: Sequence[Talker]) -> None:
    """Until what each says from now on is shown to all."""
    marks = {talker.nick: talker.said for talker in talkers}

    def goes_on(talker: Talker) -> bool:
        numbers: dict[str, int] = {}
        for event in talker.seen:
            numbers[event["nick"]] = int(event["text"].split()[-1])
        return all(numbers.get(nick, 0) > mark for nick, mark in marks.items())

    for talker in talkers:
        wait_for(lambda t=talker: goes_on(t), f"talk at {talker.nick}")  # type: ignore[misc]


# Redis


def stopped(cluster: Cluster) -> None:
    cluster.redis.signal(signal.SIGSTOP)
    time.sleep(5)
    cluster.redis.signal(signal.SIGCONT)


def restarted(cluster: Cluster) -> None:
    cluster.redis.stop()
    cluster.redis.start()


def killed(cluster: Cluster) -> None:
    cluster.redis.stop(signal.SIGKILL)
    time.sleep(1)
    cluster.redis.start()


def emptied(cluster: Cluster) -> None:
    cluster.redis.stop()
    for path in cluster.redis.directory.glob("appendonlydir/*"):
        path.unlink()
    cluster.redis.start()


BEFALLS = (stopped, killed, emptied)


def test_redis_has_trouble_under_talk(cluster: Cluster) -> None:
    """It stands still, is killed and emptied, and the nodes go on.

    A node can stop without it, and comes back: the others wait for it.
    """
    a, b = (cluster.nodes[name] for name in "ab")
    talkers = [Talker((a, b)[at % 2], f"talker{at}", "#trouble") for at in range(4)]
    wait_talk(talkers)
    befalls = random.choices((*BEFALLS, restarted), k=20) if LONG else BEFALLS
    for befall in befalls:
        befall(cluster)
        wait_talk(talkers)
    check_talk(cluster, "#trouble", talkers)
    assert not any(talker.closed for talker in talkers)
    cluster.redis.stop(signal.SIGKILL)
    b.signal()
    assert b.wait_exit() == 0
    assert "Traceback" not in b.log()
    cluster.redis.start()
    b = cluster.start("b")
    for node in (a, b):
        check_alive(node)


def test_a_node_stops_while_redis_stands_still(cluster: Cluster) -> None:
    b = cluster.nodes["b"]
    cluster.redis.signal(signal.SIGSTOP)
    try:
        b.signal()
        assert b.wait_exit() == 0
    finally:
        cluster.redis.signal(signal.SIGCONT)
    assert "Traceback" not in b.log()


# The operator


@pytest.mark.parametrize("befell", ["killed", "stopped"])
def test_what_was_shown_beyond_a_forced_opening_is_said_again(
    tmp_path: Path, befell: str
) -> None:
    """Redis is emptied, and who has shown most of it is not there to say so."""
    # The path of a Unix socket has at most 108 bytes.
    cluster = Cluster(tmp_path / "c", "a", "b")
    try:
        a, b = (cluster.nodes[name] for name in "ab")
        alice, amy, bob, beth = people = [
            node.enter(nick)
            for node, nick in ((a, "alice"), (a, "amy"), (b, "bob"), (b, "beth"))
        ]
        for client in people:
            client.send("JOIN #a")
            client.expect("* In #a: ")
        amy.send("REPLAY on")
        alice.send("MSG known to all", "MSG to be deleted")
        for client in people[1:]:
            client.expect("#a alice: to be deleted")
        b.signal(signal.SIGSTOP)
        alice.send(f"REGISTER {PASSWORD}", *(f"MSG known to a {n}" for n in range(20)))
        alice.expect("* You are logged in as alice")
        alice.send("TOPIC lost and found", "DELETE 2", "EDIT 1 known to everybody")
        amy.expect("#a alice: known to a 19")
        amy.expect('* alice changed "known to all": known to everybody')
        if befell == "killed":
            cluster.kill("a")
        else:
            a.signal(signal.SIGSTOP)
        emptied(cluster)
        b.signal(signal.SIGCONT)
        wait_for(lambda: "sealed" in b.log(), "the log to be sealed")
        wait_for(lambda: forces(cluster, "b"), "the log to be opened")
        bob.send("MSG known to b")
        beth.expect("#a bob: known to b")
        if befell == "killed":
            a = cluster.start("a")
        else:
            a.signal(signal.SIGCONT)
            amy.expect("#a bob: known to b")
        for n in range(20):
            bob.expect(f"#a alice: known to a {n}")
        carol = b.enter("carol")
        wait_for(lambda: logs_in(carol, "alice"), "the account to be there again")
        carol.send("JOIN #a", "TOPIC", "MSG the last word")
        carol.expect("lost and found")
        said = cluster.settled_history("#a", "the last word")
        texts = [f"known to a {n}" for n in range(20)]
        assert [m.text for m in said] == [
            *("known to everybody", "", "known to b"),
            *("lost and found", *texts, "the last word"),
        ]
        assert [m.id for m in said] == list(range(1, len(said) + 1))
        cluster.stop()
        for node in (a, b):
            assert "Traceback" not in node.log()
    finally:
        cluster.close()


def forces(cluster: Cluster, name: str) -> bool:
    """The operator has a sealed log opened."""
    admin = "from twisted_chat.admin import main; main()"
    path = cluster.directory(name) / FILE
    words = (sys.executable, "-c", admin, "--database", str(path), "bus", "open")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return "is opened" in done.stdout


def logs_in(client: Client, account: str) -> bool:
    client.send(f"LOGIN {account} {PASSWORD}")
    return any(f"logged in as {account}" in line for line in client.sync())


# Nodes


def test_who_does_not_belong_does_not_start(cluster: Cluster) -> None:
    other = cluster.start("other", "--max-clients", "99", wait=False)
    strange = cluster.directory("strange")
    alone = Server(strange, "--flood", "off")
    alice = alone.enter("alice")
    alice.send("MSG a chat of its own")
    alice.sync()
    alone.stop()
    stranger = cluster.start("strange", wait=False)
    # This one was in a log before, of which the others know nothing.
    older = cluster.directory("older") / FILE
    shutil.copy(strange / FILE, older)
    with closing(sqlite3.connect(older)) as file, file:
        file.execute("INSERT INTO meta VALUES ('place', '[1, 1000, 0, [\"older\"]]')")
    left = cluster.start("older", wait=False)
    for node, why in (
        (other, "this node was started with other --max-clients than the others"),
        (stranger, "has a chat of its own; start a node with a new file"),
        (left, "the chat of the others was begun without what this file has; see"),
    ):
        assert node.wait_exit() == 1
        assert why in node.said()
        assert "Traceback" not in node.log()
    for name in "ab":
        check_alive(cluster.nodes[name])


def check_alive(node: Server) -> None:
    """Somebody can come in, once the node is with the others."""

    def tried() -> bool:
        client = node.connect()
        client.send("NICK alive", "QUIT")
        return any("now known as alive" in line for line in client.rest())

    wait_for(tried, "somebody to come in")


def test_a_fresh_node_shows_what_was_said_last(cluster: Cluster) -> None:
    alice = cluster.nodes["a"].enter("alice")
    alice.send("JOIN #den", "MSG in the den", *(f"MSG word {n}" for n in range(5)))
    alice.sync()
    # Otherwise the log still has all of it, and nothing comes from a snapshot.
    emptied(cluster)
    check_alive(cluster.nodes["a"])
    bob = cluster.start("fresh").connect()
    bob.send("NICK bob", "JOIN #den")
    for text in ("in the den", "word 0", "word 4"):
        bob.expect(f"#den alice: {text}")
    alice.send("MSG to all")
    bob.expect("#den alice: to all")


def test_nodes_that_are_lost(cluster: Cluster) -> None:
    """One is killed, and one stands still for 15 s: the others see their people leave.

    What the first and the others have shown is there when it is back; the people of
    the second come back, and whose nick was taken gets another.
    """
    a, b = (cluster.nodes[name] for name in "ab")
    c = cluster.start("c")
    carol = a.enter("carol")
    talkers = [Talker(a, "alice", "#lost"), Talker(c, "cecil", "#lost")]
    wait_talk(talkers)
    bob, dave = b.enter("bob"), b.enter("dave")
    dave.send("REPLAY on")
    bob.send(f"REGISTER {PASSWORD}", "JOIN #den2")
    bob.expect("* You are logged in as bob")
    robert = b.enter("robert")
    carol.expect("* robert joined the chat!")
    cluster.kill("c")
    b.signal(signal.SIGSTOP)
    since = time.monotonic()
    left = {carol.expect(" left the chat!") for _ in range(4)}
    assert time.monotonic() - since < LEASE
    gone = ("bob", "cecil", "dave", "robert")
    assert left == {f"* {nick} left the chat! ({LOST})" for nick in gone}
    thief = a.enter("robert")
    thief.send("MSG while they were away")
    carol.expect("robert: while they were away")
    c = cluster.start("c")
    talkers.append(Talker(c, "cecilia", "#lost"))
    time.sleep(max(0.0, 15 - (time.monotonic() - since)))
    b.signal(signal.SIGCONT)
    dave.expect("robert: while they were away")
    robert.expect("robert is taken: robert came while this server was cut off")
    name = robert.expect("now known as").split()[-1]
    here = {"alice", "bob", "carol", "cecilia", "dave", name, "robert"}
    for client in (bob, thief):
        wait_for(lambda c=client: people(c) == here, "all to be back")  # type: ignore[misc]
    bob.send("WHO #den2")
    bob.expect("* In #den2: bob")
    robert.send("MSG back")
    carol.expect(f"{name}: back")
    login = c.connect()
    login.send(f"LOGIN bob {PASSWORD}")
    login.expect("* You are logged in as bob")
    wait_talk([talkers[0], talkers[2]])
    check_talk(cluster, "#lost", talkers)


def people(client: Client) -> set[str]:
    client.send("WHO #lobby")
    return set(client.expect("* In #lobby: ").removeprefix("* In #lobby: ").split(", "))


# The end of what was said


def test_what_is_old_goes_everywhere(tmp_path: Path) -> None:
    """A room of which nobody has a message any more begins anew, on all nodes."""
    cluster = Cluster(tmp_path / "cluster", "a", "b", options=("--retention", "6s"))
    try:
        alice = cluster.nodes["a"].enter("alice")
        alice.send("JOIN #old", "MSG one", "MSG two", "PART #old", "MSG three")
        alice.sync()
        assert len(cluster.settled_history("#old", "two")) == 2
        wait_for(lambda: not any(map(cluster.history, "ab")), "all to be deleted")
        wait_for(
            lambda: not any("#old" in cluster.places(name) for name in "ab"),
            "the room to be forgotten",
        )
        bob = cluster.nodes["b"].enter("bob")
        bob.send("JOIN #old", "MSG anew")
        assert [m.id for m in cluster.settled_history("#old", "anew")] == [1]
        cluster.stop()
    finally:
        cluster.close()


# The end


def test_nodes_that_stop_in_order(cluster: Cluster) -> None:
    a, b = (cluster.nodes[name] for name in "ab")
    alice, bob = a.enter("alice"), b.enter("bob")
    alice.send("JOIN #end", "MSG hello")
    alice.sync()
    b.signal()
    bob.expect("The server is shutting down")
    bob.close()
    gone = "* bob left the chat! (server shutdown)"
    assert alice.expect("bob left the chat!") == gone
    assert b.wait_exit() == 0
    b = cluster.start("b")
    bob = b.enter("bob")
    bob.send("JOIN #end")
    bob.expect("* In #end: ")
    a.signal()
    alice.expect("The server is shutting down")
    alice.close()
    gone = "* alice left the chat! (server shutdown)"
    assert bob.expect("alice left the chat!") == gone
    assert a.wait_exit() == 0
    b.signal()
    bob.close()
    assert b.wait_exit() == 0
    for name in ("a", "b"):
        assert "Traceback" not in cluster.nodes[name].log()
    again = cluster.start("a").connect()
    again.send("NICK alice", "JOIN #end")
    again.expect("alice: hello")
