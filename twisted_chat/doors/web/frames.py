"""WebSocket frames (RFC 6455 section 5.2): how long they are, and ours.

wsproto, beneath Twisted, reads the frames.  It sets no limit to a message,
so `Meter` looks at the frames' headers first; no byte of a message that is
too long reaches wsproto.
"""

from __future__ import annotations

from ...grammar.framing import OBJECT_LENGTH

MAX_CONTROL = 20
_TEXT_FRAME = 0x81
_CONTROL = 0x08


# Bytes that a control frame may carry (RFC 6455 section 5.5).
MAX_CONTROL_PAYLOAD = 125
# A frame counts as so many bytes at least: reading its header costs as much as they do.
LEAST_COUNTED = 16


class TooBigError(Exception):
    """A message is too long, or too many control frames come at once."""


class Meter:
    """Measures messages by their frames' headers, however the network cuts them.

    :param limit: how many bytes a message may have; a fragment of it (section 5.4)
        counts as `LEAST_COUNTED` at least.
    """

    __slots__ = ("_header", "_limit", "_message", "_skip")

    def __init__(self, limit: int = OBJECT_LENGTH) -> None:
        self._limit = limit
        self._header = b""
        self._skip = 0
        self._message = 0

    def feed(self, data: bytes) -> int:
        """Measure `data`; return how many control frames begin in it.

        :raises TooBigError: for a header of a message over the limit or of a
            control frame over `MAX_CONTROL_PAYLOAD`, or for more than
            `MAX_CONTROL` control frames in `data`.
        """
        controls = 0
        at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip -= step
                at += step
                continue
            wanted = self._wanted()
            piece = data[at : at + wanted - len(self._header)]
            self._header += piece
            at += len(piece)
            if len(self._header) == self._wanted():
                controls += self._frame()
                if controls > MAX_CONTROL:
                    raise TooBigError
        return controls

    def _wanted(self) -> int:
        """The length of the header that has begun, as far as is known."""
        if len(self._header) < 2:
            return 2
        length = self._header[1] & 0x7F
        more = {126: 2, 127: 8}.get(length, 0)
        return 2 + more + (4 if self._header[1] & 0x80 else 0)

    def _frame(self) -> bool:
        """Count the frame whose header is whole; True for a control frame."""
        header, self._header = self._header, b""
        length = header[1] & 0x7F
        if length == 126:
            length = int.from_bytes(header[2:4], "big")
        elif length == 127:
            length = int.from_bytes(header[2:10], "big")
        if header[0] & _CONTROL:
            if length > MAX_CONTROL_PAYLOAD:
                raise TooBigError
            self._skip = length
            return True
        self._message += max(length, LEAST_COUNTED)
        if self._message > self._limit:
            raise TooBigError
        if header[0] & 0x80:
            self._message = 0
        self._skip = length
        return False


def text_frame(payload: bytes) -> bytes:
    """`payload`, which is UTF-8, as one text frame.

    It is not masked, as no frame of a server is (RFC 6455 section 5.1).
    """
    length = len(payload)
    if length < 126:
        return bytes((_TEXT_FRAME, length)) + payload
    if length < 65536:
        return bytes((_TEXT_FRAME, 126)) + length.to_bytes(2, "big") + payload
    return bytes((_TEXT_FRAME, 127)) + length.to_bytes(8, "big") + payload


class Wrapper:
    """As `text_frame`, but for the same bytes object again the same frame.

    A room's listeners all get the same bytes object in a turn.
    """

    __slots__ = ("_frame", "_payload")

    def __init__(self) -> None:
        self._payload = self._frame = b""

    def __call__(self, payload: bytes) -> bytes:
        if payload is not self._payload:
            self._payload, self._frame = payload, text_frame(payload)
        return self._frame
