"""What every door does with a connection, whatever it speaks.

Admission, flood delay, the one place where a refusal is caught, half-closed
peers, and an end that lets the last words arrive.
"""

from __future__ import annotations

import re
from collections import deque
from math import inf
from typing import Any, Generic, TypeVar

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

from ..clock import Call
from ..events import ChatError, Failed
from ..fanout import Format, Listener
from ..hub import Hub, Session
from ..limits import BYTES_PER_TOKEN, TokenBucket, canonical, is_local
from ..wire import Wire, tune, wire

log = Logger()

MOST_PER_TURN = 256
SLICE = 4096
MOST_REFUSED = 100
MOST_UNFINISHED = 1024 * 1024
PARTING = 60.0
LINGER = 2.0

# What peers of other protocols begin with.
TLS_HANDSHAKE = b"\x16\x03"
HTTP_REQUEST = re.compile(rb"[A-Za-z]+ \S+ HTTP/\d(?:\.\d)?")
HTTP_BEGINS = re.compile(rb"[A-Za-z]+ (?:[/*]|[a-z]+://)|CONNECT ")

F = TypeVar("F")


def host_of(peer: object) -> str:
    """A peer's address; "unix" for a peer on this machine without one."""
    return canonical(str(getattr(peer, "host", "unix")))


class Door(Factory):
    """Makes the connections of one way in, and knows those that are open.

    :ivar refused: how many of them were not let in and are still to close.
    :ivar certificates: by TLS peers are asked for a certificate.
    :ivar logs_in: its people can prove a nick to be theirs.
    """

    noisy = False
    certificates = False
    logs_in = True

    def __init__(self, hub: Hub, name: str) -> None:
        self.hub = hub
        self.name = name
        self.connections: set[Connection[Any]] = set()
        self.refused = 0


