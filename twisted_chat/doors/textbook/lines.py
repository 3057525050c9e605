"""Messages without a length: what ends one is a newline, or silence.

The clients of these formats were written with one `send` for one message and
no newline, and TCP keeps no trace of where a `send` ended.  So the rule is:

- a newline ends a message, so a `send` can carry several;
- without one, a message is over when nothing has followed for `QUIET` seconds.

The pieces into which a network cuts one `send` follow each other in far less
than that, and a person who types takes far more, so a client that never sends
a newline has every message taken as one, whole, and only that much later.  The
slices in which the bytes happen to arrive make no difference.
"""

from __future__ import annotations

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from ...clock import Timer
from ...events import ChatError
from ...grammar.framing import LINE_LENGTH, LineCutter
from ...outcomes import Outcome
from ..base import HTTP_REQUEST, TLS_HANDSHAKE
from .common import TextbookConnection, decoded

QUIET = 0.1


class LinesConnection(TextbookConnection[bytes | None]):
    """A peer whose messages end with a newline or with silence."""

    _heard = False

    def connectionMade(self) -> None:
        self._cutter = LineCutter(LINE_LENGTH)
        self._quiet = Timer(self.hub.clock)
        super().connectionMade()

    def text_received(self, text: str) -> Outcome:
        """Do what one message says; it is never empty."""
        raise NotImplementedError

    def cut(self, data: bytes) -> list[bytes | None]:
        self._quiet.stop()
        frames = self._cutter.feed(data)
        if self._cutter.partial:
            self._quiet.start(QUIET, self._fell_silent)
        return frames

    def cut_end(self) -> list[bytes | None]:
        return self._cutter.end()

    def frame_received(self, frame: bytes | None) -> Outcome:
        if frame is None:
            raise ChatError(417, f"Too long; at most {LINE_LENGTH} bytes")
        if not self._heard:
            self._heard = True
            if HTTP_REQUEST.match(frame) or frame.startswith(TLS_HANDSHAKE):
                # A page can make a browser send any body to any port.
                self.end("")
                return None
        text = decoded(frame)
        return self.text_received(text) if text and not text.isspace() else None

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._quiet.stop()
        super().connectionLost(reason)

    def _fell_silent(self) -> None:
        if self.ended:
            return
        if self.frames.paused:
            # It is the server that doesn't read.
            self._quiet.start(QUIET, self._fell_silent)
            return
        self.frames.push(self._cutter.end())
