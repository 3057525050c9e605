"""The line door keeps the contract of every door, in both of its formats."""

from __future__ import annotations

import json
from typing import Any

from .contract import Adapter, DoorContract, Heard, TextAdapter


class JsonAdapter(TextAdapter):
    """FORMAT json, with its echo off so that the suite hears others only."""

    def hello(self, nick: str) -> bytes:
        return b"FORMAT json\n" + super().hello(nick) + b"ECHO off\n"

    def heard(self, data: bytes) -> list[Heard]:
        return [
            Heard(event["nick"], event["text"])
            for event in _events(data)
            if event["event"] == "message"
        ]

    def gone(self, data: bytes) -> list[str]:
        return [
            event["nick"]
            for event in _events(data)
            if event["event"] == "leave" and "room" not in event
        ]


def _events(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().splitlines()]


class TestText(DoorContract):
    adapter: Adapter = TextAdapter()


class TestJson(DoorContract):
    adapter: Adapter = JsonAdapter()
