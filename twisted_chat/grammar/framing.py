"""Makes lines of bytes, however the network has cut them.

Memory is bounded, and time is linear in the bytes.
"""

from __future__ import annotations

import re

# Bytes.  A text of 4,000 characters is up to three times as long in JSON's escapes.
LINE_LENGTH = 4096
OBJECT_LENGTH = 64 * 1024

# IAC WILL/WONT/DO/DONT option; IAC SB ... IAC SE; IAC command (RFC 854, "TELNET
# Command Structure").  A newline always ends the line: no command that is in use
# contains one there.  The groups: the last IAC of an SB whose end has not come yet;
# a command that the end of the data cuts off; a byte that is no command, or stands
# for itself (IAC IAC).  Nothing is tried twice, so the time is linear in the length.
_TELNET = re.compile(
    rb"\xff(?:[\xfb-\xfe][^\n]|[\xf0-\xf9]"
    rb"|\xfa[^\n](?:[^\xff]++|\xff[^\xf0])*+(?:\xff\xf0|(\xff?)\Z)"
    rb"|([\xfa-\xfe]?)\Z)"
    rb"|(\xff)\xff?",
    re.DOTALL,
)


class TelnetFilter:
    """Removes telnet's commands, also when they come in pieces.

    Source: RFC 854, "TELNET Command Structure"; RFC 855 for what is between
    SB and SE.  No option is answered, so none is agreed on.
    """

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """`data` without commands.

        What a command that isn't whole yet needs is kept: at most 4 bytes.
        """
        if not self._rest and b"\xff" not in data:
            return data
        pieces = _TELNET.split(self._rest + data)
        self._rest = b""
        if len(pieces) > 1:
            inside, short, _, _ = pieces[-4:]
            if inside is not None:
                self._rest = b"\xff\xfa\0" + inside
            elif short is not None:
                self._rest = b"\xff" + short
        del pieces[1::4], pieces[1::3]  # all groups but the last
        return b"".join(filter(None, pieces))


class LineCutter:
    """Cuts lines at LF or CRLF.

    A line longer than the limit comes out as None, once, even if its end has
    not come yet.  What follows up to its newline is discarded as it arrives.
    CR NUL, which is telnet's carriage return (RFC 854, "The NVT Printer and
    Keyboard"), is removed.

    :param limit: how many bytes a line may have, without its end.
    :param objects: how many where it begins with ``{``; by default no more.
    """

    __slots__ = ("_buffer", "_limit", "_objects", "_skipping")

    def __init__(self, limit: int = LINE_LENGTH, objects: int = 0) -> None:
        self._limit = limit
        self._objects = max(limit, objects)
        self._buffer = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes | None]:
        """The lines that `data` completes, without their ends."""
        if self._buffer:
            data = self._buffer + data
        limit = self._limit
        # Nearly always: no line is too long, and none has telnet's CR NUL.
        plain = len(data) <= limit and b"\0" not in data
        if plain:
            data = data.replace(b"\r\n", b"\n")
        lines: list[bytes | None] = []
        lines += data.split(b"\n")
        rest = lines.pop() or b""
        if self._skipping and lines:
            del lines[0]
            self._skipping = False
        if not plain:
            lines = [line and self._line(line) for line in lines]
            # The CR may be half of its end.
            if len(rest) > limit and self._is_too_long(rest.removesuffix(b"\r")):
                if not self._skipping:
                    lines.append(None)
                self._skipping = True
        self._buffer = b"" if self._skipping else rest
        return lines

    @property
    def partial(self) -> bool:
        """Whether there is the beginning of a line whose end is missing."""
        return self._skipping or bool(self._buffer)

    def end(self) -> list[bytes | None]:
        """What is left when no newline is to come for it."""
        rest, self._buffer = self._buffer, b""
        self._skipping = False
        return [self._line(rest)] if rest else []

    def _line(self, line: bytes) -> bytes | None:
        line = line.removesuffix(b"\r")
        if len(line) > self._limit and self._is_too_long(line):
            return None
        return line.replace(b"\r\0", b"")

    def _is_too_long(self, line: bytes) -> bool:
        return len(line) > (self._objects if line[:1] == b"{" else self._limit)
