"""Takes the bodies out of what has headers, however the network has cut it.

Memory is bounded, and time is linear in the bytes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ...names import NICK_LENGTH, TEXT_LENGTH

LONGEST = 4 * TEXT_LENGTH + 2 * NICK_LENGTH
MAX_SKIPPED = 64 * 1024
MAX_GARBAGE = 4096

_HEADER = re.compile(rb"([0-9]+) *")


class Bad(NamedTuple):
    """What could not be read as a message.

    :ivar hopeless: the bytes that follow can't be told apart either.
    """

    why: str
    hopeless: bool = False


class HeaderCutter:
    """Cuts bodies by headers: a length in bytes as a decimal, then spaces.

    Where there is no header though there should be one, the next thing that
    looks like one is searched for.  Clients written in class often count
    characters where they should count bytes, and then the rest of their message
    stands in front of their next header.  A body longer than `LONGEST` bytes is
    skipped as it arrives; a length over `MAX_SKIPPED` is taken for none.

    :param width: how many bytes a header has.
    """

    __slots__ = ("_at", "_buffer", "_garbage", "_length", "_skipping", "_width")

    def __init__(self, width: int) -> None:
        self._width = width
        self._buffer = b""
        self._at = 0
        self._length: int | None = None
        self._skipping = 0
        self._garbage = 0

    @property
    def partial(self) -> bool:
        """Whether there is the beginning of a message whose end is missing."""
        return bool(self._buffer or self._skipping or self._length is not None)

    @property
    def missing(self) -> str:
        """What is missing, for a person."""
        if self._skipping:
            return f"{self._skipping} bytes"
        if self._length is not None:
            return f"{self._length - len(self._buffer)} of {self._length} bytes"
        return f"{self._width - len(self._buffer)} bytes of a header"

    def feed(self, data: bytes) -> list[bytes | Bad]:
        """The bodies that `data` completes, and what is wrong with it, in order.

        After something `hopeless` there is nothing more.
        """
        if self._garbage > MAX_GARBAGE:
            return []
        self._buffer += data
        frames: list[bytes | Bad] = []
        while self._cut(frames):
            pass
        self._buffer = self._buffer[self._at :]
        self._at = 0
        return frames

    def reset(self) -> None:
        """Forget the beginning of a message: the next byte starts a header."""
        self._buffer = b""
        self._length = None
        self._skipping = 0

    def _cut(self, frames: list[bytes | Bad]) -> bool:
        """Take one thing off the buffer; False when it takes more bytes."""
        here = len(self._buffer) - self._at
        if self._skipping:
            dropped = min(self._skipping, here)
            self._skipping -= dropped
            self._at += dropped
            return not self._skipping
        if self._length is None:
            return self._cut_header(frames)
        if here < self._length:
            return False
        frames.append(self._buffer[self._at : self._at + self._length])
        self._at += self._length
        self._length = None
        return True

    def _cut_header(self, frames: list[bytes | Bad]) -> bool:
        while len(self._buffer) >= (end := self._at + self._width):
            match = _HEADER.fullmatch(self._buffer, self._at, end)
            if match and (length := int(match[1])) <= MAX_SKIPPED:
                self._at = end
                self._garbage = 0
                self._begin(length, frames)
                return True
            if not self._garbage:
                frames.append(_bad_header(match and match[1]))
            self._at += 1
            self._garbage += 1
            if self._garbage > MAX_GARBAGE:
                frames.append(Bad("Nothing here looks like a message", True))
                self._at = len(self._buffer)
        return False

    def _begin(self, length: int, frames: list[bytes | Bad]) -> None:
        if length > LONGEST:
            frames.append(Bad(f"{length} bytes are too long; at most {LONGEST}"))
            self._skipping = length
        else:
            self._length = length


def _bad_header(number: bytes | None) -> Bad:
    if number:
        return Bad(f"A length of {int(number)} can't be meant")
    return Bad("No length stands where a header should be; count bytes, not characters")
