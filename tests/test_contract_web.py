"""The WebSocket door keeps the contract of every door."""

from __future__ import annotations

from twisted_chat.doors.web import WebDoor

from .contract import TEXT, Adapter, DoorContract, Heard
from .support import Client, World
from .websockets import BINARY, CLOSE, enter, events, frame, ponging


class WebAdapter(Adapter):
    """Echo off, so that the suite hears others only."""

    door = WebDoor
    endless = frame("x" * 600, fin=False)
    garbage = (
        b"\x00" * 64,
        frame(b"\x00\x01", BINARY),
        frame("x", 3),
        frame("x", 0),
        b"\x81\x05hello",
        frame(b"\xff\xff", 8),
    )

    def connect(self, world: World, host: str = "127.0.0.1") -> Client:
        return ponging(world, host)

    def hello(self, nick: str) -> bytes:
        return frame(f"NICK {nick}") + frame("ECHO off")

    def speech(self, nick: str, text: bytes) -> bytes:
        return frame(b"MSG " + text)

    def private(self, nick: str, to: str, text: str) -> bytes:
        return frame(f"PRIV {to} {text}")

    def goodbye(self, nick: str) -> bytes:
        return frame("QUIT")

    def heard(self, data: bytes) -> list[Heard]:
        return [
            Heard(event["nick"], event["text"])
            for event in events(data)
            if event["event"] == "message"
        ]

    def gone(self, data: bytes) -> list[str]:
        return [
            event["nick"]
            for event in events(data)
            if event["event"] == "leave" and "room" not in event
        ]


class TestWeb(DoorContract):
    adapter: Adapter = WebAdapter()

    def test_bad_utf8_is_refused(self) -> None:
        """By the WebSocket itself, with the code that RFC 6455 gives to it."""
        world = self.world()
        alice, bob = enter(world, "alice"), self.adapter.enter(world, "bob")
        carol = self.netcat(world)
        bob.bytes()
        alice.send_bytes(frame(b"MSG caf\xe9 \xc3("))
        close = alice.frames()[-1]
        assert (close.opcode, close.payload[:2]) == (CLOSE, (1007).to_bytes(2, "big"))
        assert TEXT.heard(carol.bytes()) == []
        assert self.adapter.heard(bob.bytes()) == []
        self.check_undisturbed(world, bob, carol)
