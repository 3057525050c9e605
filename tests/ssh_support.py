"""A client of ssh for unit tests, which needs no network: Conch's own."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.connection import SSHConnection
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.service import SSHService
from twisted.conch.ssh.session import packRequest_pty_req
from twisted.conch.ssh.transport import SSHClientTransport
from twisted.internet.defer import Deferred, succeed

from tests.support import Client, MemoryTransport, World
from twisted_chat.doors.base import Door
from twisted_chat.doors.ssh.door import SSHDoor
from twisted_chat.doors.ssh.host_key import HostKey
from twisted_chat.doors.ssh.transport import SIGNATURES
from twisted_chat.hub import Hub


@lru_cache
def host_key() -> HostKey:
    return HostKey(b"ssh-ed25519", make_key())


def make_key() -> Key:
    return Key(Ed25519PrivateKey.generate())


def ssh_door(hub: Hub) -> Door:
    return SSHDoor(hub, [host_key()])


class UserAuth(SSHService):
    """Logs in as a test says, request by request.

    :ivar answered: what the server has answered, by message number.
    """

    name = b"ssh-userauth"
    answered: list[tuple[int, bytes]]
    transport: Any

    def serviceStarted(self) -> None:
        self.answered = []

    def packetReceived(self, messageNum: int, packet: bytes) -> None:
        self.answered.append((messageNum, packet))

    def ask(self, nick: str, method: bytes, rest: bytes = b"") -> None:
        words = (nick.encode(), b"ssh-connection", method)
        self.transport.sendPacket(50, b"".join(map(NS, words)) + rest)

    def interview(self, nick: str) -> None:
        self.ask(nick, b"keyboard-interactive", NS(b"") + NS(b""))

    def answer(self, *words: str) -> None:
        count = len(words).to_bytes(4, "big")
        self.transport.sendPacket(61, count + b"".join(NS(w.encode()) for w in words))

    def key(self, nick: str, key: Key, sign: bool = True, other: str = "") -> None:
        """Offer `key`, and sign with it.

        :param other: for whom the signature is, if not for `nick`.
        """
        [algorithm, *_] = key.supportedSignatureAlgorithms()
        about = NS(algorithm) + NS(key.public().blob())
        if not sign:
            self.ask(nick, b"publickey", b"\0" + about)
            return
        names = NS((other or nick).encode()) + NS(b"ssh-connection") + NS(b"publickey")
        data = NS(self.transport.sessionID) + b"\x32" + names + b"\1" + about
        signature = key.sign(data, signatureType=algorithm)
        self.ask(nick, b"publickey", b"\1" + about + NS(signature))

    def said(self) -> list[str]:
        """The answers since they were last looked at, in words."""
        answered, self.answered = self.answered, []
        return [_in_words(*answer) for answer in answered]


def _in_words(number: int, packet: bytes) -> str:
    if number == 51:
        methods, rest = getNS(packet)
        return f"failure {methods.decode()}{' partly' if rest != bytes(1) else ''}"
    if number == 52:
        return "success"
    if number == 53:
        return f"banner {getNS(packet)[0].decode().strip()}"
    if getNS(packet)[0] in SIGNATURES:
        return "ok"
    _, _, _, rest = getNS(packet, 3)
    (count,) = struct.unpack(">L", rest[:4])
    prompts = []
    rest = rest[4:]
    for _ in range(count):
        prompt, rest = getNS(rest)
        prompts.append(f"{prompt.decode()}{'(echo)' if rest[0] else ''}")
        rest = rest[1:]
    return f"asked {' '.join(prompts)}"


class ClientChannel(SSHChannel):
    """:ivar heard: what came; `errors` on stderr."""

    name = b"session"

    def __init__(self, window: int = 0, most: int = 0) -> None:
        super().__init__(localWindow=window, localMaxPacket=most)
        self.heard, self.errors = bytearray(), bytearray()
        self.status: int | None = None
        self.is_open = self.is_closed = self.ended = False
        self.refused = ""

    def channelOpen(self, specificData: bytes) -> None:
        self.is_open = True

    def openFailed(self, reason: Any) -> None:
        self.refused = str(reason)

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def extReceived(self, dataType: int, data: bytes) -> None:
        self.errors += data

    def eofReceived(self) -> None:
        self.ended = True

    def request_exit_status(self, data: bytes) -> None:
        (self.status,) = struct.unpack(">L", data)

    def closed(self) -> None:
        """As real clients do, it goes when its last channel is closed."""
        self.is_closed = True
        connection: Any = self.conn
        connection.transport.loseConnection()


class ClientTransport(SSHClientTransport):
    """The client's half, on the other end of a `MemoryTransport`."""

    goodbye = b""

    def verifyHostKey(self, hostKey: bytes, fingerprint: bytes) -> Deferred[Any]:
        return succeed(True)

    def connectionSecure(self) -> None:
        """There are keys; also, later, others."""
        if not hasattr(self, "auth"):
            self.auth = UserAuth()
            self.requestService(self.auth)

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        self.goodbye += description

    def sendDisconnect(self, reason: int, desc: bytes) -> None:
        super().sendDisconnect(reason, desc)


