"""The connections to the site: one request at a time, and bounds for all of it.

`twisted.web` answers whatever has been read at once, however little of it the
peer takes, and its one timer starts anew with each byte.  So what comes is
handed to it a request at a time, what it answers is written as the peer takes
it, and the deadlines are kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.server import Site
from zope.interface import implementer

from ...addresses import Network, is_local, network_of
from ...clock import Timer
from ...hub import Hub
from ...limits import Counter
from ..base import host_of
from .trust import is_trusted

log = Logger()

# In seconds: for a request to arrive, for its answer to be taken, and for the
# connection to close after that.
REQUEST_TIME = 30.0
ANSWER_TIME = 60.0
CLOSING_TIME = 5.0
PER_SESSION = 5
MAX_OPEN = 512
LEAST_OPEN = 16
PIECE = 16 * 1024
HEAD_END = b"\r\n\r\n"


@implementer(IPushProducer)
class Answers:
    """What the transport tells of how much of the answers the peer takes."""

    def __init__(self, connection: SiteConnection) -> None:
        self._connection = connection

    def pauseProducing(self) -> None:
        self._connection.paused = True

    def resumeProducing(self) -> None:
        self._connection.resume()

    def stopProducing(self) -> None:
        self._connection.paused = True


class SiteConnection(ProtocolWrapper):
    """One connection to the site, until a WebSocket takes it over.

    At most what was read at once waits here for the answer before it, with
    reading paused; of the answer only what the transport takes is copied.

    :ivar paused: the transport has more than enough of an answer.
    :ivar _network: whom it counts for; None when it was not let in.
    :ivar _waiting: what the peer has sent, and HTTP has not been handed.
    :ivar _unsent: what HTTP has answered, and the transport has not been handed.
    """

    factory: SiteFactory
    wrappedProtocol: Any
    transport: Any
    _network: str | None = None
    paused = False
    _held_back = False
    _answering = False
    _taken_over = False
    _held = False

    def makeConnection(self, transport: Any) -> None:
        self._waiting = bytearray()
        self._unsent: list[bytes | memoryview] = []
        self._deadline = Timer(self.factory.clock)
        self._turn = Timer(self.factory.clock)
        host = host_of(transport.getPeer())
        if self.factory.admit(self, host):
            self._network = network_of(host)
            self._allow(REQUEST_TIME)
            transport.registerProducer(Answers(self), True)
            super().makeConnection(transport)
        else:
            log.info("{host} refused: too many connections to the site", host=host)
            self.factory.registerProtocol(self)
            transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._deadline.stop()
        self._turn.stop()
        self.disconnecting = 1
        self._unsent.clear()
        self._waiting.clear()
        self.factory.forget(self)
        self.factory.unregisterProtocol(self)
        if self._network is not None:
            self.factory.connected.discard(self._network)
            self.wrappedProtocol.connectionLost(reason)
        self.wrappedProtocol = None

    def take_over(self) -> Any:
        """The transport: from here on all is its caller's but `dataReceived`."""
        self._taken_over = True
        self._deadline.stop()
        self._hold_back(False)
        self.factory.forget(self)
        return self.transport

    def hold(self) -> None:
        """HTTP answers later: until `release` it is handed nothing."""
        self._held = True

    def release(self) -> None:
        """The answer has been given."""
        self._held = False
        self._check_answered()
        if self._waiting and not self._turn.running and not self.disconnecting:
            self._turn.start(0, self._feed)

    # From the peer

    def dataReceived(self, data: bytes) -> None:
        if self._taken_over:
            self.wrappedProtocol.dataReceived(data)
        elif self._network is not None and not self.disconnecting:
            self._waiting += data
            if not self._turn.running:
                self._feed()

    def _feed(self) -> None:
        """Hand the next request on, or what has come of it."""
        if self._busy or not self._waiting or self.disconnecting:
            return
        end = self._waiting.find(HEAD_END)
        end = len(self._waiting) if end < 0 else end + len(HEAD_END)
        piece = bytes(self._waiting[:end])
        del self._waiting[:end]
        self.wrappedProtocol.dataReceived(piece)
        if self._taken_over:
            self._hand_on()
            return
        if self.disconnecting:
            self._waiting.clear()
        elif self._waiting:
            # Others have their turn first: a packet may hold thousands of requests.
            self._turn.start(0, self._feed)
        self._hold_back(bool(self._waiting))
        self._check_answered()

    def _hand_on(self) -> None:
        """Give a WebSocket what came behind its handshake."""
        rest, self._waiting = bytes(self._waiting), bytearray()
        if rest:
            self.wrappedProtocol.dataReceived(rest)

    def _hold_back(self, held: bool) -> None:
        if held and not self._held_back:
            self.transport.pauseProducing()
        elif self._held_back and not held:
            self.transport.resumeProducing()
        self._held_back = held

    # To the peer

    def write(self, data: bytes) -> None:
        if not self._answering:
            self._answering = True
            self._allow(ANSWER_TIME)
        self._unsent.append(data)
        self._send()

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.write(b"".join(data))

    # HTTP is handed no more than it may answer, and need not do any of this.

    def registerProducer(self, producer: object, streaming: bool) -> None:
        pass

    def pauseProducing(self) -> None:
        pass

    def resumeProducing(self) -> None:
        pass

    def unregisterProducer(self) -> None:
        if self._taken_over:
            self.transport.unregisterProducer()

    def loseConnection(self) -> None:
        if not self.disconnecting:
            self.disconnecting = 1
            self._close_when_sent()

    def resume(self) -> None:
        """The peer has taken what the transport had."""
        self.paused = False
        self._send()
        self._check_answered()
        if not self._turn.running:
            self._feed()

    @property
    def _busy(self) -> bool:
        """Whether the last answer is still to come, or to be taken by the peer."""
        return self._held or bool(self._unsent) or self.paused

    def _send(self) -> None:
        while self._unsent and not self.paused:
            data = self._unsent[0]
            if len(data) > PIECE:
                self._unsent[0] = memoryview(data)[PIECE:]
            else:
                del self._unsent[0]
            self.transport.write(bytes(data[:PIECE]))
        if self.disconnecting:
            self._close_when_sent()

    def _close_when_sent(self) -> None:
        if not self._unsent:
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    # Deadlines

    def _check_answered(self) -> None:
        """The time of the next request begins when the last answer is out."""
        if self._answering and not self._busy and not self.disconnecting:
            self._answering = False
            self._allow(REQUEST_TIME)
            self.factory.refresh(self)

    def _allow(self, seconds: float) -> None:
        self._deadline.start(seconds, self._too_late)

    def _too_late(self) -> None:
        if self._answering or self.disconnecting:
            self.transport.abortConnection()
        else:
            self._allow(CLOSING_TIME)
            self.loseConnection()


