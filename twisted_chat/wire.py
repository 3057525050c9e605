"""The end of the way down: writes bytes to one connection, and bounds what waits.

This is the only module that goes past Twisted's public API for writing, as
`event_loop` does for reading.  On a plain TCP connection with nothing queued, bytes
go straight to the socket, which saves a round through the reactor.  TLS and every
other transport are written to by the public API.  In both cases the bytes that the
peer has not taken are counted, and a peer that has too many of them is dropped.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from twisted.internet import tcp
from twisted.internet.interfaces import IPullProducer, IPushProducer
from zope.interface import implementer

PIECE = 16 * 1024  # is counted as unsent until all of it is out


class Wire:
    """Writes to one transport, and drops it when too much waits.

    :param limit: how many bytes may be unsent.
    :ivar unsent: bytes that were written and are still held here.
    :ivar failed: why the peer was dropped or has gone; empty until then.
    :ivar half_closes: whether our half of the connection can close alone.
    :ivar on_finished: called by `finish`.
    """

    __slots__ = (
        "_backlog",
        "_finishing",
        "_limit",
        "_transport",
        "failed",
        "on_finished",
        "unsent",
    )

    half_closes = False

    def __init__(self, transport: Any, limit: int) -> None:
        self._transport = transport
        self._limit = limit
        self._backlog: deque[bytes | memoryview] | None = None
        self._finishing = False
        self.unsent = 0
        self.failed = ""
        self.on_finished: Callable[[], None] = transport.loseConnection

    def write(self, data: bytes) -> None:
        """Send `data` after all before it.  No-op for a peer that is gone."""
        raise NotImplementedError

    def send(self, data: bytes) -> int:
        """As `write`, but what isn't sent may be left to that.

        :return: how many bytes are taken care of.
        :raises OSError: none of them.
        """
        self.write(data)
        return len(data)

    def start_behind(self) -> None:
        """Send what others have written to the transport first.

        It must be called before anything is written here.
        """

    def finish(self) -> None:
        """Call `on_finished` once all that was written is out."""
        if not self._finishing and not self.failed:
            self._finishing = True
            if not self.unsent:
                self._finish()

    def _finish(self) -> None:
        self.on_finished()

    def drop(self, reason: str) -> None:
        """Reset the connection; nothing more is written."""
        if not self.failed:
            self.failed = reason
            self._backlog = None
            self.unsent = 0
            self._transport.abortConnection()

    def stopProducing(self) -> None:
        """The transport says that the connection is gone."""
        self.failed = self.failed or "connection lost"
        self._backlog = None
        self.unsent = 0
        # It holds the connection, which holds this: see `Session.detach`.
        self.on_finished = _nothing

    def _keep(self, data: bytes | memoryview) -> bool:
        """Hold `data` back; False when that was too much."""
        if self._backlog is None:
            self._backlog = deque()
        self._backlog.append(data)
        self.unsent += len(data)
        if self.unsent > self._limit:
            self.drop("send queue exceeded")
        return not self.failed


def _nothing() -> None:
    """What was to be done is of no use any more."""


@implementer(IPullProducer)
class DirectWire(Wire):
    """Writes to the socket while that takes all, else through the transport.

    While bytes are held back this is the transport's pull producer, so the
    transport asks for the next piece when its own buffer is empty.  No other
    code writes to the transport, so its buffer is empty whenever nothing is
    held back here.

    Until then `send` is the socket's own: no function of Python's is called, and no
    state looked at, for each who hears a message.  A lone one for 100 took 1.05 times
    as long, and 1.07 where the processor's caches had been used by others meanwhile.
    """

    __slots__ = ("_handed", "send")

    half_closes = True
    send: Callable[[bytes], int]  # type: ignore[assignment]

    def __init__(self, transport: Any, limit: int) -> None:
        super().__init__(transport, limit)
        self.send = transport.getHandle().send
        self._handed = 0

    def write(self, data: bytes) -> None:
        send = self.send
        try:
            sent = send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.drop("connection lost")
            return
        if sent != len(data) and self._keep(memoryview(data)[sent:]):
            self._produce()

    def start_behind(self) -> None:
        self._keep(b"")
        self._produce()

    def _produce(self) -> None:
        self.send = self._queue
        self._transport.registerProducer(self, False)

    def _queue(self, data: bytes) -> int:
        self._keep(data)
        return len(data)

    def drop(self, reason: str) -> None:
        self.send = len  # takes all, and does nothing
        super().drop(reason)

    def stopProducing(self) -> None:
        self.send = len
        super().stopProducing()

    def resumeProducing(self) -> None:
        self.unsent -= self._handed
        self._handed = 0
        if self._backlog:
            data = self._backlog.popleft()
            if len(data) > PIECE:
                self._backlog.appendleft(memoryview(data)[PIECE:])
                data = data[:PIECE]
            self._handed = len(data)
            self._transport.write(bytes(data))
        elif not self.failed:
            self.send = self._transport.getHandle().send
            self._transport.unregisterProducer()
            if self._finishing:
                self._finish()


@implementer(IPushProducer)
class BufferedWire(Wire):
    """Writes by the transport's public API, and waits while its buffer is full.

    What is in the transport's own buffer is not counted as unsent.
    """

    __slots__ = ("_paused",)

    def __init__(self, transport: Any, limit: int) -> None:
        super().__init__(transport, limit)
        self._paused = False
        transport.registerProducer(self, True)

    def write(self, data: bytes) -> None:
        if self.failed:
            return
        if self._paused:
            self._keep(data)
        else:
            self._transport.write(data)

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        while self._backlog and not self._paused:
            data = self._backlog.popleft()
            self.unsent -= len(data)
            self._transport.write(bytes(data))
        if self._finishing and not self._backlog:
            self._finish()

    def _finish(self) -> None:
        self._transport.unregisterProducer()
        super()._finish()


def wire(transport: Any, limit: int) -> Wire:
    """The fastest `Wire` that `transport` allows.

    :param limit: how many bytes may be unsent.
    """
    if type(transport) is tcp.Server and not transport.TLS:
        return DirectWire(transport, limit)
    return BufferedWire(transport, limit)


def tune(transport: Any, idle: int) -> None:
    """Send small writes at once, and probe a peer after `idle` seconds of silence.

    Small writes don't wait for others to join them (RFC 1122 section 4.2.3.4).
    The probes are TCP's keep-alives (section 4.2.3.6): a peer that doesn't
    answer four of them, sent `idle` / 4 seconds apart, is gone.  So is one that
    acknowledges nothing for as long as that takes, 2 × `idle` seconds: that is
    TCP's user timeout (RFC 5482).  No-op where the transport is no TCP
    connection, or one that is gone already.
    """
    while type(transport) not in (tcp.Server, tcp.Client):
        if (transport := getattr(transport, "transport", None)) is None:
            return
    options = _options(idle)
    *last, value = options[-1]
    try:
        handle: socket.socket = transport.getHandle()
        if handle.getsockopt(*last) != value:
            _set(handle, options)
            _set_for_the_next(transport, options)
        # Else all others are so, too, for the port's were set in the same order.
    except OSError:
        return


def _set_for_the_next(transport: Any, options: Sequence[tuple[int, int, int]]) -> None:
    """What is accepted from now on has them from the start, on Linux at least.

    Five calls of the system fewer for a newcomer.
    """
    port = transport.server if type(transport) is tcp.Server else None
    if type(port) is tcp.Port and port.connected:
        _set(port.socket, options)


def _set(handle: socket.socket, options: Sequence[tuple[int, int, int]]) -> None:
    for level, option, value in options:
        handle.setsockopt(level, option, value)


@cache
def _options(idle: int) -> Sequence[tuple[int, int, int]]:
    """See `tune`; the last is one that nobody else sets.

    :return: the level, the option and its value of each.
    """
    named = {
        "NODELAY": 1,
        "KEEPIDLE": idle,
        "KEEPINTVL": max(1, idle // 4),
        "KEEPCNT": 4,
        "USER_TIMEOUT": 2000 * idle,
    }
    tcps = [
        (socket.IPPROTO_TCP, option, value)
        for name, value in named.items()
        if (option := getattr(socket, f"TCP_{name}", None)) is not None
    ]
    return [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), *tcps]
