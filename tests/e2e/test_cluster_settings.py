"""What all nodes share is changed while they run, and holds for who starts next."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster
from .support import Server

OLD, NEW = "first-word-of-all", "another-word-of-all"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Nodes a and b, which want a password."""
    (tmp_path / "old").write_text(f"{OLD}\n")
    (tmp_path / "new").write_text(f"{NEW}\n")
    options = ("--password-file", str(tmp_path / "old"))
    cluster = Cluster(tmp_path, options=options)
    try:
        for name in ("a", "b"):
            cluster.start(name)
        yield cluster
        cluster.stop()
    finally:
        cluster.close()


_numbers = itertools.count()


def come(node: Server, word: str) -> str:
    """What a newcomer is told last who says `word`."""
    client = node.connect()
    # Each is called otherwise: the other node may not know yet that the last has left.
    client.send("REPLAY off", f"PASS {word}", f"NICK anna{next(_numbers)}")
    while not (line := client.line()).startswith("* In #lobby: "):
        if line.startswith("ERR 464 This server has a password"):
            break
    client.send("QUIT")
    client.rest()
    client.close()
    return "wrong" if line.startswith("ERR") else "in"


def processes(cluster: Cluster) -> str:
    return "".join(
        Path(f"/proc/{node.pid}/cmdline").read_text() for node in cluster.nodes.values()
    )


def test_settings_change_while_all_run(cluster: Cluster, tmp_path: Path) -> None:
    a, b = (cluster.nodes[name] for name in "ab")
    assert "max-clients: 10000" in cluster.admin("a", "settings")
    assert [come(node, OLD) for node in (a, b)] == ["in", "in"]

    said = cluster.admin("a", "settings", "set", "max-clients", "2")
    assert said == (
        "max-clients: 2 from now on; start every node with that --max-clients next\n"
    )
    cluster.wait_admin("b", "max-clients: 2", "settings")
    first, second = a.connect(), b.connect()
    for client in (first, second):
        client.expect("* Choose a nick")
    third = b.connect()
    third.expect("ERR 263 The server is full")
    for client in (first, second, third):
        client.close()
    cluster.admin("b", "settings", "set", "max-clients", "10000")

    said = cluster.admin("b", "settings", "set", "password", input=f"{NEW}\n")
    assert said.startswith("password: set from now on")
    assert [come(node, OLD) for node in (a, b)] == ["wrong", "wrong"]
    assert [come(node, NEW) for node in (a, b)] == ["in", "in"]
    assert "others could" not in cluster.admin("a", "settings", "set", "password", "x")

    cluster.stop_node("b")
    cluster.start("b", wait=False)
    assert cluster.nodes["b"].wait_exit() == 1
    line = "this node was started with other --password than the others"
    assert line in cluster.nodes["b"].said()
    cluster.nodes.pop("b").kill()
    b = cluster.start("b", "--password-file", str(tmp_path / "new"))
    assert [come(node, NEW) for node in (a, b)] == ["in", "in"]
    logs = "".join(path.read_text() for path in tmp_path.glob("*/*log"))
    for word in (OLD, NEW):
        assert word not in logs
        assert word not in processes(cluster)
        assert word not in cluster.redis.ask("XRANGE", "{twisted-chat}:log", "-", "+")


def test_who_was_cut_off_keeps_what_was_set(cluster: Cluster) -> None:
    """A log that is lost is opened from nodes that know of it."""
    cluster.admin("a", "settings", "set", "max-per-ip", "7")
    cluster.redis.stop()
    for path in cluster.redis.directory.glob("appendonlydir/*"):
        path.unlink()
    cluster.redis.start()
    said = cluster.admin("b", "settings", "set", "lobby-topic", "anyone")
    assert said.startswith("lobby-topic: anyone from now on"), "once the log is back"
    for name in cluster.nodes:
        cluster.wait_admin(name, "max-per-ip: 7", "settings")
