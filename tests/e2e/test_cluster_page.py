"""The page on two servers that are one chat: who comes, comes to the next one.

Some of the page's tests run so; with ``CLUSTER_TESTS=all`` in the environment all do
that start one server and leave it alone.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import test_page, test_page_private, test_page_sending
from .browser import People
from .cluster import Cluster
from .nginx import running_nginx
from .support import Client, Server
from .test_page_staying import inside, register

ALL = os.environ.get("CLUSTER_TESTS") == "all"
SOME = (
    "test_two_browsers_and_netcat",
    "test_private_conversations_and_unread",
)
OPTIONS = ("--web", "tcp:0:interface=127.0.0.1", "--lobby-topic", "anyone")


class InTurn:
    """Two nodes that are used as one server, each for every second one who comes."""

    def __init__(self, *nodes: Server) -> None:
        self._nodes = nodes
        self._count = 0

    def _next(self) -> Server:
        self._count += 1
        return self._nodes[self._count % len(self._nodes)]

    @property
    def ports(self) -> list[int]:
        return self._next().ports

    def enter(self, nick: str, **more: Any) -> Client:
        return self._next().enter(nick, **more)

    def connect(self, **more: Any) -> Client:
        return self._next().connect(**more)


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[InTurn]:
    cluster = Cluster(tmp_path, "a", "b", options=OPTIONS)
    try:
        for node in cluster.nodes.values():
            node.wait_open(2)
        yield InTurn(*cluster.nodes.values())
        cluster.stop()
    finally:
        cluster.close()


def test_who_is_on_a_node_that_is_killed_goes_on_by_the_other(
    people: People, tmp_path: Path
) -> None:
    """Both are behind an nginx, of which people have the address.

    A browser stays logged in at both, whichever of them was asked for that.
    """
    cluster = Cluster(tmp_path, "a", "b", options=OPTIONS)
    try:
        for node in cluster.nodes.values():
            node.wait_open(2)
        webs = [node.ports[1] for node in cluster.nodes.values()]
        with running_nginx(tmp_path, *webs) as port:
            alice = people(f"http://localhost:{port}/").enter("alice")
            cluster.wait_admin("a", ", 1 people", "nodes")
            [line] = re.findall(".*, 1 people", cluster.admin("a", "nodes"))
            there = line.split()[0]
            [other] = [name for name in cluster.nodes if name != there]
            carol = cluster.nodes[other].enter("carol")
            carol.send("MSG before")
            alice.hears("before")
            erin = people(f"http://localhost:{port}/").enter("erin")
            register(erin)
            cluster.kill(there)
            carol.expect("* alice left the chat! (lost the server)")
            carol.send("MSG meanwhile")
            alice.hears("meanwhile")
            alice.say("here I am")
            carol.expect("here I am")
            assert alice.texts() == ["before", "meanwhile", "here I am"]
            erin.page.reload()
            inside(erin)
            erin.hears("here I am")
            alice.complaints.clear()
            erin.complaints.clear()
        cluster.stop_node(other)
    finally:
        cluster.close()


def _collect() -> None:
    for module in (test_page, test_page_private, test_page_sending):
        for name, test in vars(module).items():
            wanted = name.startswith("test_") if ALL else name in SOME
            if wanted and "chat" in inspect.signature(test).parameters:
                globals()[name] = test


_collect()
