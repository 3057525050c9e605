"""What unit tests share: a chat without a network, and time that a test moves.

world = World()
alice, bob = world.enter("alice"), world.enter("bob")
alice.send("MSG hello")
assert bob.lines() == ["alice: hello"]
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from argon2 import PasswordHasher
from twisted.internet.defer import Deferred, execute
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IAddress,
    IConsumer,
    IPushProducer,
    ITransport,
)
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from tests.later_log import LaterLog
from twisted_chat.doors.base import Connection, Door
from twisted_chat.doors.line import LineDoor
from twisted_chat.fanout import Fanout
from twisted_chat.hub import Hub, Room, Settings, User
from twisted_chat.hub.entries import Entry
from twisted_chat.log import Apply, LocalLog
from twisted_chat.storage.passwords import Passwords
from twisted_chat.storage.store import Store

PASSWORD = "long-enough"
START = 1_700_000_000.0
BUFFER = 64 * 1024
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@implementer(IAddress)
class Address:
    """Where a peer is.  Without a host it is like a UNIX socket's."""

    def __init__(self, host: str | None) -> None:
        if host is not None:
            self.host = host
            self.port = 50000


@implementer(ITransport, IConsumer, IPushProducer)
class MemoryTransport:
    """A transport that keeps what is written to it.

    The peer takes all at once, or, with `stall`, only as many bytes as it is
    told to `take`; meanwhile a producer is paused, as a reactor would.

    :ivar taken: what the peer has got so far.
    :ivar buffer: what was written and is not yet taken.
    :ivar connected: neither side has closed it.
    :ivar most: bytes in `buffer` from which on the producer is paused.
    """

    most = BUFFER

    def __init__(self, clock: Clock, host: str | None = "127.0.0.1") -> None:
        self.clock = clock
        self.peer = Address(host)
        self.protocol: Any = None
        self.taken = bytearray()
        self.buffer = bytearray()
        self.writes: list[bytes] = []
        self.reading = True
        self.stalled = False
        self.connected = True
        self.disconnecting = False
        self.aborted = False
        self.write_closed = False
        self.producer: Any = None
        self.streaming = False
        self.paused = False

    # ITransport, IConsumer

    def write(self, data: bytes) -> None:
        assert isinstance(data, bytes), "transports take bytes only"
        if self.disconnecting or not self.connected:
            return
        self.writes.append(data)
        self.buffer += data
        if not self.stalled:
            self._take(len(self.buffer))
        elif len(self.buffer) > self.most and self.producer and self.streaming:
            self._pause_producer()

    def writeSequence(self, data: list[bytes]) -> None:
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        self.disconnecting = True
        self.clock.callLater(0, self._closed)

    def abortConnection(self) -> None:
        self.aborted = True
        self.buffer.clear()
        self.clock.callLater(0, self.lose, ConnectionAborted())

    def loseWriteConnection(self) -> None:
        self.write_closed = True

    def getPeer(self) -> Address:
        return self.peer

    def getHost(self) -> Address:
        return Address("127.0.0.1")

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        if self.connected and not self.disconnecting:
            self.reading = True

    def stopProducing(self) -> None:
        self.loseConnection()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert self.producer is None, "a producer is registered already"
        self.producer, self.streaming = producer, streaming
        if not self.connected:
            producer.stopProducing()
        elif not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        self.producer = None
        if self.disconnecting:
            self._closed()

    # The peer

    def stall(self) -> None:
        """The peer stops reading."""
        self.stalled = True

    def take(self, count: int | None = None) -> bytes:
        """The peer reads `count` bytes, or all that is ready."""
        got = self._take(len(self.buffer) if count is None else count)
        producer = self.producer
        if not self.buffer and producer and (self.paused or not self.streaming):
            self.paused = False
            producer.resumeProducing()
        if self.disconnecting:
            self._closed()
        return got

    def lose(self, why: Exception | None = None) -> None:
        """The connection is gone: by default reset by the peer."""
        if self.connected:
            self.connected = False
            # As Twisted's transports do, so that neither keeps the other.
            protocol, self.protocol = self.protocol, None
            protocol.connectionLost(Failure(why or ConnectionLost()))

    def _take(self, count: int) -> bytes:
        got = bytes(self.buffer[:count])
        del self.buffer[:count]
        self.taken += got
        return got

    def _pause_producer(self) -> None:
        if not self.paused:
            self.paused = True
            self.producer.pauseProducing()

    def _closed(self) -> None:
        if self.connected and not self.buffer and self.producer is None:
            self.lose(ConnectionDone())


class Client:
    """A peer of one connection, whatever the door."""

    def __init__(self, world: World, connection: Connection[Any]) -> None:
        self.world = world
        self.connection = connection
        self.transport: MemoryTransport = connection.transport
        self._read = 0

    def send(self, *lines: str) -> None:
        """Send lines, each in a packet of its own, before anything comes of them."""
        for line in lines:
            self.connection.dataReceived(f"{line}\n".encode())
        self.world.settle()

    def send_bytes(self, data: bytes) -> None:
        """Send one packet.  What comes while reading is paused waits for no one:
        a real reactor would leave it in the kernel, so tests look at `reading`."""
        self.connection.dataReceived(data)
        self.world.settle()

    def bytes(self) -> bytes:
        """What has come since it was last looked at."""
        self.world.turn()
        data = bytes(self.transport.taken[self._read :])
        self._read = len(self.transport.taken)
        return data

    def lines(self) -> list[str]:
        """The lines that have come since they were last looked at."""
        return self.bytes().decode().splitlines()

    def events(self) -> list[dict[str, Any]]:
        """As `lines`, for FORMAT json."""
        return [json.loads(line) for line in self.bytes().decode().splitlines()]

    def ask(self, *lines: str) -> list[str]:
        """Send lines; return what has come since this was last looked at."""
        self.send(*lines)
        return self.lines()

    def half_close(self) -> None:
        """The peer has sent its last byte, and reads on."""
        self.connection.readConnectionLost()
        self.world.settle()

    def reset(self) -> None:
        """The peer vanishes."""
        self.transport.lose()
        self.world.settle()

    @property
    def closed(self) -> bool:
        """Whether the server has closed the connection."""
        self.world.turn()
        return not self.transport.connected

    @property
    def user(self) -> User:
        return self.connection.session.me


