"""Three servers that are one chat, people at three of its doors, and what befalls them.

``python -m tests.e2e.chaos --seconds 600`` kills, stops and continues nodes at random,
and restarts, kills, stops and empties their Redis, while people talk by lines, IRC and
WebSocket.  At the end all that anybody was shown must be in the history of every node,
once, and in the order in which it was shown.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import select
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from twisted_chat.storage.recorder import PACE

from ..websockets import PING, PONG, TEXT, frame, frames, handshake
from .cluster import Cluster, Message
from .support import wait_for

ROOM = "#talk"
NODES = ("a", "b", "c")
DOORS = ("line", "irc", "web")
EVERY = 0.1
"""Seconds between two messages of one person."""
# Before what is shown to who was away, where a client knows no times.
_SAID_AT = re.compile(r"^\[\d\d:\d\d\] ")
SETTLING = 120.0
"""Seconds after which all must be up and quiet at the end."""


class Dialect:
    """How one speaks at a door: lines and JSON."""

    def hello(self, nick: str) -> bytes:
        return self.lines("FORMAT json", "REPLAY off", f"NICK {nick}", f"JOIN {ROOM}")

    def say(self, text: str) -> bytes:
        return self.lines(f"MSG {text}")

    def lines(self, *lines: str) -> bytes:
        return "".join(f"{line}\n" for line in lines).encode()

    def cut(self, data: bytes) -> tuple[list[bytes], bytes, bytes]:
        """What has come whole, what is left, and what to answer at once."""
        *lines, rest = data.split(b"\n")
        return lines, rest, b""

    def shown(self, line: bytes) -> str:
        """The message that it shows; empty for none."""
        if not line.startswith(b"{"):
            return ""  # the greeting, before FORMAT
        event = json.loads(line)
        spoken = event["event"] == "message" and event["room"] == ROOM
        return str(event["text"]) if spoken else ""


class Irc(Dialect):
    def hello(self, nick: str) -> bytes:
        return self.lines(f"NICK {nick}", f"USER {nick} 0 * :{nick}", f"JOIN {ROOM}")

    def say(self, text: str) -> bytes:
        return self.lines(f"PRIVMSG {ROOM} :{text}")

    def cut(self, data: bytes) -> tuple[list[bytes], bytes, bytes]:
        lines, rest, _ = super().cut(data)
        pings = [line[4:] for line in lines if line.startswith(b"PING ")]
        return lines, rest, b"".join(b"PONG" + ping + b"\n" for ping in pings)

    def shown(self, line: bytes) -> str:
        _, _, text = line.decode().rstrip("\r").partition(f" PRIVMSG {ROOM} :")
        return _SAID_AT.sub("", text)


class Web(Dialect):
    def hello(self, nick: str) -> bytes:
        said = self.lines("REPLAY off", "ECHO off", f"NICK {nick}", f"JOIN {ROOM}")
        return handshake() + said

    def lines(self, *lines: str) -> bytes:
        return b"".join(map(frame, lines))

    def cut(self, data: bytes) -> tuple[list[bytes], bytes, bytes]:
        head, end, behind = data.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/"):
            if not end:
                return [], data, b""
            data = behind
        found, rest = frames(data)
        pongs = (frame(each.payload, PONG) for each in found if each.opcode == PING)
        texts = (each.payload for each in found if each.opcode == TEXT)
        return (
            [line for text in texts for line in text.splitlines()],
            rest,
            b"".join(pongs),
        )


DIALECTS = {"line": Dialect(), "irc": Irc(), "web": Web()}


class Person(threading.Thread):
    """Somebody who talks, and comes again by another node when their own is lost.

    :ivar shown: what each of their connections was shown, in order.
    """

    def __init__(self, cluster: Cluster, door: str, number: int, chance: random.Random):
        super().__init__(daemon=True)
        self._cluster = cluster
        self._door = door
        self._dialect = DIALECTS[door]
        self._name = f"{door}{number}"
        self._chance = chance
        self._silent = threading.Event()
        self._over = threading.Event()
        self.shown: list[list[str]] = []
        self.said = 0
        self.bugs: list[Exception] = []

    def hush(self) -> None:
        """Say no more, and listen on."""
        self._silent.set()

    def end(self) -> None:
        self._over.set()
        self.join(10)

    def run(self) -> None:
        while not self._over.is_set():
            try:
                name = self._chance.choice(self._cluster.running)
                port = self._cluster.nodes[name].ports[DOORS.index(self._door)]
                with socket.create_connection(("127.0.0.1", port), 5) as connection:
                    self._live(connection)
            except (OSError, IndexError, KeyError):
                time.sleep(0.5)
            except Exception as error:
                self.bugs.append(error)
                return

    def _live(self, connection: socket.socket) -> None:
        dialect = self._dialect
        self.shown.append([])
        nick = f"{self._name}x{len(self.shown)}"
        connection.sendall(dialect.hello(nick))
        unread, due = b"", time.monotonic() + 2 * EVERY
        while not self._over.is_set():
            if time.monotonic() >= due and not self._silent.is_set():
                due = time.monotonic() + EVERY
                self.said += 1
                connection.sendall(dialect.say(f"{nick} says {self.said}"))
            if not select.select([connection], [], [], EVERY / 4)[0]:
                continue
            data = connection.recv(65536)
            if not data:
                return
            lines, unread, answer = dialect.cut(unread + data)
            connection.sendall(answer)
            self.shown[-1] += filter(None, map(dialect.shown, lines))


class Misfortunes:
    """What may befall a cluster; each leaves it to be mended by `mend`."""

    def __init__(self, cluster: Cluster, chance: random.Random, pause: float) -> None:
        self._cluster = cluster
        self._chance = chance
        self._pause = pause
        self.log: list[str] = []

    def befall(self, do: Callable[[], None]) -> None:
        self.log.append(do.__name__)
        do()

    def kill(self) -> None:
        name = self._chance.choice(NODES)
        self._cluster.kill(name)
        time.sleep(self._chance.choice((0.0, 2.0, 12.0)))
        self._cluster.start(name, wait=False)

    def stop_node(self) -> None:
        """In order."""
        name = self._chance.choice(NODES)
        # Before that it doesn't listen to signals, either.
        self._cluster.nodes[name].wait_open(len(DOORS))
        self._cluster.stop_node(name)
        self._cluster.start(name, wait=False)

    def stand_still(self) -> None:
        node = self._cluster.nodes[self._chance.choice(NODES)]
        node.signal(signal.SIGSTOP)
        time.sleep(self._pause)
        node.signal(signal.SIGCONT)

    def restart_redis(self) -> None:
        self._cluster.redis.stop()
        self._cluster.redis.start()

    def kill_redis(self) -> None:
        self._cluster.redis.stop(signal.SIGKILL)
        time.sleep(1)
        self._cluster.redis.start()

    def stop_redis(self) -> None:
        self._cluster.redis.signal(signal.SIGSTOP)
        time.sleep(min(self._pause, 10.0))
        self._cluster.redis.signal(signal.SIGCONT)

    def empty_redis(self) -> None:
        redis = self._cluster.redis
        redis.stop(signal.SIGKILL)
        for path in redis.directory.glob("appendonlydir/*"):
            path.unlink()
        redis.start()


class Report(NamedTuple):
    """:ivar messages: in the history; `shown`: how often one was shown to somebody."""

    messages: int
    shown: int
    connections: int
    befell: list[str]


def run(directory: Path, seconds: float, seed: int, pause: float = 30.0) -> Report:
    """Have all that happen for so many seconds.

    :param pause: for how many seconds a node stands still.
    :raises AssertionError: something is lost, doubled, or in another order.
    """
    chance = random.Random(seed)
    options = ["--irc", "tcp:0", "--web", "tcp:0"]
    cluster = Cluster(directory, *NODES, options=options)
    people: list[Person] = []
    try:
        for name in NODES:
            cluster.nodes[name].wait_open(len(DOORS))
        for number in range(2):
            for door in DOORS:
                own = random.Random(chance.random())
                people.append(Person(cluster, door, number, own))
        for person in people:
            person.start()
        befell = _befall(Misfortunes(cluster, chance, pause), chance, seconds)
        said = _settle(cluster, people)
        for person in people:
            person.end()
            for bug in person.bugs:
                raise bug
        count = _check(said, [ear for person in people for ear in person.shown])
        ears = sum(len(person.shown) for person in people)
        cluster.stop()
        return Report(len(said), count, ears, befell)
    finally:
        for person in people:
            person.end()
        cluster.close()


def _befall(
    misfortunes: Misfortunes, chance: random.Random, seconds: float
) -> list[str]:
    """All kinds in turn, shuffled anew each time; Redis is emptied once."""
    end = time.monotonic() + seconds
    usual = [
        misfortunes.kill,
        misfortunes.stand_still,
        misfortunes.kill_redis,
        misfortunes.stop_redis,
        misfortunes.restart_redis,
        misfortunes.stop_node,
    ]
    due = [misfortunes.empty_redis]
    time.sleep(2)
    while time.monotonic() < end:
        if len(due) <= 1:
            due += chance.sample(usual, len(usual))
        misfortunes.befall(due.pop(0 if len(misfortunes.log) == 3 else -1))
        time.sleep(chance.choice((0.5, 2.0, 5.0)))
    return misfortunes.log


def _settle(cluster: Cluster, people: Iterable[Person]) -> list[Message]:
    """Have all come to the end of what is said; what the files have of it."""
    for name in NODES:
        wait_for(lambda n=name: _is_up(cluster, n), f"{name} to be up", SETTLING)  # type: ignore[misc]
    time.sleep(2)
    for person in people:
        person.hush()
    wait_for(lambda: _is_quiet(cluster), "what was still to be said", SETTLING)
    last = cluster.nodes["a"].enter("last")
    last.send(f"JOIN {ROOM}", "MSG the last word")
    said = cluster.settled_history(ROOM, "the last word")
    last.close()
    return said


def _is_up(cluster: Cluster, name: str) -> bool:
    node = cluster.nodes[name]
    if node.process.poll() is not None:
        raise AssertionError(f"{name} has stopped: {node.said()}\n{node.log()[-3000:]}")
    return f"node {name} is up" in node.log() and len(node.ports) == len(DOORS)


def _is_quiet(cluster: Cluster) -> bool:
    before = [cluster.history(name) for name in cluster.running]
    time.sleep(3 * PACE)
    return before == [cluster.history(name) for name in cluster.running]


def _check(said: list[Message], ears: Iterable[list[str]]) -> int:
    """Gives how much was shown in all."""
    assert [message.id for message in said] == list(range(1, len(said) + 1))
    ids = {message.text: message.id for message in said}
    assert len(ids) == len(said), "something was said twice"
    count = 0
    for shown in ears:
        missing = [text for text in shown if text not in ids]
        assert not missing, f"shown, and in no history: {missing[:5]}"
        order = [ids[text] for text in shown]
        assert sorted(set(order)) == order, "shown twice, or in another order"
        count += len(shown)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.chaos")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        report = run(Path(directory) / "cluster", given.seconds, given.seed)
    print(
        f"{report.messages} messages, shown {report.shown} times on"
        f" {report.connections} connections; all are in the history of {len(NODES)}"
        f" nodes, once and in order.  What befell: {', '.join(report.befell)}"
    )


if __name__ == "__main__":
    main()
