"""Nodes of two versions are one chat, while they are upgraded one by one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import older
from .cluster import Cluster

OLD = (sys.executable, older.__file__)
CHANGE = ("settings", "set", "max-per-ip", "7")
UPGRADE_IT = "this server is older than another one: upgrade it"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Node b is of the older version."""
    cluster = Cluster(tmp_path, "a")
    try:
        cluster.start("b", wrapper=OLD)
        yield cluster
        cluster.stop()
    finally:
        cluster.close()


def test_nodes_are_upgraded_one_by_one(cluster: Cluster) -> None:
    a, b = (cluster.nodes[nick[0]].enter(nick) for nick in ("a1", "b2"))
    b.send("MSG hello")
    a.expect("b2: hello")
    for _ in range(2):
        refused = cluster.admin("a", *CHANGE)
        assert "Not every server can do that yet" in refused, "one can't"
        a.send("MSG go on")
        b.expect("a1: go on")
    b.send("JOIN #dev")
    a.send("JOIN #dev", "TOPIC as ever", "JOIN #lobby")
    b.expect("* #dev is about: as ever (a1)")
    cluster.stop_node("b")
    cluster.wait_admin("a", "max-per-ip: 7 from now on", *CHANGE)

    # It would have to follow what it doesn't know.
    cluster.start("b", wrapper=OLD, wait=False)
    node = cluster.nodes.pop("b")
    assert node.wait_exit() == 1
    # Whether it meets such a change, or begins with a snapshot past it.
    assert UPGRADE_IT in node.said()
    assert "Traceback" not in node.said()

    b = cluster.start("b", "--max-per-ip", "7").enter("b2")
    b.send("MSG upgraded")
    a.expect("b2: upgraded")
    assert "max-per-ip: 7" in cluster.admin("b", "settings")
    assert cluster.admin("b", *CHANGE[:-1], "9").startswith("max-per-ip: 9")
    cluster.wait_admin("a", "max-per-ip: 9", "settings")
    a.send("TOPIC #dev since then")
    a.expect("* #dev is about: since then (a1)")
    b.send("JOIN #dev", "HISTORY #dev")
    then = b.expect("] * #dev is about: ")
    assert then.endswith("since then (a1)"), "of what was before there is no record"