class Pool:
    """Where passwords are hashed: at once, or, with `busy`, when it is told to.

    :param settle: what then has what comes of it take effect.
    """

    def __init__(self, settle: Callable[[], None]) -> None:
        self.busy = False
        self._settle = settle
        self._jobs: list[tuple[Deferred[Any], Callable[..., Any], Any]] = []

    def run(self, function: Callable[..., Any], *args: object) -> Deferred[Any]:
        if not self.busy:
            return execute(function, *args)
        done: Deferred[Any] = Deferred()
        self._jobs.append((done, function, args))
        return done

    def work(self) -> None:
        """Do all that is waiting, and what comes of it."""
        while self._jobs:
            self.step()

    def step(self) -> None:
        """Do the first that is waiting, and what comes of it."""
        done, function, args = self._jobs.pop(0)
        execute(function, *args).addBoth(done.callback)
        self._settle()


class World:
    """A hub, its time, and a door.

    :cvar later: what changes the chat takes effect later, as with several servers:
        when a peer has sent its packets, or the reactor's turn ends.
    :ivar doors: where `connect` leads, without another one.
    :param settings: what differs from a server without flood limits, where
        anyone sets the lobby's topic.
    """

    later = False

    def __init__(
        self,
        door: Callable[[Hub], Door] = LineDoor,
        store: Store | None = None,
        clock: Clock | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock or Clock()
        self.wall_offset = START
        self.fanout = Fanout(lambda flush: self.clock.callLater(0, flush))
        chosen = Settings(**{"flood": None, "lobby_topic": "anyone", **settings})
        self.pool = Pool(self.settle)
        self.hub = Hub(
            chosen,
            self.fanout,
            self.clock,
            self.wall,
            passwords=Passwords(self.pool.run, CHEAP),
            store=store,
            log=self._log if self.later else LocalLog,
        )
        self.door = door(self.hub)
        self.doors = [self.door]

    def _log(self, apply: Apply[Entry], wall: Callable[[], float]) -> LaterLog[Entry]:
        return LaterLog(apply, wall, self.clock)

    def settle(self) -> None:
        """Have all that was proposed applied, and what comes of it."""
        log = self.hub.log
        if isinstance(log, LaterLog):
            log.settle()

    def away(self) -> None:
        """What they share is lost to the servers that are one chat."""
        log = self.hub.log
        assert isinstance(log, LaterLog)
        log.away = True
        self.hub.isolation.begin()

    def back(self) -> None:
        """It is back."""
        log = self.hub.log
        assert isinstance(log, LaterLog)
        log.away = False
        self.hub.isolation.end()
        self.settle()

    def wall(self) -> float:
        return self.wall_offset + self.clock.seconds()

    def turn(self) -> None:
        """End the reactor's turn."""
        self.clock.advance(0)

    def advance(self, seconds: float, step: float = 0.25) -> None:
        """Let time pass, in steps as a reactor would see it."""
        end = self.clock.seconds() + seconds
        while (left := end - self.clock.seconds()) > 1e-9:
            self.clock.advance(min(step, left))

    def next_door(self, door: Door | None = None) -> Door:
        """Where the next one connects; `door`: to this one, or one like it."""
        return door or self.door

    def connect(
        self, host: str | None = "127.0.0.1", door: Door | None = None
    ) -> Client:
        """A new connection; its greeting is still to be read."""
        connection: Any = self.next_door(door).buildProtocol(None)
        transport = MemoryTransport(self.clock, host)
        transport.protocol = connection
        connection.makeConnection(transport)
        self.settle()
        return Client(self, connection)

    def enter(self, nick: str, host: str | None = "127.0.0.1") -> Client:
        """Somebody in the lobby, who has read all that came until now."""
        client = self.connect(host)
        client.send(f"NICK {nick}")
        client.lines()
        return client

    def room(self, name: str = "#lobby") -> Room:
        return self.hub.rooms[name.lower()]


def last_ids(hub: Hub) -> dict[str, int]:
    """As a store knows them: also of the rooms that are open."""
    opened = {key: room.last_id for key, room in hub.rooms.items() if room.last_id}
    return {**hub.last_ids, **opened}


def member(world: World, nick: str, *rooms: str) -> Client:
    """Somebody with an account, in `rooms`."""
    client = world.enter(nick)
    client.send(f"REGISTER {PASSWORD}", *(f"JOIN {room}" for room in rooms))
    client.lines()
    return client


def ask(client: Client, line: str) -> list[str]:
    """What comes of `line`, without what came before."""
    client.lines()
    return client.ask(line)


def refused(client: Client, line: str) -> int:
    """The number of the only answer to `line`, an error."""
    [answer] = ask(client, line)
    kind, code, text = answer.split(" ", 2)
    assert (kind, bool(text)) == ("ERR", True), answer
    return int(code)


def skip(*clients: Client) -> None:
    """Let `clients` read what has come so far."""
    for client in clients:
        client.bytes()


def sliced(data: bytes, cuts: list[int]) -> list[bytes]:
    """`data` in pieces; some may be empty."""
    points = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(points)]
