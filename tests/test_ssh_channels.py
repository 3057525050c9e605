"""What a client may open by ssh, and what waits where it doesn't read."""

from __future__ import annotations

import gc
import re
from typing import Any
from weakref import finalize

import pytest
from twisted.conch.ssh.common import NS

from twisted_chat.doors.ssh.screen import PATIENCE

from .emulator import Emulator
from .ssh_sessions import entered, on_screen, talk
from .ssh_support import ClientTransport, SSHClient, ssh_door
from .support import World

CHANNEL_FAILURE = 100


@pytest.fixture
def world() -> World:
    return World(ssh_door)


# What may be opened


@pytest.mark.parametrize(
    "kind", [b"direct-tcpip", b"x11", b"forwarded-tcpip", b"auth-agent@openssh.com"]
)
def test_nothing_is_forwarded(world: World, kind: bytes) -> None:
    client = entered(world)
    other = type(client.channel)()
    other.name = kind
    connection: Any = client.channel.conn
    connection.openChannel(other)
    client.settle()
    assert other.refused
    assert not other.is_open
    assert not client.closed


def test_one_session_a_connection(world: World) -> None:
    client = entered(world)
    other = type(client.channel)()
    connection: Any = client.channel.conn
    connection.openChannel(other)
    client.settle()
    assert other.refused


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (b"subsystem", NS(b"sftp")),
        (b"x11-req", b"\0" + NS(b"MIT-MAGIC-COOKIE-1") + NS(b"00") + bytes(4)),
        (b"auth-agent-req@openssh.com", b""),
        (b"env", NS(b"LD_PRELOAD") + NS(b"evil.so")),
        (b"signal", NS(b"KILL")),
        (b"window-change", bytes(16)),
        (b"pty-req", b"short"),
        (b"__init__", b""),
        (b"\xff\xfe", b""),
    ],
)
def test_requests_that_are_refused(world: World, name: bytes, data: bytes) -> None:
    client = SSHClient(world)
    client.log_in("alice")
    client.open()
    assert not client.request(name, data)
    assert client.request(b"shell")
    assert not client.request(b"shell")
    assert not client.request(b"exec", NS(b"WHO"))
    assert not client.request(b"pty-req", NS(b"xterm") + bytes(16) + NS(b""))


def test_a_client_that_takes_a_byte_at_a_time_is_not_served(world: World) -> None:
    client = SSHClient(world)
    client.log_in("alice")
    client.open(most=1)
    assert client.channel.refused


@pytest.mark.parametrize("request_", [b"tcpip-forward", b"keepalive@openssh.com"])
def test_global_requests_are_answered_and_refused(
    world: World, request_: bytes
) -> None:
    client = entered(world)
    connection: Any = client.channel.conn
    answers: list[str] = []
    asked = connection.sendGlobalRequest(request_, b"", wantReply=1)
    asked.addCallbacks(lambda _: answers.append("yes"), lambda _: answers.append("no"))
    client.settle()
    assert answers == ["no"]
    assert not client.closed


# Who doesn't read


def stop_reading(client: SSHClient) -> None:
    """The client's window stays closed."""
    connection: Any = client.channel.conn
    connection.adjustWindow = lambda *_: None


def test_a_closed_window_bounds_what_waits() -> None:
    world = World(ssh_door, send_queue=64 * 1024)
    client = entered(world)
    stop_reading(client)
    talk(world, 250)
    assert client.transport.aborted
    assert client.connection.wire.unsent == 0


def test_a_window_is_never_overrun(world: World) -> None:
    client = entered(world, window=5000)
    stop_reading(client)
    talk(world, 20)
    client.settle()
    assert len(client.channel.heard) == 5000
    assert not client.transport.aborted
    connection: Any = client.channel.conn
    del connection.adjustWindow
    connection.adjustWindow(client.channel, 100_000)
    client.settle()
    assert client.bytes().decode().count("carol: ") == 20


def test_a_screen_is_not_painted_for_nobody() -> None:
    world = World(ssh_door, send_queue=64 * 1024)
    client = on_screen(world, window=1000)
    stop_reading(client)
    talk(world, 250)
    world.advance(5)
    assert not client.transport.aborted, "it waits for no more than one screen"
    assert 0 < client.connection.wire.unsent < 20_000
    world.advance(PATIENCE + 1)
    assert client.transport.aborted


def test_answers_wait_for_a_client_that_does_not_read(world: World) -> None:
    client = entered(world)
    client.transport.stall()
    client.transport.most = 4096
    for _ in range(500):
        connection: Any = client.channel.conn
        connection.sendGlobalRequest(b"keepalive@openssh.com", b"", wantReply=1)
    assert not client.transport.reading
    client.transport.take()
    assert client.transport.reading


@pytest.mark.parametrize("what", ["screen", "login", "exec"])
def test_whoever_is_gone_is_freed(world: World, what: str) -> None:
    """Without the search for cycles, which a server makes rarely."""
    talk(world, 3)
    if what == "screen":
        client = on_screen(world)
        client.send_bytes(b"half a line")
    else:
        client = SSHClient(world)
        client.log_in("alice" if what == "exec" else "carol")
        if what == "exec":
            client.open()
    freed: list[bool] = []
    finalize(client.connection, freed.append, True)
    world.advance(10)
    gc.disable()
    try:
        if what == "exec":
            client.request(b"exec", NS(b"WHO"))
        client.reset()
        world.advance(20)
        del client
        assert freed
    finally:
        gc.enable()


# Whose answers come late


class Late(ClientTransport):
    """A client whose answers to the server's questions come late.

    :ivar held: those that are still to come; None where they come at once.
    """

    held: list[bytes] | None = None

    def sendPacket(self, messageType: int, payload: bytes) -> None:
        if messageType == CHANNEL_FAILURE and self.held is not None:
            self.held.append(payload)
        else:
            super().sendPacket(messageType, payload)

    def answer(self) -> None:
        held, self.held = self.held or [], None
        for payload in held:
            self.sendPacket(CHANNEL_FAILURE, payload)


def seen(world: World, client: SSHClient, seconds: float) -> str:
    """The screen after so long a time."""
    world.advance(seconds)
    client.settle()
    emulator = Emulator(80, 24)
    emulator.write(bytes(client.channel.heard))
    return emulator.screen()


def test_lag_is_how_late_the_client_answers(world: World) -> None:
    client = on_screen(world, kind=Late)
    assert "lag" not in seen(world, client, 20)
    client.client.held = []
    assert "alice, lag 7 s" in seen(world, client, 16)
    client.client.answer()
    assert re.search(r"alice, lag [78]\.\d s$", seen(world, client, 1), re.M)
    assert "lag" not in seen(world, client, 5)


def test_who_answers_nothing_is_not_late(world: World) -> None:
    client = on_screen(world, kind=Late, held=[])
    assert "lag" not in seen(world, client, 100)
    assert len(client.client.held) == 1, "and is asked no more"
    assert not client.closed
