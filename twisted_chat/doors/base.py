"""What every door does with a connection, whatever it speaks.

Admission, the one place where a refusal is caught, half-closed peers, and an
end that lets the last words arrive.  What it sends waits in a `FrameQueue`, how
far it has come is its `Lifecycle`'s to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Generic

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IHandshakeListener,
    ISSLTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from ..addresses import canonical, is_local
from ..clock import Deadlines
from ..events import ChatError, Failed
from ..fanout import Format, Listener
from ..hub import Hub, Session
from ..limits import Allowance
from ..outcomes import run, settled
from ..wire import Wire, tune, wire
from .frames import FrameQueue
from .lifecycle import Lifecycle, Phase
from .taker import F, Source

log = Logger()

MAX_REFUSED = 100
# In seconds: how long the last words may take to get out, and how long the peer may
# then take to close its half.
PARTING = 60.0
LINGER = 2.0

# What peers of other protocols begin with.
TLS_HANDSHAKE = b"\x16\x03"
HTTP_REQUEST = re.compile(rb"[A-Za-z]+ \S+ HTTP/\d(?:\.\d)?")
HTTP_BEGINS = re.compile(rb"[A-Za-z]+ (?:[/*]|[a-z]+://)|CONNECT ")


def host_of(peer: object) -> str:
    """A peer's address; "unix" for a peer on this machine without one."""
    return canonical(str(getattr(peer, "host", "unix")))


class Door(Factory):
    """Makes the connections of one way in, and knows those that are open.

    :ivar newcomers: until when each has to say who it is.
    :ivar refused: how many of them were not let in and have not closed yet.
    :ivar certificates: whether peers that use TLS are asked for a certificate.
    :ivar logs_in: whether people can log in here.
    """

    noisy = False
    certificates = False
    logs_in = True

    def __init__(self, hub: Hub, name: str) -> None:
        self.hub = hub
        self.name = name
        self.connections: set[Connection[Any]] = set()
        self.newcomers = Deadlines(hub.clock, hub.settings.patience)
        self.refused = 0


