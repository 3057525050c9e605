"""What tests of the IRC door share: people who speak IRC, in memory."""

from __future__ import annotations

import base64
import re
from functools import partial
from typing import Any, NamedTuple

from tests.support import Client, World
from twisted_chat.doors.base import Door
from twisted_chat.doors.irc import IRCDoor
from twisted_chat.doors.line import LineDoor

ALL_CAPS = (
    "account-notify account-tag away-notify batch echo-message extended-join "
    "invite-notify labeled-response message-tags multi-prefix server-time setname "
    "standard-replies userhost-in-names"
)


IN_LOBBY = partial(IRCDoor, autojoin=["#lobby"])
"""The door as most tests want it: who comes in is in the lobby, as at others."""

S = ":irc.Test"
ALICE = ":alice!~alice@guest"
OWNER = ":alice!~alice@account-alice"
BOB = ":bob!~bob@guest"

GUEST = re.compile(r"guest-[0-9a-f]{10}")


def sasl(nick: str, password: str) -> str:
    """The line that proves an account with SASL PLAIN."""
    data = f"\0{nick}\0{password}".encode()
    return f"AUTHENTICATE {base64.b64encode(data).decode()}"


class Case(NamedTuple):
    """What somebody sends, and is answered; "…" in an answer is anything."""

    source: str
    sent: tuple[str, ...]
    answer: tuple[str, ...]
    caps: str = ""


def names(cases: list[Case]) -> list[str]:
    """What tests of `cases` are called."""
    return [f"{case.source}-{case.sent[0][:20]}" for case in cases]


def matches(expected: str, line: str) -> bool:
    pattern = ".*".join(map(re.escape, expected.split("…")))
    return re.fullmatch(pattern, line) is not None


def check(case: Case, answer: list[str]) -> None:
    assert len(answer) == len(case.answer), answer
    for expected, line in zip(case.answer, answer, strict=True):
        assert matches(expected, line), (expected, line)
    assert all(len(line.encode()) <= 510 for line in answer if line[0] != "@")


class IRCClient(Client):
    """As `Client`, but the random part of guests' hosts is left out."""

    def lines(self) -> list[str]:
        return [GUEST.sub("guest", line) for line in super().lines()]


class Network(World):
    """A chat with an IRC door, and a line door beside it.

    :param settings: as for `World`.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(IN_LOBBY, **{"name": "Test", "idle": 1_000_000, **settings})
        self.lines = LineDoor(self.hub)

    def connect(
        self, host: str | None = "127.0.0.1", door: Door | None = None
    ) -> Client:
        client = super().connect(host, door)
        return IRCClient(self, client.connection)

    def irc(self, nick: str, caps: str = "", about: str = "") -> Client:
        """Somebody with an IRC client in the lobby, who has read all so far."""
        client = self.connect()
        if caps:
            client.send(f"CAP REQ :{caps}")
        client.send(f"NICK {nick}", f"USER {nick} 0 * :{about or nick.title()}")
        if caps:
            client.send("CAP END")
        client.lines()
        return client

    def netcat(self, nick: str) -> Client:
        """Somebody at the line door, likewise."""
        client = self.connect(door=self.lines)
        client.send(f"NICK {nick}")
        client.lines()
        return client
