"""Clients that have come in by ssh, and somebody who talks to them."""

from __future__ import annotations

from .ssh_support import ClientTransport, SSHClient
from .support import Client, World
from .test_ssh_login import netcat


def entered(world: World, nick: str = "alice", **window: int) -> SSHClient:
    client = SSHClient(world)
    assert client.log_in(nick)[-1] == "success"
    client.open(**window)
    assert client.request(b"shell")
    client.bytes()
    return client


def on_screen(
    world: World,
    nick: str = "alice",
    kind: type[ClientTransport] = ClientTransport,
    held: list[bytes] | None = None,
    **window: int,
) -> SSHClient:
    client = SSHClient(world, kind=kind)
    client.client.held = held
    assert client.log_in(nick)[-1] == "success"
    client.open(**window)
    assert client.pty()
    assert client.request(b"shell")
    world.advance(1)
    return client


def talk(world: World, count: int = 200) -> Client:
    """carol says so many times 1000 characters."""
    carol = netcat(world, "carol")
    for number in range(count):
        carol.send(f"MSG {number} {'x' * 1000}")
        world.turn()
    return carol
