"""What tests of the textbook doors share."""

from __future__ import annotations

from typing import Any

from twisted_chat.doors.base import Door
from twisted_chat.doors.line import LineDoor
from twisted_chat.doors.textbook.lines import QUIET

from .support import Client, World


class Class:
    """A textbook door, and carol at the line door."""

    def __init__(self, door: type[Door], **settings: Any) -> None:
        self.world = World(door, **settings)
        self.lines = LineDoor(self.world.hub)
        self.carol = self.netcat("carol")

    def netcat(self, nick: str) -> Client:
        client = self.world.connect(door=self.lines)
        client.send(f"NICK {nick}")
        client.lines()
        return client

    def enter(self, nick: str) -> Client:
        client = self.world.connect()
        client.bytes()
        client.send_bytes(nick.encode())
        self.quiet()
        client.bytes()
        self.carol.bytes()
        return client

    def quiet(self) -> None:
        self.world.advance(QUIET * 2)
