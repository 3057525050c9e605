"""What a line from a client means: a verb and the rest.

The server reads lines with `parse`, the client writes them with `line_for`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, cast

# Verbs whose line has a password in it: no client shows or remembers it.
SECRET = frozenset({"FORGETME", "LOGIN", "PASS", "PASSWD", "REGISTER", "UNREGISTER"})

_VERB = re.compile(r"/?([A-Za-z]+)")
_SPEECH = re.compile(rb"MSG [!-~][ -~]*+(?:\nMSG [!-~][ -~]*+)*+")
_TO = re.compile(r"@[^\s@:]+(?:\s+@[^\s@:]+)*(?::|(?=\s)|$)")


class Command(NamedTuple):
    """:ivar verb: upper case; empty for a line that says nothing."""

    verb: str
    rest: str


def parse(line: str) -> Command:
    """Read a line without its end.  Never raises.

    ``@bob hi``, ``@bob: hi`` and ``@bob @carol: hi`` mean PRIV, and so does
    ``/msg bob hi``, as wherever people chat.  What is no verb at all has the
    line's first word as its verb, to be named in an error.  All that follows the
    one space behind the verb is the rest.
    """
    line = line.lstrip()
    verb, _, rest = line.partition(" ")
    if verb.startswith("@"):
        if match := _TO.match(line):
            nicks = match[0].rstrip(":").replace("@", "").split()
            return Command("PRIV", f"{','.join(nicks)} {line[match.end() :].lstrip()}")
    elif match := _VERB.fullmatch(verb):
        verb = match[1].upper()
        if verb == "MSG" and line.startswith("/"):
            verb = "PRIV"
    return Command(verb, rest)


def speech(lines: Sequence[bytes | None]) -> list[str] | None:
    """The texts of `lines` if each of them is MSG with plain words, else None.

    Those are printable ASCII and begin with no space, so that nothing in them has to be
    cleaned, and something is said.
    """
    if None in lines:
        return None
    spoken = b"\n".join(cast(Sequence[bytes], lines))
    if not _SPEECH.fullmatch(spoken):
        return None
    return spoken[4:].decode("ascii").split("\nMSG ")


def line_for(verb: str, rest: str = "") -> str:
    """The line that `parse` reads as ``Command(verb, rest)``."""
    return f"{verb} {rest}" if rest else verb
