"""The Redis between the nodes: who reads along, and what an operator does."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from .certificate import self_signed
from .cluster import Cluster
from .test_cluster_failures import check_alive, emptied

SECRET = "word-of-the-redis"
PASSWORD = "correct-horse"


@pytest.fixture
def clusters() -> Iterator[list[Cluster]]:
    """Those of a test, which are stopped in order when it is over."""
    made: list[Cluster] = []
    try:
        yield made
        for cluster in made:
            cluster.stop()
    finally:
        for cluster in made:
            cluster.close()


def talk(cluster: Cluster) -> None:
    alice, bob = cluster.nodes["a"].enter("alice"), cluster.nodes["b"].enter("bob")
    alice.send(f"REGISTER {PASSWORD}", "MSG in-the-room", "PRIV bob in-private")
    for text in ("in-the-room", "in-private"):
        bob.expect(text)
    bob.send("MSG back-again")
    alice.expect("bob: back-again")


def fails(cluster: Cluster, name: str, *options: str) -> str:
    """What a node says that can't be one of these."""
    cluster.start(name, *options, wait=False)
    node = cluster.nodes.pop(name)
    assert node.wait_exit() == 1
    assert "Traceback" not in node.log()
    return node.said()


def test_a_redis_with_tls_and_a_password(
    clusters: list[Cluster], tmp_path: Path
) -> None:
    pem = self_signed(tmp_path, "localhost")
    redis = (
        *("--port", "0", "--tls-port", "PORT", "--tls-auth-clients", "no"),
        *("--tls-cert-file", str(pem), "--tls-key-file", str(pem)),
        *("--tls-ca-cert-file", str(pem), "--requirepass", SECRET),
    )
    url = f"rediss://:{SECRET}@localhost:PORT/0?ca={pem}"
    cluster = Cluster(tmp_path / "cluster", redis=redis, bus=f"file:{tmp_path}/bus")
    clusters.append(cluster)
    (tmp_path / "bus").write_text(url.replace("PORT", str(cluster.redis.port)))
    for name in ("a", "b"):
        cluster.start(name)
    talk(cluster)
    (tmp_path / "untrusted").write_text(
        (tmp_path / "bus").read_text().partition("?")[0]
    )
    stranger = cluster.start(
        "stranger", "--bus", f"file:{tmp_path}/untrusted", wait=False
    )
    stranger.wait_log("certificate verify failed")
    assert "is up" not in stranger.log()
    shown = "".join(node.log() + node.said() for node in cluster.nodes.values())
    for node in cluster.nodes.values():
        shown += Path(f"/proc/{node.pid}/cmdline").read_text()
    assert SECRET not in shown
    b = cluster.nodes["b"]
    cluster.stop_node("b")
    assert "redis.link#warn" not in b.log(), "to stop is no trouble of each connection"


def test_a_redis_that_can_read_nothing(clusters: list[Cluster], tmp_path: Path) -> None:
    keys = {name: tmp_path / name for name in ("right", "wrong")}
    for path in keys.values():
        path.write_text(secrets.token_hex(32))
        path.chmod(0o600)
    cluster = Cluster(
        tmp_path / "cluster", "a", options=("--bus-key-file", str(keys["right"]))
    )
    clusters.append(cluster)
    cluster.start("b")
    talk(cluster)
    emptied(cluster)  # there is a snapshot with all of it in the next generation
    check_alive(cluster.nodes["b"])
    kept = [path.read_bytes() for path in cluster.redis.directory.glob("append*/*")]
    assert sum(map(len, kept)) > 1000
    for word in ("alice", "in-the-room", "in-private", "#lobby", "argon2"):
        assert not any(word.encode() in data for data in kept), word

    said = fails(cluster, "stranger", "--bus-key-file", str(keys["wrong"]))
    assert "it was encrypted with another key" in said
    said = fails(cluster, "keyless", "--bus-key-file", "")
    assert "it is encrypted, and there is no key" in said
    keys["wrong"].chmod(0o640)
    assert "chmod 600" in fails(cluster, "open", "--bus-key-file", str(keys["wrong"]))
    talkers = [cluster.nodes[name].enter(f"{name}2") for name in "ab"]
    talkers[0].send("MSG undisturbed")
    talkers[1].expect("a2: undisturbed")


def test_an_operator_opens_the_log_without_a_node(
    clusters: list[Cluster], tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path, "a", "b", "c")
    clusters.append(cluster)
    alice, bob = cluster.nodes["a"].enter("alice"), cluster.nodes["b"].enter("bob")
    carol = cluster.nodes["c"].enter("carol")
    bob.send("REPLAY on")  # else it may be said before he is back
    carol.send("MSG before")
    bob.expect("carol: before")
    refused = "the log is open, or can't be reached"
    assert refused in cluster.admin("a", "bus", "open")

    cluster.kill("c")
    emptied(cluster)
    alice.expect("* This server has lost the others")
    alice.send("MSG it waits")
    waits = "the log is sealed and waits for c: start what is missing"
    cluster.wait_admin("a", waits, "nodes")
    assert cluster.admin("a", "bus", "open").startswith("the log is opened from what")
    bob.expect("alice: it waits")
    bob.send("MSG it goes on")
    alice.expect("bob: it goes on")

    cluster.nodes.pop("c")
    again = cluster.start("c").connect()
    again.send("NICK dora")
    for text in ("carol: before", "alice: it waits", "bob: it goes on"):
        again.expect(text)