class Line:
    """What a client's transport layer writes to: the server's connection."""

    def __init__(self, server: MemoryTransport) -> None:
        self._server = server
        self.closed = False

    def write(self, data: bytes) -> None:
        if self._server.connected:
            self._server.protocol.dataReceived(data)

    def loseConnection(self) -> None:
        if not self.closed:
            self.closed = True
            self._server.clock.callLater(0, self._server.lose)


class Link(MemoryTransport):
    """Hands what the server writes to the client, in the next turn."""

    def attach(self, client: ClientTransport) -> None:
        self.client = client

    def _take(self, count: int) -> bytes:
        got = super()._take(count)
        if got:
            self.clock.callLater(0, self.client.dataReceived, got)
        return got

    def loseWriteConnection(self) -> None:
        super().loseWriteConnection()
        self.clock.callLater(0, self.lose)

    @property
    def reading(self) -> bool:
        """Whether the server takes what the client says: by socket and window."""
        channel = getattr(self.protocol, "channel", None)
        return self._reading and (channel is None or channel.reading)

    @reading.setter
    def reading(self, value: bool) -> None:
        self._reading = value


Bytes = bytes  # `Client.bytes` has the name


class SSHClient(Client):
    """A peer of the door for ssh, logged in as far as a test wants."""

    transport: Link

    def __init__(
        self,
        world: World,
        host: str = "127.0.0.1",
        kind: type[ClientTransport] = ClientTransport,
    ) -> None:
        self.world = world
        door: Any = world.next_door()
        self.connection: Any = door.buildProtocol(None)
        self.transport = Link(world.clock, host)
        self.transport.protocol = self.connection
        client: Any = kind()
        self.client = client
        self.client.transport = Line(self.transport)
        self.transport.attach(self.client)
        self.channel = ClientChannel()
        self._read = self._errors_read = 0
        self.connection.makeConnection(self.transport)
        self.client.connectionMade()
        for _ in range(3):  # one exchange of keys after the other
            self.settle()
            world.clock.advance(0.02)

    def settle(self) -> None:
        """Let both say what they have to say."""
        for _ in range(30):
            self.world.turn()
            self.world.settle()

    # Logging in

    @property
    def auth(self) -> UserAuth:
        auth: UserAuth = self.client.auth
        return auth

    def log_in(self, nick: str, *answers: str) -> list[str]:
        """Answer what is asked; what was said."""
        self.auth.interview(nick)
        self.settle()
        for answer in answers:
            self.auth.answer(answer)
            self.settle()
        return self.auth.said()

    # The session

    def open(self, window: int = 0, most: int = 0) -> None:
        """Open a session, once it is known who it is.

        :param window: what it takes at first, `most` of it in a packet.
        """
        service = SSHConnection()
        self.client.setService(service)
        self.channel = ClientChannel(window, most)
        service.openChannel(self.channel)
        self.settle()

    def request(self, name: bytes, data: bytes = b"") -> bool:
        """Ask for something; whether that is granted."""
        service: Any = self.channel.conn
        answers: list[bool] = []
        asked = service.sendRequest(self.channel, name, data, wantReply=1)
        asked.addCallbacks(lambda _: answers.append(True), lambda _: None)
        self.settle()
        return bool(answers)

    def pty(self, columns: int = 80, rows: int = 24, kind: bytes = b"xterm") -> bool:
        size = (rows, columns, 0, 0)
        return self.request(b"pty-req", packRequest_pty_req(kind, size, b""))

    def shell(self, nick: str) -> None:
        """Be in the lobby by ``ssh -T``."""
        assert self.log_in(nick)[-1] == "success"
        self.open()
        assert self.request(b"shell")

    def run(self, nick: str, command: str) -> None:
        """``ssh nick@host command``"""
        assert self.log_in(nick)[-1] == "success"
        self.open()
        self.request(b"exec", NS(command.encode()))

    # What a client does

    def send(self, *lines: str) -> None:
        for line in lines:
            self.channel.write(f"{line}\n".encode())
        self.settle()

    def send_bytes(self, data: bytes) -> None:
        if not self.channel.is_open:
            if self.transport.connected:
                self.connection.dataReceived(data)
        elif not self.channel.is_closed:
            self.channel.write(data)
        self.settle()

    def bytes(self) -> bytes:
        self.settle()
        data = Bytes(self.channel.heard[self._read :])
        self._read = len(self.channel.heard)
        goodbye: Bytes = self.client.goodbye
        self.client.goodbye = b""
        return data + goodbye

    def errors(self) -> Bytes:
        self.settle()
        return Bytes(self.channel.errors)

    @property
    def closed(self) -> bool:
        self.settle()
        return not self.transport.connected
