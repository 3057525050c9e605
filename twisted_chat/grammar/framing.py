"""Bytes in, lines out, whatever the slices: bounded memory, bounded time."""

from __future__ import annotations

import re

LINE_LENGTH = 4096

# IAC WILL/WONT/DO/DONT option; IAC SB ... IAC SE; IAC anything else (RFC 854).
_TELNET = re.compile(
    rb"\xff(?:[\xfb-\xfe].|\xfa(?:[^\xff]|\xff[^\xf0])*\xff\xf0|[^\xfa-\xfe])",
    re.DOTALL,
)


class TelnetFilter:
    """Drops telnet commands, also when they come in pieces (RFC 854)."""

    __slots__ = ("_in_subnegotiation", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._in_subnegotiation = False

    def feed(self, data: bytes) -> bytes:
        if b"\xff" not in data and not self._rest and not self._in_subnegotiation:
            return data
        data, self._rest = self._rest + data, b""
        if self._in_subnegotiation:
            end = data.find(b"\xff\xf0")
            if end < 0:
                self._rest = data[-1:] if data.endswith(b"\xff") else b""
                return b""
            data = data[end + 2 :]
            self._in_subnegotiation = False
        data = _TELNET.sub(b"", data)
        text, iac, rest = data.partition(b"\xff")
        if rest.startswith(b"\xfa"):
            self._in_subnegotiation = True
            self._rest = b"\xff" if rest.endswith(b"\xff") else b""
        else:
            self._rest = iac + rest
        return text


class LineCutter:
    """Cuts lines at LF or CRLF.

    A line longer than the limit comes out as None, once, when its end is
    still to come; what follows up to its newline is discarded as it arrives.

    :param limit: bytes in a line, without its end.
    """

    __slots__ = ("_buffer", "_limit", "_skipping")

    def __init__(self, limit: int = LINE_LENGTH) -> None:
        self._limit = limit
        self._buffer = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes | None]:
        """The lines that `data` completes, without their ends."""
        if self._buffer:
            data = self._buffer + data
        lines: list[bytes | None] = []
        lines += data.split(b"\n")
        rest = lines.pop() or b""
        if self._skipping and lines:
            del lines[0]
            self._skipping = False
        if b"\r" in data:
            lines = [line and _without_return(line) for line in lines]
        if len(data) > self._limit:
            limit = self._limit
            lines = [
                line if line is None or len(line) <= limit else None for line in lines
            ]
            if len(rest) > limit + 1 or (len(rest) > limit and rest[-1:] != b"\r"):
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
        return [_without_return(rest)] if rest else []


def _without_return(line: bytes) -> bytes:
    return line.removesuffix(b"\r").replace(b"\r\0", b"")
