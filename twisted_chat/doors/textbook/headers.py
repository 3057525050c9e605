"""Messages behind a header that tells their length in bytes."""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import ClassVar

from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from ...clock import Timer
from ...events import ChatError
from ...outcomes import Outcome
from .common import TextbookConnection
from .framing import Bad, HeaderCutter

log = Logger()

# How long a message may take to arrive, in seconds.
STALL = 10.0


def field(width: int, text: str) -> bytes:
    """`text` behind its header, which is `width` bytes long."""
    body = text.encode()
    return str(len(body)).encode().ljust(width) + body


class HeaderConnection(TextbookConnection[bytes | Bad]):
    """A peer whose messages stand behind headers of `width` bytes.

    Until it has a nick a peer must get each header right: one that doesn't is
    no client of this format.  Later it is told what was wrong, and goes on.
    """

    width: ClassVar[int]

    def connectionMade(self) -> None:
        self._cutter = HeaderCutter(self.width)
        self._stall = Timer(self.hub.clock)
        super().connectionMade()

    def text_received(self, text: str) -> Outcome:
        """Do what one message says."""
        raise NotImplementedError

    def cut(self, data: bytes) -> list[bytes | Bad]:
        frames = self._cutter.feed(data)
        if not self._cutter.partial:
            self._stall.stop()
        elif frames or not self._stall.running:
            self._stall.start(STALL, self._stalled)
        return frames

    def frame_received(self, frame: bytes | Bad) -> Outcome:
        if isinstance(frame, Bad):
            self._bad(frame)
            return None
        try:
            # A client that counts characters has the last one cut in half here:
            # the others are shown.
            text = getincrementaldecoder("utf-8")().decode(frame)
        except UnicodeDecodeError:
            self._bad(Bad("That message is not UTF-8; nobody else has seen it"))
            return None
        return self.text_received(text)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._stall.stop()
        super().connectionLost(reason)

    def _bad(self, bad: Bad) -> None:
        log.info(
            "bad message at the {door} door from {host}: {why}",
            door=self.factory.name,
            host=self.session.host,
            why=bad.why,
        )
        error = ChatError(400, bad.why)
        if bad.hopeless or self.session.user is None:
            self.refuse(error, "bad messages")
        else:
            raise error

    def _stalled(self) -> None:
        if self.ended:
            return
        if self.frames.paused:
            # The rest waits on our side.
            self._stall.start(STALL, self._stalled)
            return
        bad = Bad(f"A message did not arrive in whole; {self._cutter.missing} missing")
        self._cutter.reset()
        self.frames.push([bad])