if TYPE_CHECKING:
    _SiteFactory = WrappingFactory[SiteConnection]
else:  # generic only in later versions of Twisted than 25.5
    _SiteFactory = WrappingFactory


class SiteFactory(_SiteFactory):
    """Bounds how many connections there are to the site.

    A browser opens several for the files, so one network may have more than of
    the hub's sessions.  Whowas the bound of all, the one that has been waited for
    longest makes room for the next.

    :ivar clock: for the deadlines.
    """

    protocol: Any = SiteConnection
    noisy = False

    def __init__(self, site: Site, hub: Hub, proxies: Sequence[Network | str]) -> None:
        super().__init__(site)
        self.clock = hub.clock
        self.connected = Counter()
        self._hub = hub
        clients = min(hub.settings.max_clients, hub.settings.max_here or MAX_OPEN * 4)
        self._most_open = max(LEAST_OPEN, min(MAX_OPEN, clients // 4))
        self._proxies = proxies
        self._open: dict[SiteConnection, None] = {}

    def admit(self, connection: SiteConnection, host: str) -> bool:
        """Whether `connection` may stay; if so it counts from now on."""
        network = network_of(host)
        most = self._hub.shared.max_per_ip * PER_SESSION
        free = is_local(host) or is_trusted(host, self._proxies) or not most
        if not free and self.connected[network] >= most:
            return False
        self.connected.add(network)
        if len(self._open) >= self._most_open:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.transport.abortConnection()
        self._open[connection] = None
        return True

    def refresh(self, connection: SiteConnection) -> None:
        """`connection` has done what it was waited for."""
        if connection in self._open:
            del self._open[connection]
            self._open[connection] = None

    def forget(self, connection: SiteConnection) -> None:
        """`connection` is gone, or a WebSocket's, which the hub counts."""
        self._open.pop(connection, None)
