"""Somebody at the full-screen interface, in a chat without a network.

world = World()
alice = Seat(world, "alice")
alice.type("hello\\r")
assert "hello" in alice.screen
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from twisted.internet.task import Clock

from twisted_chat.terminal import Interface, Settings, Size

from .emulator import Emulator
from .support import Client, World

PLAIN = Settings(zone=UTC, probe=0)


class Seat:
    """:param world: the chat; None for a test that plays the server itself.
    :ivar sent: the lines of the protocol that were sent.
    :ivar left: the reason with which the person left.
    """

    def __init__(
        self,
        world: World | None = None,
        nick: str = "alice",
        columns: int = 100,
        rows: int = 30,
        settings: Settings = PLAIN,
    ) -> None:
        self.world = world
        self.clock = world.clock if world else Clock()
        self.terminal = Emulator(columns, rows)
        self.sent: list[str] = []
        self.left: str | None = None
        self.suspended = 0
        self.peer: Client | None = None
        self.interface = Interface(self, self.clock, Size(columns, rows), settings)
        self.interface.start()
        if world is not None:
            self.connect(nick)

    # Home

    def write(self, data: bytes) -> None:
        self.terminal.write(data)

    def send(self, line: str) -> None:
        self.sent.append(line)
        if self.peer is not None:
            self.peer.send(line)

    def leave(self, reason: str) -> None:
        self.left = reason

    def suspend(self) -> None:
        self.suspended += 1

    # The connection

    def connect(self, nick: str) -> None:
        assert self.world is not None
        self.peer = self.world.connect()
        self.peer.send("FORMAT json", f"NICK {nick}")
        self.settle()

    def cut(self) -> None:
        """The connection is lost."""
        assert self.peer is not None
        self.settle()
        self.peer.reset()
        self.peer = None
        self.interface.disconnected("offline")
        self.settle()

    # The person

    def type(self, text: str) -> None:
        """Type keys as the terminal sends them, each in a packet of its own."""
        self.interface.received(text.encode())
        self.settle()

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.type(key)

    def paste(self, text: str) -> None:
        self.type(f"\x1b[200~{text}\x1b[201~")
        self.clock.advance(1)
        self.settle()

    def hear(self, **event: Any) -> None:
        self.interface.event({"at": "2023-11-14T22:13:20.000Z", **event})

    def settle(self) -> None:
        """Carry what was said to the interface, and let it paint."""
        while self.peer is not None and (data := self.peer.bytes()):
            for line in data.decode().splitlines():
                if line.startswith("{"):
                    self.interface.event(json.loads(line))
        self.clock.advance(0.2)

    @property
    def screen(self) -> str:
        self.settle()
        return self.terminal.screen()

    @property
    def messages(self) -> list[str]:
        """The rows of messages that aren't empty, without the people."""
        self.settle()
        rows = [row.split("│")[0].rstrip() for row in self.terminal.rows()[1:-2]]
        return [row for row in rows if row]

    @property
    def bar(self) -> str:
        self.settle()
        bars = [row for row in self.terminal.rows() if row.startswith(" 1:")]
        return bars[-1] if bars else ""

    @property
    def line(self) -> str:
        """What is being written, up to the cursor, without the prompt."""
        self.settle()
        return self.terminal.typed.partition("] ")[2]