@implementer(IHalfCloseableProtocol, IHandshakeListener)
class Connection(Protocol, Generic[F]):
    """One connection.  A door says how bytes become frames (`cut`) and what a
    frame does (`frame_received`).

    What the peer sends faster than the hub's flood rule allows waits here,
    with reading paused.  So do the frames behind one whose outcome is still to
    come.  It waits as the bytes that came, and is cut a slice at a time, for
    many short frames take far more memory than their bytes.  A transport that
    goes on all the same is dropped past `Settings.waiting`.

    :ivar _unread: what has come and is still to be cut.
    :ivar _waiting: what has been cut and is still to be taken.
    :ivar _unfinished: bytes since a frame was last complete.
    :ivar _stopped: no frame may be taken now: `_ended` or `_held`.
    :ivar _told_before: what had been told when the frame was taken whose answer
        is to be charged; None where it is free.
    """

    factory: Door
    transport: Any
    format: Format
    session: Session
    wire: Wire
    _admitted = False
    _bucket: TokenBucket | None = None
    _unread = b""
    _waiting: deque[F] | None = None
    _told_before: int | None = None
    _stopped = False
    _ended = False
    _held = 0
    _unfinished = 0
    _handshaking = False
    _half_closed = False
    _closing_at = inf
    _lingering = False
    _deadline: Call | None = None
    _resume: Call | None = None

    # For a door to say

    def cut(self, data: bytes) -> list[F]:
        """The frames that `data` completes."""
        raise NotImplementedError

    def cut_end(self) -> list[F]:
        """The frame that the end of the peer's bytes completes, if any, once."""
        return []

    def frame_received(self, frame: F) -> Deferred[Any] | None:
        """Do what `frame` says; a `ChatError` is shown to the peer.

        A Deferred holds back the frames behind this one until it fires, so
        that replies keep their order; its failure is shown as if raised.
        """
        raise NotImplementedError

    def is_secure(self, host: str) -> bool:
        """Whether nobody on the way can read along."""
        return is_local(host) or ISSLTransport.providedBy(self.transport)

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

    def admitted(self) -> None:
        """The hub has let the peer in: greet."""

    def make_listener(self, hub: Hub) -> Listener:
        """The way down to this connection."""
        return hub.fanout.listener(self.wire, self.format)

    def peer_host(self) -> str:
        """The address that counts as the peer's."""
        return host_of(self.transport.getPeer())

    # From the transport

    def connectionMade(self) -> None:
        hub = self.factory.hub
        host = self.peer_host()
        self._handshaking = ISSLTransport.providedBy(self.transport)
        tune(self.transport, hub.settings.idle)
        self.factory.connections.add(self)
        self.wire = wire(self.transport, hub.settings.send_queue)
        self.wire.on_finished = self._linger
        self.listener = self.make_listener(hub)
        try:
            self.session = hub.connect(
                self.listener, host, self.is_secure(host), self.factory.logs_in
            )
        except ChatError as error:
            log.info("{host} refused: {why}", host=host, why=error.text)
            self.factory.refused += 1
            self.refuse(error)
            return
        self._admitted = True
        self.session.on_drop = self.end
        self.session.hold = self._hold
        self.session.certificate = self.certificate
        self._bucket = self.session.bucket
        self._deadline = hub.clock.callLater(hub.settings.patience, self._too_late)
        delay = hub.connect_delay(host)
        if delay:
            self._pause(delay)
        self.admitted()

    def handshakeCompleted(self) -> None:
        """The peer's TLS is ready; never called where there is none."""
        self._handshaking = False

    def dataReceived(self, data: bytes) -> None:
        if self._ended:
            return
        if self._bucket is not None or self._behind:
            self._unread += data
            self._pump_unless_paused()
            self._check_waiting()
            return
        frames = self._cut(data)
        if len(frames) > MOST_PER_TURN or self._half_closed:
            self._wait(frames)
        else:
            for frame in frames:
                self._take(frame)

    def readConnectionLost(self) -> None:
        self._half_closed = True
        if not self._ended:
            self._pump_unless_paused()
        elif self._lingering:
            self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        pass

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._ended = self._stopped = True
        self._forget_waiting()
        self._stop(self._deadline)
        self._stop(self._resume)
        self.factory.connections.discard(self)
        self.wire.stopProducing()
        if self._admitted:
            self.session.quit(self.wire.failed)
            self.session.detach()
        else:
            self.factory.refused -= 1

    # The end

    def refuse(self, error: ChatError, reason: str = "") -> None:
        """Say why, then close; the others read `reason`."""
        self.listener.tell(Failed(error.code, error.text, self.factory.hub.now()))
        self.end(reason)

    def end(self, reason: str) -> None:
        """Leave the chat; close once all that was told is out, or after 60 s."""
        if self._ended:
            return
        self._ended = self._stopped = True
        self._forget_waiting()
        if self._admitted:
            self.session.quit(reason)
        self.listener.close()
        self._close_within(PARTING)
        if not self._half_closed:
            self.transport.resumeProducing()

    def shut_down(self, reason: str) -> None:
        """The server ends; as `end`."""
        self.end(reason)

    def _linger(self) -> None:
        """All is written: close, but don't let unread input reset the rest.

        Closing a socket with unread bytes resets it, and a reset takes what
        the peer has not read yet (RFC 1122 section 4.2.2.13), such as the
        reason.  So only our half closes until the peer closes the other, or
        for 2 s.  A flood of connections that are refused is not worth that.
        """
        unwanted = not self._admitted and self.factory.refused > MOST_REFUSED
        if self._half_closed or unwanted or not self.wire.half_closes:
            self.transport.loseConnection()
            return
        self._lingering = True
        self.transport.loseWriteConnection()
        self._close_within(LINGER)

    def _close_within(self, seconds: float) -> None:
        """Reset the connection after that; never later than was said before."""
        clock = self.factory.hub.clock
        if (closing_at := clock.seconds() + seconds) < self._closing_at:
            self._closing_at = closing_at
            self._stop(self._deadline)
            self._deadline = clock.callLater(seconds, self.transport.abortConnection)

    # Frames

    @property
    def _behind(self) -> bool:
        """Whether the peer has sent what is still to be taken: it isn't silent."""
        return bool(self._waiting or self._unread)

    def _wait(self, frames: list[F]) -> None:
        """Queue `frames`, and take what may be taken now."""
        self._queue(frames)
        self._pump_unless_paused()

    def _queue(self, frames: list[F]) -> None:
        if self._waiting is None:
            self._waiting = deque(frames)
        else:
            self._waiting.extend(frames)

    def _cut(self, data: bytes) -> list[F]:
        """As `cut`, but what never completes a frame ends the connection."""
        frames = self.cut(data)
        self._unfinished = 0 if frames else self._unfinished + len(data)
        if self._unfinished > MOST_UNFINISHED and not self._ended:
            self.refuse(ChatError(417, "Over 1 MiB without an end"), "endless line")
        return frames

    def _cut_more(self) -> bool:
        """Queue what is in the next slices; False when nothing is left."""
        while not self._waiting and self._unread:
            data, self._unread = self._unread[:SLICE], self._unread[SLICE:]
            frames = self._cut(data)
            if self._ended:
                return False
            self._queue(frames)
        if not self._waiting and self._half_closed:
            self._queue(self.cut_end())
        return bool(self._waiting)

    def _forget_waiting(self) -> None:
        self._unread = b""
        self._waiting = None

    def _take(self, frame: F) -> None:
        if self._stopped:
            if self._held and not self._ended:
                self._wait([frame])
            return
        try:
            outcome = self.frame_received(frame)
        except Exception:
            self._failed(Failure())
            return
        if outcome is not None:
            self._hold(outcome)

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

    def refused(self, error: ChatError) -> None:
        """Show a refusal in the door's dialect."""
        self.listener.tell(Failed(error.code, error.text, self.factory.hub.now()))

    def _hold(self, outcome: Deferred[Any]) -> None:
        """Take no further frame before `outcome`."""
        self._held += 1
        self._stopped = True
        outcome.addCallbacks(lambda _: None, self._failed)
        outcome.addCallback(self._release)
        if self._held:
            self.transport.pauseProducing()
            outcome.addCallback(self._go_on)

    def _release(self, _: object) -> None:
        self._held -= 1
        self._stopped = self._ended or self._held > 0

    def _go_on(self, _: object) -> None:
        if not self._ended and not self._held:
            self._charge()
            self._pump()

    def _pump_unless_paused(self) -> None:
        if self._resume is None and not self._held:
            self._pump()

    def _pump(self) -> None:
        """Take what is waiting, as fast as the flood rule allows."""
        self._resume = None
        bucket, clock = self._bucket, self.factory.hub.clock
        for _ in range(MOST_PER_TURN):
            if self._stopped or not (self._waiting or self._cut_more()):
                break
            if bucket is not None:
                if delay := bucket.delay(clock.seconds()):
                    self._pause(delay)
                    return
                self._begin_charge(bucket)
            assert self._waiting is not None
            self._take(self._waiting.popleft())
            self._charge()
        if self._held:
            return
        if self._behind:
            self._pause(0)
        elif not self._ended:
            if self._half_closed:
                self.end("")
            else:
                self.transport.resumeProducing()

    def _pause(self, delay: float) -> None:
        self.transport.pauseProducing()
        self._resume = self.factory.hub.clock.callLater(delay, self._pump)

    def _begin_charge(self, bucket: TokenBucket) -> None:
        """A frame costs a token, and a long answer more; coming in is free."""
        bucket.take()
        entered = self.session.user is not None
        self._told_before = self.listener.told if entered else None

    def _charge(self) -> None:
        """Take off what has been told since the frame was taken."""
        if self._bucket is not None and self._told_before is not None:
            told = self.listener.told
            self._bucket.take((told - self._told_before) // BYTES_PER_TOKEN)
            self._told_before = told if self._held else None

    def _check_waiting(self) -> None:
        most = self.factory.hub.settings.waiting
        if len(self._unread) > most:
            self.refuse(
                ChatError(439, f"Flood; at most {most} bytes may wait, so slow down"),
                "flood",
            )

    def _too_late(self) -> None:
        if self._handshaking:
            self.transport.abortConnection()
        elif self.session.user is None:
            self.refuse(ChatError(451, "No nick chosen in time; connect again"))
            self._close_within(LINGER)

    def _stop(self, call: Call | None) -> None:
        if call is not None and call.active():
            call.cancel()
