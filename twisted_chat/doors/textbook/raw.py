"""``raw``: what anybody sends is relayed as ``<ip : port> :text``.

There are no nicks in it, so each peer is given one, and only here, where the
format wants them, are addresses shown.
"""

from __future__ import annotations

from itertools import count

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from ... import events as e
from ...hub import Hub
from ...hub.session import new_token
from ...outcomes import Outcome, run, settled
from .common import (
    PRIVATE,
    SERVER,
    TextbookDoor,
    format_of,
    line,
    why,
    words,
)
from .lines import LinesConnection

GREETING = b"welcome\n"

# How many seconds after somebody has left their words may still be shown.
REMEMBERED = 10.0


class RawConnection(LinesConnection):
    """A peer of the raw door; it has a nick from the start."""

    factory: RawDoor
    _nick = ""
    _label = ""

    def admitted(self) -> None:
        self.put(GREETING)
        entering = run(self._enter())
        if entering is not None:
            self.hold(entering)

    async def _enter(self) -> None:
        host = self.session.host
        port = getattr(self.transport.getPeer(), "port", 0) or next(self.factory.count)
        try:
            self._nick = self.hub.identities.guest_nick(new_token())
            await settled(self.session.set_nick(self._nick))
        except e.ChatError as error:
            self.refuse(error)
            return
        self._label = f"{host} : {port}"
        self.factory.labels[self._nick] = self._label

    def text_received(self, text: str) -> Outcome:
        return self.say(text)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        super().connectionLost(reason)
        self.hub.clock.callLater(REMEMBERED, self._forget)

    def _forget(self) -> None:
        if self.factory.labels.get(self._nick) is self._label:
            del self.factory.labels[self._nick]


class RawDoor(TextbookDoor):
    """Keeps what its peers are called, for its format to show.

    :ivar labels: what those who came by this door are called here, by nick.
    :ivar count: numbers peers that have no port, at a UNIX socket.
    """

    protocol = RawConnection  # type: ignore[assignment]

    def __init__(self, hub: Hub) -> None:
        self.labels: dict[str, str] = {}
        self.count = count(1)
        self.format = format_of(
            "raw",
            {
                e.Said: self._said,
                e.Whispered: self._whispered,
                e.Notice: lambda event: _relayed(SERVER, event.text),
                e.Failed: lambda event: _relayed(SERVER, why(event)),
            },
        )
        super().__init__(hub)

    def _said(self, event: e.Said) -> bytes:
        return _relayed(self.labels.get(event.nick, event.nick), words(event))

    def _whispered(self, event: e.Whispered) -> bytes:
        return _relayed(f"{event.nick}{PRIVATE}", words(event))


def _relayed(sender: str, text: str) -> bytes:
    return line(f"<{sender}> :{text}")
