"""What a client may send by ssh, in which order, and how much of it."""

from __future__ import annotations

import gc
import re
import struct
from hashlib import sha256
from typing import Any
from weakref import finalize

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.transport import SSHTransportBase

from twisted_chat.doors.ssh import transport
from twisted_chat.doors.ssh.reader import PACKETS
from twisted_chat.doors.ssh.screen import PATIENCE
from twisted_chat.doors.ssh.transport import REKEYING, REKEYS, Transport

from .emulator import Emulator
from .ssh_support import ClientTransport, SSHClient, ssh_door
from .support import Client, World
from .test_ssh_login import netcat

SERVICE_REQUEST, KEXINIT, NEWKEYS, KEX_INIT = 5, 20, 21, 30
CHANNEL_FAILURE = 100


@pytest.fixture
def world() -> World:
    return World(ssh_door)


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


def talk(world: World, count: int = 200) -> Client:
    """carol says so many times 1000 characters."""
    carol = netcat(world, "carol")
    for number in range(count):
        carol.send(f"MSG {number} {'x' * 1000}")
        world.turn()
    return carol


# The order of messages


def fresh(world: World) -> Client:
    """A client that has sent its version, and nothing else."""
    client = world.connect()
    client.send_bytes(b"SSH-2.0-test\r\n")
    return client


def clear(number: int, payload: bytes) -> bytes:
    """A packet as it is before there are keys (RFC 4253, section 6)."""
    body = bytes([number]) + payload
    padding = 16 - (len(body) + 5) % 8
    length = struct.pack(">LB", len(body) + padding + 1, padding)
    return length + body + bytes(padding)


@pytest.mark.parametrize(
    "packet",
    [
        (SERVICE_REQUEST, NS(b"ssh-userauth")),
        (50, NS(b"alice") + NS(b"ssh-connection") + NS(b"none")),
        (52, b""),
        (90, NS(b"session") + bytes(12)),
        (NEWKEYS, b""),
        (KEX_INIT, NS(bytes(32))),
        (34, bytes(12)),
        (KEXINIT, b"short"),
        (6, NS(b"ssh-userauth")),
        (255, b""),
    ],
)
def test_nothing_comes_before_there_are_keys(
    world: World, packet: tuple[int, bytes]
) -> None:
    client = fresh(world)
    client.send_bytes(clear(*packet))
    assert client.connection.ended
    world.advance(3)
    assert client.closed
    assert world.hub.users == {}


def test_what_means_nothing_may_come_always(world: World) -> None:
    client = fresh(world)
    for number, payload in ((2, NS(b"ignore")), (4, b"\0" + NS(b"debug") + NS(b""))):
        client.send_bytes(clear(number, payload))
    assert not client.connection.ended


@pytest.mark.parametrize(
    "packet",
    [
        (SERVICE_REQUEST, NS(b"ssh-userauth")),
        (SERVICE_REQUEST, NS(b"ssh-connection")),
        (NEWKEYS, b""),
        (KEX_INIT, NS(bytes(32))),
        (93, struct.pack(">2L", 7, 1)),
        (94, struct.pack(">L", 7) + NS(b"x")),
        (94, struct.pack(">L", 0) + NS(b"x" * 33_000)),
        (95, struct.pack(">2L", 0, 1) + NS(b"x")),
        (96, b""),
        (98, struct.pack(">L", 0)),
        (40, b""),
    ],
)
def test_nor_out_of_place_later(world: World, packet: tuple[int, bytes]) -> None:
    carol, client = netcat(world, "carol"), entered(world)
    carol.bytes()
    client.client.sendPacket(*packet)
    assert client.closed
    assert "alice left" in carol.bytes().decode()


def test_who_has_logged_in_stays_who_they_are(world: World) -> None:
    client = entered(world)
    client.client.sendPacket(50, NS(b"bob") + NS(b"ssh-connection") + NS(b"none"))
    client.send("WHO")
    assert client.lines() == ["* In #lobby: alice"]


# How much


def test_a_packet_has_a_length(world: World) -> None:
    client = entered(world)
    client.client.sendPacket(2, NS(b"x" * 100_000))
    assert client.closed


def test_a_flood_of_packets_is_slowed_down(world: World) -> None:
    client = entered(world)
    for _ in range(int(PACKETS.burst) + 100):
        client.client.sendPacket(2, NS(b""))
    assert not client.transport.reading
    client.client.sendPacket(2, NS(b""))
    world.advance(1)
    assert client.transport.reading
    client.send("WHO")
    assert client.lines() == ["* In #lobby: alice"]


def test_and_ended_if_too_much_waits(world: World) -> None:
    client = entered(world)
    for _ in range(20_000):
        if not client.client.transport.closed and not client.connection.ended:
            client.client.sendPacket(2, NS(b"x" * 100))
    assert client.closed


def test_typing_costs_by_the_byte(world: World) -> None:
    client = on_screen(world)
    for _ in range(10):
        client.channel.write(b"\x1b[A" * 10_000)
        client.settle()
    assert not client.transport.reading


# Keys


def rekey(client: SSHClient) -> None:
    client.client.sendKexInit()
    client.settle()
    client.world.advance(0.1)
    client.settle()


