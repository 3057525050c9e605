"""The connection that is made again, against a whole server, in memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectError

from twisted_chat.client.connection import ChatConnection, Credentials, Event
from twisted_chat.client.reconnecting import Reconnecting

from .support import PASSWORD, Client, MemoryTransport, World, member


class Endpoint:
    """Connects to `world`, unless it is `down`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.down = False
        self.attempts = 0
        self.connection: Any = None

    def connect(self, factory: Any) -> Deferred[Any]:
        self.attempts += 1
        if self.down:
            return fail(ConnectError(111))
        self.connection = factory.buildProtocol(None)
        self.transport = MemoryTransport(self.world.clock)
        self.transport.protocol = self.connection
        self.peer = self.world.connect()
        self.sent = 0
        self.connection.makeConnection(self.transport)
        return succeed(self.connection)


class Run:
    def __init__(self, world: World, credentials: Credentials) -> None:
        self.world = world
        self.endpoint = Endpoint(world)
        self.events: list[Event] = []
        self.told: list[str] = []
        self.nick = ""
        self.server = Reconnecting(
            self.endpoint, credentials, self, lambda: self.nick, world.clock
        )
        self.server.start()
        self.settle()

    # Watcher

    def event(self, event: Event) -> None:
        self.events.append(event)
        if event["event"] == "nick" and event.get("you"):
            self.nick = event["nick"]

    def connecting(self) -> None:
        self.told.append("connecting")

    def disconnected(self, status: str) -> None:
        self.told.append(status)

    def over(self) -> None:
        self.told.append("over")

    # The network

    def settle(self) -> None:
        endpoint = self.endpoint
        while endpoint.connection is not None:
            up = bytes(endpoint.transport.taken[endpoint.sent :])
            endpoint.sent += len(up)
            if up and endpoint.peer.transport.connected:
                endpoint.peer.send_bytes(up)
            down = endpoint.peer.bytes()
            if down and endpoint.transport.connected:
                endpoint.connection.dataReceived(down)
            if not (up or down):
                break

    def lose(self, notice: bool = True) -> None:
        """The connection breaks; the server may not notice that yet."""
        peer: Client = self.endpoint.peer
        if notice:
            peer.reset()
        self.endpoint.transport.lose()

    def wait(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.world.advance(1)
            self.settle()


def test_it_comes_back_under_the_nick_it_had() -> None:
    world = World()
    run = Run(world, Credentials("alice"))
    run.server.send("NICK anna")
    run.settle()
    assert run.nick == "anna"
    run.lose()
    assert run.told == ["connecting", "the connection was lost; again in 1 s"]
    run.wait(1)
    assert world.hub.users.keys() == {"anna"}
    assert run.endpoint.attempts == 2


def test_it_waits_ever_longer_up_to_a_minute() -> None:
    world = World()
    run = Run(world, Credentials("alice"))
    run.endpoint.down = True
    run.lose()
    run.wait(300)
    waits = [told.rsplit("in ", 1)[1] for told in run.told if "again" in told]
    assert waits[:7] == ["1 s", "2 s", "4 s", "8 s", "16 s", "32 s", "60 s"]
    assert set(waits[6:]) == {"60 s"}
    run.endpoint.down = False
    run.wait(61)
    run.told.clear()
    run.lose()
    assert run.told == ["the connection was lost; again in 1 s"]


def test_a_nick_that_seems_taken_by_oneself_gets_a_line_below() -> None:
    world = World()
    run = Run(world, Credentials("alice"))
    run.lose(notice=False)
    run.wait(1)
    assert run.nick == "alice_"


def test_whoever_is_refused_at_first_chooses_themselves() -> None:
    world = World()
    world.enter("alice")
    run = Run(world, Credentials("alice"))
    assert run.nick == ""
    assert [e["code"] for e in run.events if e["event"] == "error"] == [433]


def test_it_logs_in() -> None:
    world = World()
    member(world, "alice").reset()
    run = Run(world, Credentials("alice", login=PASSWORD))
    assert run.nick == "alice"
    assert any(e["event"] == "account" for e in run.events)
    run.lose(notice=False)
    run.wait(1)
    assert run.nick == "alice"


def test_leaving_says_goodbye_and_does_not_come_back() -> None:
    world = World()
    bob = world.enter("bob")
    run = Run(world, Credentials("alice"))
    run.server.leave("QUIT good night")
    run.settle()
    assert bob.lines()[-1] == "* alice left the chat! (good night)"
    run.lose()
    run.wait(5)
    assert run.told[-1] == "over"
    assert run.endpoint.attempts == 1


def test_leaving_while_there_is_no_connection() -> None:
    world = World()
    run = Run(world, Credentials("alice"))
    run.endpoint.down = True
    run.lose()
    run.server.leave()
    run.wait(5)
    assert run.told[-1] == "over"
    assert run.endpoint.attempts == 1


def test_what_is_sent_without_a_connection_is_dropped() -> None:
    world = World()
    run = Run(world, Credentials("alice"))
    run.lose()
    run.server.send("MSG lost")
    assert isinstance(run.endpoint.connection, ChatConnection)
