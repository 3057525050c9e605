"""IRC's lines: reading one, making one that fits, cutting text to fit.

Sources: the Modern IRC Client Protocol, "Message Format"; RFC 2812 section 2.3;
IRCv3 message-tags.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from irctokens.line import tokenise

LINE = 512
"""Bytes in a line without its tags, CR LF included (RFC 2812, section 2.3)."""

TAGS = 4096
"""Bytes of tags from a client, "@" and the space included (message-tags)."""

_SHORT = 80  # characters that fit in a line behind any prefix and any room
_UNSAFE = {0: None, 10: None, 13: None}
_ESCAPES = {ord("\\"): "\\\\", ord(";"): "\\:", ord(" "): "\\s", 13: "\\r", 10: "\\n"}
_JOINER = "\u200d"

# Bold, italic, underline, … and colours, with the numbers that belong to them.
_FORMATTING = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?"
    r"|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
    r"|[\x02\x0f\x11\x16\x1d-\x1f]"
)


class Message(NamedTuple):
    """A line from a client.

    :ivar command: upper case.
    :ivar params: without formatting, which no other door knows.
    """

    command: str
    params: list[str]
    tags: dict[str, str]


def parse(line: str) -> Message | None:
    """Read a line without its end; None for one that says nothing."""
    if line.startswith(("@", ":")) or not line.isprintable():
        return _parse_odd(line)
    words, trailing, last = line.partition(" :")
    params = words.split()
    if not params:
        return None
    command = params.pop(0).upper()
    if trailing:
        params.append(last)
    return Message(command, params, {})


def _parse_odd(line: str) -> Message | None:
    """As `parse`, for one with tags, a source, formatting, or what no line may have."""
    try:
        read = tokenise(line)
    except (IndexError, ValueError):
        return None
    params = read.params
    if not line.isprintable():
        params = [_FORMATTING.sub("", param) for param in params]
    return Message(read.command, params, read.tags or {})


def too_long(line: bytes) -> bool:
    """Whether `line`, without its end, has more bytes than a client's may have.

    Its tags, and what is behind them, have a limit each: `TAGS` and `LINE`.
    """
    if len(line) <= LINE - 2:
        return False
    if not line.startswith(b"@"):
        return True
    tags, space, rest = line.partition(b" ")
    return len(tags) + len(space) > TAGS or len(rest) > LINE - 2


def finish(line: str) -> bytes:
    """`line`, which has no tags, with its CR LF; cut to `LINE` bytes.

    NUL, CR and LF in it are removed, for none may be in a message.
    """
    if not line.isprintable():
        line = line.translate(_UNSAFE)
    data = line.encode(errors="replace")
    if len(data) > LINE - 2:
        data = data[: _boundary(data, LINE - 2)]
    return data + b"\r\n"


def middle(param: str) -> str:
    """`param` where it may stand anywhere in a line, else "*".

    Only the last parameter may be empty, have a space, or begin with a colon.
    """
    if not param or param.startswith(":") or " " in param:
        return "*"
    return param


def escape(value: str) -> str:
    """A tag's value as it stands in a line (message-tags, "Escaping values")."""
    if value.isprintable() and not (";" in value or "\\" in value or " " in value):
        return value  # nearly all
    return value.translate(_ESCAPES)


def tag(line: bytes, tags: bytes) -> bytes:
    """`line` with `tags` in front of those it has."""
    if line.startswith(b"@"):
        return b"@" + tags + b";" + line[1:]
    return b"@" + tags + b" " + line


def fits(text: str) -> bool:
    """Whether `text` surely fits in a line, whatever stands before it."""
    return len(text) <= _SHORT


def split(text: str, most: int, keep: bool = False) -> list[str]:
    """`text` in pieces of at most `most` bytes of UTF-8.

    Between words where there are any, else between characters.

    :param keep: whether the space between two pieces is kept, behind the first.
    """
    data = text.encode()
    pieces = []
    while len(data) > most:
        cut = data.rfind(b" ", 1, most + (not keep)) + keep
        if cut < 1:
            cut = _boundary(data, most)
        pieces.append(data[:cut].decode())
        data = data[cut:] if keep else data[cut:].removeprefix(b" ")
    pieces.append(data.decode())
    return pieces


def _boundary(data: bytes, most: int) -> int:
    """Where to cut `data`, at `most` or before, so that no character breaks.

    A character here is what a person sees: marks stay with their letter.
    """
    while data[most] & 0xC0 == 0x80:
        most -= 1
    before = data[:most].decode()
    following = data[most : most + 4].decode(errors="ignore")[:1]
    for back in range(1, min(32, len(before))):
        last = before[-back]
        if not _joins(following) and last != _JOINER:
            return most - len(before[len(before) - back + 1 :].encode())
        following = last
    return most


def _joins(char: str) -> bool:
    """Whether `char` belongs to the character before it."""
    return char == _JOINER or unicodedata.category(char or " ")[0] == "M"
