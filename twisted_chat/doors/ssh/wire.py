"""The way down to a channel of ssh: as much as its window takes, and a bounded rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from ...wire import Wire

PIECE = 16 * 1024


class Outlet(Protocol):
    """Where the bytes go: the client's channel.

    :ivar room: how many it takes now.
    """

    @property
    def room(self) -> int: ...

    def send(self, data: bytes) -> None:
        """Send `data`, for which there is room."""


@implementer(IPushProducer)
class ChannelWire(Wire):
    """Writes to a channel, and holds back what neither it nor the socket takes.

    Three things hold it back: the channel's window (RFC 4254, section 5.2), the
    socket's buffer, and keys that are being exchanged.

    :ivar outlet: None while there is no channel, or any more.
    :ivar reader: takes what is said to the listener, in place of the client.
    :ivar on_finishing: is told when nothing more is said to the listener; what is
        written then is still sent.
    :ivar on_blocked: is told when something is held back, and when no longer.
    :ivar on_full: is told when the socket takes no more, and when it does again.
    """

    __slots__ = (
        "_abandoned",
        "_full",
        "_registered",
        "on_blocked",
        "on_finishing",
        "on_full",
        "outlet",
        "reader",
    )

    half_closes = True

    def __init__(self, transport: Any, limit: int) -> None:
        super().__init__(transport, limit)
        self.outlet: Outlet | None = None
        self.reader: Callable[[bytes], None] | None = None
        self.on_blocked: Callable[[bool], object] = _ignore
        self.on_full: Callable[[bool], object] = _ignore
        self.on_finishing: Callable[[], object] = _do_nothing
        self._full = self._abandoned = False
        self._registered = True
        transport.registerProducer(self, True)

    def write(self, data: bytes) -> None:
        if self.failed or self._abandoned:
            return
        if self.reader is not None:
            self.reader(data)
        else:
            self.put(data)

    def put(self, data: bytes) -> None:
        """Send `data` to the client, whoever reads what the listener is told."""
        if self.failed or self._abandoned:
            return
        if self._backlog:
            self._keep(data)
            return
        sent = self._send(data)
        if sent < len(data) and self._keep(memoryview(data)[sent:]):
            self.on_blocked(True)

    def go_on(self) -> None:
        """Send what was held back, as far as that is possible now."""
        backlog = self._backlog
        while backlog:
            data = backlog[0]
            sent = self._send(data)
            self.unsent -= sent
            if sent < len(data):
                backlog[0] = memoryview(data)[sent:]
                return
            backlog.popleft()
        if backlog is not None:
            self._backlog = None
            self.on_blocked(False)
            if self._finishing:
                self._finish()

    def _send(self, data: bytes | memoryview) -> int:
        """Send the beginning of `data`; how many bytes."""
        sent = 0
        while sent < len(data) and self.outlet is not None and not self._full:
            room = min(self.outlet.room, PIECE)
            if room <= 0:
                break
            piece = bytes(data[sent : sent + room])
            self.outlet.send(piece)
            sent += len(piece)
        return sent

    def finish(self) -> None:
        if not self._finishing and not self.failed:
            self.on_finishing()
        super().finish()

    def abandon(self) -> None:
        """Nobody will take what is held back."""
        self.outlet = None
        self.reader = None
        waited, self.unsent = self.unsent, 0
        self._backlog = None
        self._abandoned = True
        if waited and self._finishing:
            self._finish()

    def _finish(self) -> None:
        self._unregister()
        super()._finish()

    def drop(self, reason: str) -> None:
        self._unregister()
        super().drop(reason)

    def stopProducing(self) -> None:
        super().stopProducing()
        self.outlet = self.reader = None
        self.on_blocked = self.on_full = _ignore
        self.on_finishing = _do_nothing

    def _unregister(self) -> None:
        if self._registered:
            self._registered = False
            self._transport.unregisterProducer()

    # From the socket

    def pauseProducing(self) -> None:
        self._full = True
        self.on_full(True)

    def resumeProducing(self) -> None:
        self._full = False
        self.on_full(False)
        self.go_on()


def _do_nothing() -> None:
    """Nobody minds."""


def _ignore(now: bool) -> None:
    """Nobody minds."""