@implementer(IHalfCloseableProtocol, IHandshakeListener)
class Connection(Protocol, Generic[F]):
    """One connection.  A door says how bytes become frames (`cut`) and what a
    frame does (`frame_received`); what else it may override is said below.

    A door uses what has no underscore, and nothing else.

    :ivar frames: what the peer has sent and nobody has taken yet.
    :ivar listener: the way down to the peer; `wire` is what it writes to.
    :ivar session: what the peer may ask of the hub.
    """

    factory: Door
    transport: Any
    format: Format
    frames: FrameQueue[F]
    listener: Listener
    session: Session
    wire: Wire
    _handshaking = False
    _refused = False

    # For a door to say

    def cut(self, data: bytes) -> list[F]:
        """The frames that `data` completes."""
        raise NotImplementedError

    def cut_end(self) -> list[F]:
        """The frame that the end of the peer's bytes completes, if any, once."""
        return []

    def frame_received(self, frame: F) -> Deferred[Any] | None:
        """Do what `frame` says.

        A Deferred holds back the frames behind this one until it fires, so
        that replies keep their order; its failure is shown as if raised.

        :raises ChatError: when that can't be done; the peer is shown why.
        """
        raise NotImplementedError

    def admitted(self) -> None:
        """The hub has let the peer in: greet."""

    def asks(self, frame: F) -> bool:
        """Whether `frame` only asks, so that it may overtake those that wait.

        It changes nothing for anybody, and its answer needs no outcome of others.
        """
        return False

    def only_speaks(self, frame: F) -> bool:
        """Whether `frame` says something in one room, and nothing else.

        Such a frame waits for none before it: the log keeps their order.
        """
        return False

    def make_wire(self, send_queue: int) -> Wire:
        """What writes to this connection.

        :param send_queue: how many bytes may be unsent.
        """
        return wire(self.transport, send_queue)

    def make_source(self) -> Source:
        """Where what is cut comes from, to be paused as long as something waits."""
        source: Source = self.transport
        return source

    def make_listener(self, hub: Hub) -> Listener:
        """The way down to this connection."""
        return hub.fanout.listener(self.wire, self.format)

    def peer_host(self) -> str:
        """The address that counts as the peer's."""
        return host_of(self.transport.getPeer())

    def is_secure(self, host: str) -> bool:
        """Whether nobody on the way can read along."""
        return is_local(host) or ISSLTransport.providedBy(self.transport)

    def refused(self, error: ChatError) -> None:
        """Show a refusal in the door's dialect."""
        self.listener.tell(Failed(error.code, error.text, self.hub.now()))

    def shut_down(self, reason: str) -> None:
        """The server ends; as `end`."""
        self.end(reason)

    # For a door to use, and for the hub: see `Link`

    @property
    def hub(self) -> Hub:
        """The chat behind this door."""
        return self.factory.hub

    @property
    def ended(self) -> bool:
        """Whether nothing that the peer sends is taken any more."""
        return self._life.ended

    def refuse(self, error: ChatError, reason: str = "") -> None:
        """Say why, then close; the others read `reason`."""
        self.listener.tell(Failed(error.code, error.text, self.hub.now()))
        self.end(reason)

    def end(self, reason: str) -> None:
        """Leave the chat; close once all that was told is out.

        The connection is reset if that takes longer than `PARTING` seconds.

        :param reason: read by the others; see `Session.quit`.
        """
        if self._life.ended:
            if self._life.phase is Phase.CLOSED:
                self._leave(reason or self.wire.failed)
            return
        self._life.end(PARTING, self.transport.abortConnection)
        self.frames.close()
        self.session.quit(reason)
        self.listener.close()
        if not self.frames.finished:
            self.transport.resumeProducing()

    def failed(self, error: Exception) -> None:
        """See `Link.failed`."""
        self._failed(Failure(error))

    def spoke(self) -> None:
        """See `Link.spoke`."""
        self.frames.said += 1

    def hold(self, outcome: Deferred[Any]) -> None:
        """Take no further frame before `outcome`; its failure is shown."""
        self.frames.hold(outcome.addCallbacks(_done, self._failed))

    def suspend(self, allowance: Allowance) -> None:
        """See `Link.suspend`.  Who is still to be let in waits anyway."""
        if self._life.phase is Phase.OPEN:
            self.frames.suspend(allowance)

    def resume(self) -> None:
        """See `Link.resume`."""
        self.frames.resume()

    def certificate(self) -> str:
        """The SHA-256 of the certificate that the peer's TLS has proven, or empty.

        In hexadecimal digits.  There is none before the first byte from the peer.
        """
        if not ISSLTransport.providedBy(self.transport):
            return ""
        certificate = self.transport.getPeerCertificate()
        if certificate is None:
            return ""
        digest: bytes = certificate.digest("sha256")
        return digest.decode().replace(":", "").lower()

    def offered_keys(self) -> Sequence[str]:
        """See `Link.offered_keys`."""
        return ()

    def token(self) -> str:
        """See `Link.token`."""
        return ""

    # From the transport

    def connectionMade(self) -> None:
        hub = self.factory.hub
        settings = hub.settings
        self._life = Lifecycle(hub.clock)
        source = self.make_source()
        self.frames = FrameQueue(self, source, hub.clock, settings.waiting)
        self._handshaking = ISSLTransport.providedBy(self.transport)
        tune(self.transport, settings.idle)
        self.factory.connections.add(self)
        self.wire = self.make_wire(settings.send_queue)
        self.wire.on_finished = self.all_sent
        self.listener = self.make_listener(hub)
        host = self.peer_host()
        secure, logs_in = self.is_secure(host), self.factory.logs_in
        self.session = hub.new_session(self, self.listener, host, secure, logs_in)
        self.frames.bucket = self.session.bucket
        self._life.wait(self.factory.newcomers, self._too_late)
        admission = run(self._arrive())
        if admission is not None:
            self.hold(admission)

    async def _arrive(self) -> None:
        """Be let in, or refused; it may be gone by then."""
        host = self.session.host
        try:
            await settled(self.session.connect())
        except ChatError as error:
            log.info("{host} refused: {why}", host=host, why=error.text)
            self._turn_away(error)
            return
        if self.ended:
            return
        self._life.admit()
        if delay := self.hub.connect_delay(host):
            self.frames.pause(delay)
        self.admitted()

    def _turn_away(self, error: ChatError) -> None:
        if self._life.phase is not Phase.CLOSED:
            self._refused = True
            self.factory.refused += 1
            self.refuse(error)

    def handshakeCompleted(self) -> None:
        """The peer's TLS is ready; never called where there is none."""
        self._handshaking = False

    def dataReceived(self, data: bytes) -> None:
        self.frames.feed(data)

    def readConnectionLost(self) -> None:
        self.frames.finish()
        if self._life.phase is Phase.LINGERING:
            self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        pass

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._life.close()
        self.factory.connections.discard(self)
        self.wire.stopProducing()
        self.factory.refused -= self._refused
        if not self.frames.outlive():
            self._leave(self.wire.failed)

    def _leave(self, reason: str) -> None:
        """The peer is gone, and nothing of it waits any more."""
        self.frames.close()
        self.session.quit(reason)
        self.session.detach()

    def all_sent(self) -> None:
        """All is written: close, but don't let unread input reset the rest.

        Closing a socket with unread bytes resets it, and a reset takes what
        the peer has not read yet (RFC 1122 section 4.2.2.13), such as the
        reason.  So only our half closes, until the peer closes the other or
        `LINGER` seconds are over.  While over `MAX_REFUSED` connections that
        were refused are still open, they are closed at once.
        """
        unwanted = self._refused and self.factory.refused > MAX_REFUSED
        if self.frames.finished or unwanted or not self.wire.half_closes:
            self.transport.loseConnection()
            return
        self.linger()
        self.transport.loseWriteConnection()

    def linger(self) -> None:
        """All is written: the peer has `LINGER` seconds to close the connection."""
        self._life.linger(LINGER, self.transport.abortConnection)

    def _too_late(self) -> None:
        if self._handshaking:
            self.transport.abortConnection()
        elif self.session.user is None:
            late = ChatError(451, "No nick chosen in time; connect again")
            busy = ChatError(263, "The server is busy; connect again later")
            self.refuse(busy if self._life.phase is Phase.ARRIVING else late)
            self._life.close_within(LINGER, self.transport.abortConnection)

    # From the queue of frames: see `Taker`

    def take(self, frame: F) -> Deferred[Any] | None:
        try:
            outcome = self.frame_received(frame)
        except Exception:
            self._failed(Failure())
            return None
        if outcome is None:
            return None
        return outcome.addCallbacks(_done, self._failed)

    def take_speech(self, frames: Sequence[F]) -> bool:
        """As `Taker.take_speech`; for doors where so much is said that it counts."""
        return False

    def speaks(self, frame: F) -> bool:
        """As `Taker.speaks`; where too much waits for the log, nothing overtakes."""
        return not self.hub.log.full and self.only_speaks(frame)

    def heard(self) -> Deferred[None] | None:
        """As `Taker.heard`."""
        return self.hub.log.settled()

    def told(self) -> int | None:
        """As `Taker.told`; answers are free until there is a nick."""
        return None if self.session.user is None else self.listener.told

    def endless(self) -> None:
        self.refuse(ChatError(417, "Over 1 MiB without an end"), "endless line")

    def flooded(self) -> None:
        most = self.hub.settings.waiting
        self.refuse(
            ChatError(439, f"Flood; at most {most} bytes may wait, so slow down"),
            "flood",
        )

    def all_taken(self) -> None:
        self.end("")

    def _failed(self, failure: Failure) -> None:
        """Show a refusal; anything else is a bug, and closes the connection."""
        error = failure.value
        if isinstance(error, ChatError):
            self.refused(error)
        else:
            log.failure(
                "a bug closed the connection from {host}",
                failure,
                host=self.session.host,
            )
            self.end("a bug in the server")


def _done(_: object) -> None:
    """What came of a frame concerns nobody but that frame."""