def test_keys_may_be_exchanged_again(world: World) -> None:
    carol, client = netcat(world, "carol"), entered(world)
    before = client.client.currentEncryptions
    for number in range(int(REKEYS.burst)):
        rekey(client)
        carol.send(f"MSG {number}")
        assert f"carol: {number}" in client.lines()
    assert client.client.currentEncryptions is not before
    was = client.client.currentEncryptions
    client.connection._ssh._rekeys.take(REKEYS.burst)
    client.client.sendKexInit()
    client.settle()
    client.world.advance(0.5)
    client.settle()
    assert client.client.currentEncryptions is was, "more than that waits"
    for _ in range(int(REKEYS.burst)):
        client.world.advance(1)
        client.settle()
    assert client.client.currentEncryptions is not was
    carol.send("MSG still here")
    assert "carol: still here" in client.lines()


@pytest.mark.parametrize("why", ["an hour", "1 GiB down", "1 GiB up"])
def test_the_server_wants_new_keys(
    world: World, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 4253, section 9."""
    monkeypatch.setattr(transport, "KEYS_CARRY", 10_000)
    client = entered(world)
    before = client.client.currentEncryptions
    carol = talk(world, 15 if why == "1 GiB down" else 0)
    if why == "an hour":
        for _ in range(37):
            client.world.advance(100)
            client.send("PING x")
    elif why == "1 GiB up":
        client.send(f"NOTHING {'x' * 7000}", f"NOTHING {'x' * 7000}")
    client.send("PING x")
    for _ in range(3):
        client.settle()
        client.world.advance(0.1)
    assert client.client.currentEncryptions is not before
    before = client.client.currentEncryptions
    client.bytes()
    client.send("MSG hello")
    carol.send("MSG hello to you")
    assert "carol: hello to you" in client.lines()
    assert "alice: hello" in carol.lines()
    assert client.client.currentEncryptions is before


def test_a_client_may_speak_before_it_knows_of_new_keys(world: World) -> None:
    carol, client = netcat(world, "carol"), entered(world)
    client.client.ssh_KEXINIT = lambda packet: None
    client.connection._ssh._renew()
    client.send("MSG hello")
    assert carol.lines()[-1] == "alice: hello"
    assert not client.closed
    world.advance(REKEYING + 1)
    assert client.closed, "but not for ever"


def half_rekey(client: SSHClient) -> None:
    """Begin to exchange keys, and go no further."""
    client.client.ssh_KEXINIT = lambda packet: None
    client.client.sendKexInit()
    client.settle()


def test_what_is_said_meanwhile_waits_in_the_bounds_of_all_that_waits() -> None:
    world = World(ssh_door, send_queue=64 * 1024)
    client = entered(world)
    half_rekey(client)
    talk(world, 40)
    assert client.connection.wire.unsent > 30_000
    assert not client.transport.aborted
    talk_more = world.hub.users["carol"].sessions[0].local
    assert talk_more is not None
    for number in range(40):
        talk_more.say(f"{number} {'x' * 1000}")
        world.turn()
    assert client.transport.aborted


def test_keys_that_never_come_are_not_waited_for(world: World) -> None:
    client = entered(world)
    half_rekey(client)
    world.advance(REKEYING + 1)
    assert client.closed


class Hybrid(ClientTransport):
    """A client that agrees by ML-KEM and X25519; Conch's can't (draft-ietf-sshm-mlkem).

    :ivar short: bytes that are missing of its half.
    """

    supportedKeyExchanges = [b"mlkem768x25519-sha256"]
    short = 0
    agreed = False

    def ssh_KEXINIT(self, packet: bytes) -> None:
        SSHTransportBase.ssh_KEXINIT(self, packet)
        # Older ones don't have it.
        from cryptography.hazmat.primitives.asymmetric import mlkem

        self.kem = mlkem.MLKEM768PrivateKey.generate()
        self.curve = x25519.X25519PrivateKey.generate()
        keys = (self.kem.public_key(), self.curve.public_key())
        half = b"".join(key.public_bytes_raw() for key in keys)
        self.half = half[self.short :]
        self.sendPacket(KEX_INIT, NS(self.half))

    def ssh_KEX_DH_GEX_GROUP(self, packet: bytes) -> None:
        host, reply, signature = getNS(packet, 3)[:3]
        words, point = (
            reply[:-32],
            x25519.X25519PublicKey.from_public_bytes(reply[-32:]),
        )
        both = self.kem.decapsulate(words) + self.curve.exchange(point)
        secret = NS(sha256(both).digest())
        said = (
            *(self.ourVersionString, self.otherVersionString),
            *(self.ourKexInitPayload, self.otherKexInitPayload),
            *(host, self.half, reply),
        )
        digest = sha256(b"".join(map(NS, said)) + secret).digest()
        assert Key.fromString(host).verify(signature, digest)
        self.agreed = True
        self._keySetup(secret, digest)


@pytest.mark.skipif(
    Hybrid.supportedKeyExchanges[0] not in Transport.supportedKeyExchanges,
    reason="cryptography has no ML-KEM",
)
def test_keys_that_withstand_a_quantum_computer(world: World) -> None:
    client = SSHClient(world, kind=Hybrid)
    assert client.client.agreed
    client.shell("alice")
    client.send("WHO")
    assert client.lines()[-1] == "* In #lobby: alice"
    half = SSHClient(world, kind=type("Short", (Hybrid,), {"short": 1}))
    assert half.closed


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
