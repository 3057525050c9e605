"""The door for ssh keeps the contract of every door, by ``ssh -T``."""

from __future__ import annotations

from .contract import DoorContract, TextAdapter
from .ssh_support import SSHClient, ssh_door
from .support import Client, World


class SSHAdapter(TextAdapter):
    """What `hello` brings is brought by logging in."""

    door = staticmethod(ssh_door)  # type: ignore[assignment]
    garbage = (
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"SSH-1.5-old\r\n",
        b"SSH-2.0-x\r\n" + bytes(64),
        b"SSH-2.0-x\r\n" + b"\xff" * 64,
        b"x" * 300,
    )

    def connect(self, world: World, host: str = "127.0.0.1") -> Client:
        return SSHClient(world, host)

    def enter(self, world: World, nick: str) -> Client:
        client = SSHClient(world)
        client.shell(nick)
        client.bytes()
        return client


class TestSSH(DoorContract):
    adapter = SSHAdapter()
