"""What a line that somebody typed, or piped in, asks of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..grammar.commands import Command, line_for, parse
from ..grammar.framing import LINE_LENGTH
from ..names import TEXT_LENGTH

# Commands that work before a nick is accepted; that may get one accepted; that decide
# by whom, or where, the lines that follow are said.
EARLY = frozenset(
    {"CERT", "FORMAT", "HELP", "LOGIN", "NICK", "PASS", "PING", "QUIT", "TOKEN"}
    | {"REACTIONS", "REPLAY"}
)
ENTERING = frozenset({"LOGIN", "NICK"})
DECISIVE = ENTERING | {"JOIN"}

_SPACE = re.compile(r"\s")
_ROOM_FOR_TEXT = LINE_LENGTH - len("MSG ")


def commands_for(line: str) -> list[Command]:
    """The commands that `line` stands for; none when it says nothing.

    ``/verb rest`` is a command, ``//x`` says ``/x``, ``@bob hi`` is private as
    it is for everyone else, and all else is said in the current room.  What
    is too long for one message is said in several.
    """
    if not line or line.isspace():
        return []
    if line.startswith("/") and not line.startswith("//"):
        return [parse(line)]
    if line.startswith("@") and (private := parse(line)).verb == "PRIV":
        return [private]
    text = line[1:] if line.startswith("//") else line
    return [Command("MSG", part) for part in _parts(text)]


def protocol_line(command: Command) -> str:
    """`command` as the server reads it."""
    return line_for(command.verb, command.rest)


def _parts(text: str) -> Iterator[str]:
    while text:
        end = _most(text)
        if end < len(text) and (at := _last_space(text, end)):
            yield text[:at]
            text = text[at + 1 :]
        else:
            yield text[:end]
            text = text[end:]


def _most(text: str) -> int:
    """How many characters of `text` fit in one message, at least 1."""
    end = min(len(text), TEXT_LENGTH)
    while len(text[:end].encode()) > _ROOM_FOR_TEXT:
        end -= 1
    return end


def _last_space(text: str, end: int) -> int:
    """Where to break `text` before `end`; 0 when only in a word."""
    for at in range(end, max(end - 200, 0), -1):
        if _SPACE.match(text[at]) and not text[:at].isspace():
            return at
    return 0
