"""Several real servers that are one chat, by a real Redis, and what befalls them.

def test_talk(cluster: Cluster) -> None:
    alice, bob = cluster.nodes["a"].enter("alice"), cluster.nodes["b"].enter("bob")
    alice.send("MSG hello")
    bob.expect("alice: hello")
"""

from __future__ import annotations

import json
import select
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from .redis import RedisServer
from .support import LOG, PATIENCE, Server, wait_for

FILE = "twisted-chat.sqlite"


class Message(NamedTuple):
    """What the history's file has of one message."""

    room: str
    id: int
    at: float
    kind: str
    nick: str
    text: str


class Cluster:
    """Nodes with a directory each, and their Redis.

    :param options: of every node, besides those by which it is one.
    :param redis: of Redis, as in `RedisServer`.
    :param bus: where the nodes find it; ``PORT`` in it stands for the port.
    :ivar nodes: those that were started last, by name.
    """

    def __init__(
        self,
        directory: Path,
        *names: str,
        options: Sequence[str] = (),
        redis: Sequence[str] = (),
        bus: str = "redis://127.0.0.1:PORT",
    ) -> None:
        self._directory = directory
        self._options = options
        (directory / "redis").mkdir(parents=True)
        self.redis = RedisServer(directory / "redis", *redis)
        self._bus = bus.replace("PORT", str(self.redis.port))
        self.nodes: dict[str, Server] = {}
        self._started: list[Server] = []
        self.redis.start()
        for name in names:
            self.start(name, wait=False)
        for name in names:
            self.wait_up(name)

    # Nodes

    def start(
        self, name: str, *options: str, wait: bool = True, wrapper: Sequence[str] = ()
    ) -> Server:
        """Start a node, on the directory that it had before, if it had one.

        :param wrapper: as in `Server`.
        """
        cwd = self.directory(name)
        if (cwd / LOG).exists():
            (cwd / LOG).rename(cwd / f"{len(self._started)}-{LOG}")
        joining = ("--flood", "off", "--bus", self._bus, "--node", name)
        self.nodes[name] = node = Server(
            cwd, *joining, *self._options, *options, wait=False, wrapper=wrapper
        )
        self._started.append(node)
        if wait:
            self.wait_up(name)
        return node

    @property
    def running(self) -> list[str]:
        """The names of the nodes that run."""
        return [n for n, node in self.nodes.items() if node.process.poll() is None]

    def wait_up(self, name: str) -> None:
        node = self.nodes[name]
        node.wait_open()
        node.wait_log(f"node {name} is up")

    def directory(self, name: str) -> Path:
        path = self._directory / name
        path.mkdir(exist_ok=True)
        return path

    def stop_node(self, name: str) -> None:
        """End it in order, and forget it; fails if it ran badly."""
        node = self.nodes.pop(name)
        if node.process.returncode is None:
            node.stop()

    def kill(self, name: str) -> None:
        self.nodes[name].process.kill()
        self.nodes[name].process.wait()

    def wait_empty(self) -> None:
        """Close what the nodes' clients are, and wait until nobody is in the chat.

        Raises AssertionError if somebody stays.
        """
        for node in self.nodes.values():
            for client in node.clients:
                client.close()
            node.clients.clear()
        watcher = self.nodes[self.running[0]].connect()
        watcher.send("NICK watcher", "JOIN #lobby")

        def alone() -> bool:
            watcher.send("WHO")
            return watcher.expect("* In #lobby: ") == "* In #lobby: watcher"

        wait_for(alone, "all to have left")
        watcher.send("QUIT")
        watcher.rest()
        watcher.close()
        self.settle(self.running[0])

    def settle(self, name: str) -> None:
        """Wait until what was done on a node is in the log, also where nobody was told.

        Whoever comes to another node after that comes after it: they are let in once
        that node has read all that is before them.
        """
        client = self.nodes[name].connect()
        client.expect("* Choose a nick")
        client.close()

    def admin(self, name: str, *words: str, input: str = "") -> str:
        """What ``twisted-chat-admin`` says of a node, and why it can't."""
        program = "from twisted_chat.admin import main; main()"
        database = str(self.directory(name) / FILE)
        command = (sys.executable, "-c", program, "--database", database, *words)
        done = subprocess.run(
            command, input=input, capture_output=True, text=True, timeout=PATIENCE
        )
        return done.stdout + done.stderr

    def wait_admin(self, name: str, text: str, *words: str) -> None:
        """Wait until ``twisted-chat-admin`` says `text`: a node follows the others."""
        wait_for(lambda: text in self.admin(name, *words), f"{text!r} of {name}")

    # What they have

    def history(self, name: str) -> list[Message]:
        """All messages in the file of a node, room by room, by ascending id."""
        path = self.directory(name) / FILE
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
            found = file.execute(
                "SELECT rooms.name, id, at, kind, nick, text FROM messages"
                " JOIN rooms ON messages.room = rooms.number"
                " ORDER BY rooms.name, messages.id"
            )
            return [Message(*row) for row in found]

    def places(self, name: str) -> set[str]:
        """The folded names of rooms, and others' keys, in the file of a node."""
        path = self.directory(name) / FILE
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
            return {row[0] for row in file.execute("SELECT key FROM rooms")}

    def settled_history(self, room: str, text: str) -> list[Message]:
        """What all nodes that run have of `room`, which ends with `text`; the same."""

        def check() -> list[list[Message]]:
            found = [
                [message for message in self.history(name) if message.room == room]
                for name in self.running
            ]
            whole = all(each and each[-1].text == text for each in found)
            return found if whole else []

        first, *others = wait_for(check, f"{text!r} in the files of {self.running}")
        for other in others:
            assert other == first
        return list(first)

    # The end

    def stop(self) -> None:
        """End all in order; fails if one of them ran badly."""
        try:
            for node in self.nodes.values():
                if node.process.returncode is None:
                    node.signal(signal.SIGCONT)
                    node.stop()
        finally:
            self.close()

    def close(self) -> None:
        for node in self._started:
            node.kill()
        self.redis.stop()


