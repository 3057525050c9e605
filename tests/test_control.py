"""The control socket: one request, one answer, and only for who may ask."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Sequence

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import capturedLogs

from twisted_chat.control import alone
from twisted_chat.control.base import MAX_LENGTH
from twisted_chat.control.server import (
    MAX_CONNECTIONS,
    PATIENCE,
    Answering,
    Control,
    Request,
    word,
)
from twisted_chat.events import ChatError


class Transport(StringTransport):
    """A transport whose peer is this process."""

    def __init__(self) -> None:
        super().__init__()
        self.ours, self.theirs = socket.socketpair()

    def getHandle(self) -> socket.socket:
        return self.ours

    def abortConnection(self) -> None:
        self.aborting = True

    aborting = False


async def greet(request: Request) -> Sequence[str]:
    return [f"hello {word(request, 'nick')}"]


async def refuse(request: Request) -> Sequence[str]:
    raise ChatError(400, "not today")


async def fail(request: Request) -> Sequence[str]:
    raise ZeroDivisionError


class Socket:
    def __init__(self) -> None:
        self.clock = Clock()
        commands = {"greet": greet, "refuse": refuse, "fail": fail, **alone.commands()}
        self.control = Control(commands, self.clock)
        self.transports: list[Transport] = []

    def connect(self) -> tuple[Answering, Transport]:
        protocol = self.control.buildProtocol(None)
        assert protocol is not None
        transport = Transport()
        self.transports.append(transport)
        protocol.makeConnection(transport)
        return protocol, transport

    def ask(self, line: bytes) -> object:
        protocol, transport = self.connect()
        protocol.dataReceived(line + b"\n")
        assert transport.disconnecting
        return json.loads(transport.value())


@pytest.fixture
def control() -> Iterator[Socket]:
    made = Socket()
    yield made
    for transport in made.transports:
        transport.ours.close()
        transport.theirs.close()


def test_a_request_is_answered(control: Socket) -> None:
    assert control.ask(b'{"do": "greet", "nick": "bob"}') == {"said": ["hello bob"]}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"do": "refuse"}', "not today"),
        (b'{"do": "greet"}', "the request has no nick"),
        (b'{"do": "greet", "nick": 7}', "the request has no nick"),
        (b'{"do": "nodes"}', "this server is alone: it was started without --bus"),
        (b'{"do": "bus-open"}', "this server is alone: it was started without --bus"),
        (b'{"do": "dance"}', "this server does not know how to do that"),
        (b"{}", "this server does not know how to do that"),
        (b"[]", "a request is one JSON object in a line"),
        (b"\xff", "a request is one JSON object in a line"),
    ],
)
def test_what_cannot_be_done_is_refused(control: Socket, line: bytes, why: str) -> None:
    assert control.ask(line) == {"refused": why}


def test_a_bug_is_logged_and_told(control: Socket) -> None:
    with capturedLogs() as logs:
        assert "a bug" in str(control.ask(b'{"do": "fail"}'))
    assert "ZeroDivisionError" in str(logs)


def test_one_request_a_connection(control: Socket) -> None:
    protocol, transport = control.connect()
    protocol.dataReceived(b'{"do": "greet", "nick": "a"}\n' * 2)
    assert transport.value().count(b"\n") == 1


def test_others_are_not_heard(control: Socket, monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: user + 1)
    if user == 0:
        monkeypatch.setattr(
            "twisted_chat.control.server.user_of", lambda connection: 4242
        )
    _, transport = control.connect()
    assert transport.aborting


def test_who_says_nothing_is_let_go(control: Socket) -> None:
    _, transport = control.connect()
    control.clock.advance(PATIENCE - 1)
    assert not transport.aborting
    control.clock.advance(2)
    assert transport.aborting


def test_a_request_has_an_end(control: Socket) -> None:
    protocol, transport = control.connect()
    protocol.dataReceived(b"x" * (MAX_LENGTH + 1))
    assert transport.aborting or transport.disconnecting


def test_not_too_many_at_once(control: Socket) -> None:
    for _ in range(MAX_CONNECTIONS):
        control.connect()
    assert control.control.buildProtocol(None) is None
