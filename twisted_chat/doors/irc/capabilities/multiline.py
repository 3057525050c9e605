"""draft/multiline: a message of several lines, in a batch that the client sends.

Sources: IRCv3 client-batch and multiline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ....events import SpeechKind
from ....names import MAX_LINES, TEXT_LENGTH, fold
from ....outcomes import Outcome, run
from ..command import Command
from ..commands.messages import NO_TAGS, say
from ..lines import CONCAT, MULTILINE
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

REFERENCE = re.compile(r"[A-Za-z0-9-]{1,64}")
OPEN = 60.0
"""Seconds in which a batch is to be complete."""


class BatchError(Exception):
    """What a batch FAILs with; the arguments are code, context and text."""


class OpenBatch:
    """The lines that have come so far of a message.

    :ivar reference: what the client calls it.
    :ivar target: the room or the nick that it is for.
    :ivar tags: of what opened it, which are those of the message.
    :ivar label: what the client wants to see in the reply to all of it.
    :ivar kind: PRIVMSG or NOTICE, as all its lines are; empty before the first.
    :ivar failed: it was refused already, and what still comes of it is dropped.
    :param until: when it has to be complete, in seconds of the hub's clock.
    :param most_lines: how many there may be.
    """

    def __init__(
        self,
        reference: str,
        target: str,
        until: float,
        most_lines: int = MAX_LINES,
        tags: Mapping[str, str] = NO_TAGS,
    ) -> None:
        self.reference = reference
        self.tags = tags
        self.target = target
        self.label = self.kind = ""
        self.failed = False
        self._until = until
        self._most_lines = most_lines
        self._lines: list[str] = []
        self._count = self._bytes = 0

    @property
    def count(self) -> int:
        """How many lines have come."""
        return self._count

    def check_time(self, now: float) -> None:
        """Raises `BatchError` where it has been open for too long."""
        if now > self._until:
            raise BatchError("TIMEOUT", self.reference, "It was open for too long")

    def add(self, command: str, target: str, text: str, concat: bool) -> None:
        """One more line; raises `BatchError`."""
        if command not in ("PRIVMSG", "NOTICE") or self.kind not in ("", command):
            raise BatchError("MULTILINE_INVALID", "All lines are of one command")
        if fold(target) != fold(self.target):
            where = self.target, target
            raise BatchError("MULTILINE_INVALID_TARGET", *where, "Another target")
        if concat and not (text and self._lines):
            raise BatchError("MULTILINE_INVALID", "Nothing that could be joined")
        self.kind = command
        self._count += 1
        self._bytes += len(text.encode()) + (bool(self._lines) and not concat)
        if self._count > self._most_lines:
            limit = str(self._most_lines)
            raise BatchError("MULTILINE_MAX_LINES", limit, "Too many lines")
        if self._bytes > TEXT_LENGTH:
            limit = str(TEXT_LENGTH)
            raise BatchError("MULTILINE_MAX_BYTES", limit, "The text is too long")
        if concat:
            self._lines[-1] += text
        else:
            self._lines.append(text)

    def text(self) -> str:
        """All of it; raises `BatchError` where nothing is said."""
        if not any(map(str.strip, self._lines)):
            raise BatchError("MULTILINE_INVALID", "No line has any text")
        return "\n".join(self._lines)


def _batch(c: IRCConnection, message: Message) -> Outcome:
    """BATCH, by which a client begins and ends one."""
    word, *more = message.params
    try:
        if word.startswith("+"):
            _open(c, word[1:], more, message.tags)
        elif c.open_batch is not None and word == f"-{c.open_batch.reference}":
            return _close(c, c.open_batch)
        else:
            raise BatchError("MULTILINE_INVALID", "No such batch is open")
    except BatchError as error:
        c.fail("BATCH", *error.args)
    return None


def _open(
    c: IRCConnection, reference: str, more: list[str], tags: Mapping[str, str]
) -> None:
    c.open_batch = None
    if not REFERENCE.fullmatch(reference):
        raise BatchError("INVALID_REFTAG", reference, "Letters, digits and hyphens")
    if more[:1] != [MULTILINE]:
        kind = more[0] if more else "*"
        raise BatchError("UNKNOWN_TYPE", reference, kind, "No such type of batch")
    if len(more) < 2:
        raise BatchError("MULTILINE_INVALID", "It is for nobody")
    until = c.hub.clock.seconds() + OPEN
    c.open_batch = OpenBatch(reference, more[1], until, tags=tags)


def _close(c: IRCConnection, batch: OpenBatch) -> Outcome:
    c.open_batch = None
    if batch.failed:
        return None
    batch.check_time(c.hub.clock.seconds())
    c.session.refund(batch.count)
    kind: SpeechKind = "notice" if batch.kind == "NOTICE" else "message"
    text, tags = batch.text(), batch.tags
    spoken = c.each("BATCH", [batch.target], lambda to: say(c, to, text, kind, tags))
    return run(spoken)


def collect(c: IRCConnection, batch: OpenBatch, message: Message) -> None:
    """Take `message`, which has the tag ``batch``, into what is open."""
    if batch.failed:
        return
    target, text, *_ = (*message.params, "", "")
    try:
        batch.check_time(c.hub.clock.seconds())
        if message.tags["batch"] != batch.reference:
            raise BatchError("MULTILINE_INVALID", "Another batch is open")
        batch.add(message.command, target, text, CONCAT in message.tags)
    except BatchError as error:
        batch.failed = True
        c.fail("BATCH", *error.args)


def _limits(c: IRCConnection) -> str:
    return f"max-bytes={TEXT_LENGTH},max-lines={MAX_LINES}"


MULTILINES = Capability(
    MULTILINE,
    "messages of several lines",
    offer=_limits,
    renders=True,
    commands={
        "BATCH": Command(
            _batch,
            1,
            usage="+reference draft/multiline target, or -reference",
            about="a message of several lines begins, or ends",
        )
    },
)
