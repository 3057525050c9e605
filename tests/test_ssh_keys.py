"""The keys of ssh are exchanged in the beginning, and again and again."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.transport import SSHTransportBase

from twisted_chat.doors.ssh import transport
from twisted_chat.doors.ssh.transport import REKEYING, REKEYS, Transport

from .ssh_sessions import entered, talk
from .ssh_support import ClientTransport, SSHClient, ssh_door
from .support import World
from .test_ssh_login import netcat

KEX_INIT = 30


@pytest.fixture
def world() -> World:
    return World(ssh_door)


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
