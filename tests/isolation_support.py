"""A chat whose log takes its time, and is away where a test says so."""

from __future__ import annotations

from .irc_support import Network
from .support import Client, World, skip


class Later(World):
    later = True


class LaterNetwork(Network):
    later = True


def put(client: Client, *lines: str) -> None:
    """Send lines, of which nothing comes yet."""
    for line in lines:
        client.connection.dataReceived(f"{line}\n".encode())


def pair(world: World) -> tuple[Client, Client]:
    alice, bob = world.enter("alice"), world.enter("bob")
    skip(alice, bob)
    return alice, bob