class Talker:
    """Somebody who talks steadily in a room and notes what they are shown, in a thread.

    What they say is numbered, so that each text is said at most once.
    """

    def __init__(self, node: Server, nick: str, room: str, every: float = 0.02) -> None:
        self.nick = nick
        self.room = room
        self.seen: list[dict[str, Any]] = []
        self.said = 0
        self.closed = False
        self._every = every
        self._client = node.connect()
        self._client.send("FORMAT json", "REPLAY off", f"NICK {nick}", f"JOIN {room}")
        self._client.expect(f'"room":"{room}"')
        self._done = threading.Event()
        self._answered = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Say no more; what still comes is noted until `close`."""
        self._done.set()

    @property
    def silent(self) -> bool:
        """Whether all that was said is in the log, or lost with the connection."""
        return self._answered or not self._thread.is_alive()

    def close(self) -> None:
        self.stop()
        self._client.close()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        connection, unread = self._client.socket, b""
        due, asked = time.monotonic(), False
        while connection.fileno() >= 0:
            now = time.monotonic()
            try:
                if not self._done.is_set() and now >= due:
                    due = now + self._every
                    self.said += 1
                    self._client.send(f"MSG {self.nick} says {self.said}")
                if self._done.is_set() and not asked:
                    asked = True
                    self._client.send("PING silent")
                if not select.select([connection], [], [], self._every)[0]:
                    continue
                data = connection.recv(65536)
            except (OSError, ValueError):
                return
            if not data:
                self.closed = True
                return
            *lines, unread = (unread + data).split(b"\n")
            for event in map(json.loads, lines):
                if event["event"] == "message" and event["room"] == self.room:
                    self.seen.append(event)
                self._answered |= event["event"] == "pong"
