"""What tests of the client share: one run of it, in memory."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.task import Clock

from twisted_chat.client.connection import ChatConnection, Credentials
from twisted_chat.client.screen import Pipe
from twisted_chat.client.talk import PipedTalk, Talk

from .support import MemoryTransport, World


class Standard:
    """Standard input, as a talk sees it."""

    reading = False

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True


class Run:
    """One run of the client, against `world` or whatever a test plays."""

    def __init__(
        self, world: World | None = None, nick: str = "alice", password: str = ""
    ) -> None:
        self.world = world
        self.clock = world.clock if world else Clock()
        self.output: list[str] = []
        self.complaints: list[str] = []
        self.status: int | None = None
        self.talk = self.make_talk()
        self.talk.input = self.input = Standard()
        self.transport = MemoryTransport(self.clock)
        self.connection = ChatConnection(
            Credentials(nick, password), self.talk, self.clock
        )
        self.transport.protocol = self.connection
        self.talk.start(self.connection)
        self.peer = world.connect() if world else None
        self.sent = 0
        self.connection.makeConnection(self.transport)
        self.settle()

    def make_talk(self) -> Talk:
        return PipedTalk(Pipe(self.output.append), self.over, self.complaints.append)

    def over(self, status: int) -> None:
        self.status = status

    def settle(self) -> None:
        """Carry bytes both ways until there are none."""
        if self.peer is None:
            return
        moved = True
        while moved:
            up = bytes(self.transport.taken[self.sent :])
            self.sent += len(up)
            if up and self.peer.transport.connected:
                self.peer.send_bytes(up)
            down = self.peer.bytes()
            if down and self.transport.connected:
                self.connection.dataReceived(down)
            moved = bool(up or down)
        if self.peer.transport.disconnecting or not self.peer.transport.connected:
            self.transport.lose()

    def lines(self, *lines: str) -> None:
        for line in lines:
            self.talk.line(line)
        self.settle()

    def end(self) -> None:
        self.talk.end_of_input()
        self.settle()
        if self.world is not None:
            self.world.advance(3)
        self.settle()

    def hear(self, *lines: bytes) -> None:
        """What a server says that a test plays."""
        for line in lines:
            self.connection.dataReceived(line + b"\n")

    def wrote(self) -> list[str]:
        return bytes(self.transport.taken).decode().splitlines()


def event(kind: str, **fields: Any) -> bytes:
    return json.dumps(
        {"event": kind, "at": "2023-11-14T22:13:20.000Z", **fields}
    ).encode()


def let_in(run: Run, nick: str = "alice") -> None:
    run.hear(event("nick", old=None, nick=nick, you=True))
