"""One browser's WebSocket: the line protocol up, JSON down.

Twisted's `twisted.web.websocket` shakes hands and reads frames.  What it
leaves open is closed here: the size of a message, pings, a peer that is gone,
an end over TLS, and words after the end (docs/web.rst, "What is guarded").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.server import Request

from ...clock import Timer
from ...events import ChatError
from ...fanout import Format, Listener, Writer
from ...grammar import json
from ...hub import Hub
from ...verbs import AnsweringListener, Interpreter
from ..base import Connection, host_of
from .frames import Meter, TooBigError, Wrapper
from .login import digest_shown
from .trust import real_host

if TYPE_CHECKING:
    from twisted.web.websocket import WebSocketProtocol

    from .door import WebDoor

# In seconds.
PING_EVERY = 30.0
PING_PATIENCE = 90.0

# Status codes of a close frame (RFC 6455 section 7.4.1).
NORMAL, GOING_AWAY, UNSUPPORTED, POLICY, TOO_BIG = 1000, 1001, 1003, 1008, 1009

WEB = Format("json", json.encode, Wrapper())


class Outgoing:
    """Sends what wsproto writes by itself (pongs, its close) by the `Wire`.

    It takes the transport's place for wsproto.  So nothing is written in the
    middle of a frame of ours, and all of it is counted.
    """

    def __init__(self, connection: WebConnection) -> None:
        self._connection = connection

    def write(self, data: bytes) -> None:
        self._connection.wire.write(bytes(data))

    def loseConnection(self) -> None:
        self._connection.closed_by_frame()


class NothingMore(Writer):
    """The way down after a close frame: no other follows, and the end comes."""

    def __init__(self, wire: Writer) -> None:
        self._wire = wire

    def write(self, data: bytes) -> None:
        pass

    def finish(self) -> None:
        self._wire.finish()


class WebConnection(Connection[str]):
    """A WebSocket as a connection of the chat; also Twisted's `WebSocketProtocol`."""

    factory: WebDoor
    format = WEB
    _closed = False
    _code = NORMAL

    def __init__(self, door: WebDoor, request: Request) -> None:
        self.factory = door
        self._request = request
        self._token = digest_shown(request)
        self._channel: Any = request.channel
        self._meter = Meter()
        self._lines: list[str] = []
        self._pinging = Timer(self.hub.clock)
        self._heard = self.hub.clock.seconds()

    # From Twisted's WebSocket

    def negotiationStarted(self, transport: Any) -> None:
        self._socket = transport

    def negotiationFinished(self) -> None:
        """The handshake is written: from here on the transport is ours.

        The WebSocket's `transport` and the channel's `dataReceived` and
        `connectionLost` are the three seams that the guards need; a test
        holds them and names the versions of Twisted that it was tried with.
        """
        socket, channel = self._socket, self._channel
        transport = self.factory.take_over(socket.transport)
        socket.detachProducer()  # HTTP's; else TLS never closes
        socket.transport = Outgoing(self)
        channel.dataReceived = self.dataReceived
        channel.connectionLost = self.connectionLost
        self.makeConnection(transport)
        self.handshakeCompleted()

    def textMessageReceived(self, message: str) -> None:
        self._lines.append(message)

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:
        self._code = UNSUPPORTED
        self.end("not text")

    def pongReceived(self, payload: bytes) -> None:
        pass

    # A connection of the chat

    def connectionMade(self) -> None:
        super().connectionMade()
        self.wire.start_behind()
        self._pinging.start(PING_EVERY, self._ping)

    def peer_host(self) -> str:
        given = self._request.requestHeaders.getRawHeaders("x-forwarded-for", [])
        peer = host_of(self.transport.getPeer())
        return real_host(peer, ",".join(given), self.factory.proxies)

    def token(self) -> str:
        return self._token

    def make_listener(self, hub: Hub) -> Listener:
        return AnsweringListener(hub.fanout, self.wire, self.format)

    def admitted(self) -> None:
        self.listener.echo = True
        self._interpreter = Interpreter(self.session, lambda: {"json": WEB})
        self._interpreter.welcome()
        try:
            self.session.check_passed()
        except ChatError as error:  # the page is to ask for it
            self._interpreter.tell(error.text, "password-wanted")

    def cut(self, data: bytes) -> list[str]:
        """The messages that `data` completes; a control frame counts as an
        empty one, so that the flood rule holds for pings too."""
        if self._closed:
            return []
        self._heard = self.hub.clock.seconds()
        try:
            controls = self._meter.feed(data)
        except TooBigError:
            self._code = TOO_BIG
            self.end("message too big")
            return []
        self._socket.dataReceived(data)
        lines, self._lines = self._lines, []
        if self._closed:
            return lines  # the peer has closed: nothing follows them
        return lines + [""] * controls if controls else lines

    def frame_received(self, line: str) -> Deferred[Any] | None:
        outcome = self._interpreter.run(line)
        if self._interpreter.quitting is not None:
            self.end(self._interpreter.quitting)
        return outcome

    def asks(self, line: str) -> bool:
        return self._interpreter.asks(line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._pinging.stop()
        super().connectionLost(reason)
        # They hold this, which holds them: see `Session.detach`.
        channel = self._channel
        del self._socket, self._request, self._channel
        del channel.dataReceived, channel.connectionLost
        channel.connectionLost(reason)

    # The end

    def refuse(self, error: ChatError, reason: str = "") -> None:
        self._code = POLICY
        super().refuse(error, reason)

    def shut_down(self, reason: str) -> None:
        self._code = GOING_AWAY
        super().shut_down(reason)

    def closed_by_frame(self) -> None:
        """A close frame was written: no other may follow (RFC 6455, 5.5.1)."""
        if not self._closed:
            self._closed = self.frames.finished = True
            self.listener.writer = NothingMore(self.wire)

    def all_sent(self) -> None:
        """All is written: the close frame, and then as every connection."""
        if not self._closed:
            self._closed = True
            self._socket.loseConnection(self._code)
        if not self.wire.unsent:
            super().all_sent()

    def _ping(self) -> None:
        clock = self.hub.clock
        if self.frames.behind or self.frames.paused:
            self._heard = clock.seconds()
        if clock.seconds() - self._heard >= PING_PATIENCE:
            self.wire.drop("ping timeout")
            return
        self._pinging.start(PING_EVERY, self._ping)
        if not self.ended and not self._closed:
            self._socket.ping()


if TYPE_CHECKING:

    def _conforms(connection: WebConnection) -> WebSocketProtocol:
        return connection
