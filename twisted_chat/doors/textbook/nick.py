"""``nick``: the server asks `NICK`, everybody sends ``name: text``.

These clients print what one `recv` gives, and send their nickname again when
that is exactly ``NICK``.  So all that they are sent ends with a newline, but
for that question: it is sent without one, while nothing else is, until it is
answered.  When it has to be asked again, there is a pause between the reason
and the question, for the client to have read the one before the other comes.

The best known of these clients decode ASCII only, and end at the first other
byte.  So a client is sent ASCII until it has sent something else itself.
"""

from __future__ import annotations

import re

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from ... import events as e
from ...clock import Timer
from ...fanout import Format
from ...names import NICK
from ...outcomes import Outcome, run, settled
from .ascii import nearest_ascii
from .common import (
    PRIVATE,
    TextbookDoor,
    check_no_password,
    format_of,
    line,
    why,
    words,
)
from .lines import LinesConnection

QUESTION = b"NICK"
TRIES = 3
PAUSE = 0.5

_PREFIX = re.compile(rf"{NICK}:(?: |$)")
# The nickname, then the first message behind it in the same packet; or the
# first message alone, from a client whose user was faster than the question.
_ANSWER = re.compile(rf"({NICK}?)(?:\1)?: ?(.*)", re.DOTALL)


def _named(event: e.Named) -> bytes:
    if event.old:
        return line(f"You are now known as {event.nick}")
    return line(f"{event.nick} joined the chat!\nConnected to the server!")


def _joined(event: e.Arrived | e.Joined) -> bytes:
    return line(f"{event.nick} joined the chat!")


def _left(event: e.Departed | e.Parted) -> bytes:
    return line(f"{event.nick} left the chat!")


def _crowd(event: e.Crowd) -> bytes:
    lines = [f"{nick} joined the chat!\n" for nick in event.joined]
    lines += [f"{nick} left the chat!\n" for nick in event.left]
    return "".join(lines).encode()


UTF8 = format_of(
    "nick",
    {
        e.Said: lambda event: line(f"{event.nick}: {words(event)}"),
        e.Whispered: lambda event: line(f"{event.nick}{PRIVATE}: {words(event)}"),
        e.Named: _named,
        e.Arrived: _joined,
        e.Joined: _joined,
        e.Departed: _left,
        e.Parted: _left,
        e.Crowd: _crowd,
        e.Renamed: lambda event: line(f"{event.old} is now known as {event.nick}"),
        e.Notice: lambda event: line(event.text),
        e.Failed: lambda event: line(why(event)),
    },
)
ASCII = Format("nick", lambda event: nearest_ascii(UTF8.encode(event)))
# Nothing may stand beside the question but the reason why it is asked again.
ASKING = format_of("nick", {e.Failed: lambda event: nearest_ascii(line(why(event)))})


class NickConnection(LinesConnection):
    """A peer of the nick door."""

    _failures = 0
    _may_answer_again = True
    _format = ASCII

    def connectionMade(self) -> None:
        self._ask_again = Timer(self.hub.clock)
        super().connectionMade()

    def admitted(self) -> None:
        self.listener.echo = True
        self.listener.format = ASKING
        self._ask()

    def text_received(self, text: str) -> Outcome:
        if self._format is ASCII and not text.isascii():
            self._format = UTF8
            if self.listener.format is ASCII:
                self.listener.format = UTF8
        if self.session.user is None:
            return run(self._answer(text))
        if self._may_answer_again and text.strip() == self.session.user.nick:
            # The first message told the nick before the answer to the question came.
            self._may_answer_again = False
            return None
        return self._say(self._without_prefix(text))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._ask_again.stop()
        super().connectionLost(reason)

    def _ask(self) -> None:
        if not self.ended:
            self.put(QUESTION)

    async def _answer(self, text: str) -> None:
        """Take the answer to the question; after the third bad one, give up."""
        spoken = _ANSWER.fullmatch(text)
        nick = spoken[1] if spoken else text.strip()
        self.listener.format = self._format
        try:
            await settled(self.session.set_nick(nick))
        except e.ChatError as error:
            self.listener.format = ASKING
            self._not_taken(error)
            return
        self._ask_again.stop()
        if spoken:
            await settled(self._say(spoken[2]))

    def _not_taken(self, error: e.ChatError) -> None:
        self._failures += 1
        if self._failures == TRIES:
            self.refuse(error)
            return
        self.refused(error)
        self._ask_again.start(PAUSE, self._ask)

    def _without_prefix(self, text: str) -> str:
        if not text.startswith(f"{self.session.me.nick}:"):
            check_no_password(text)
        return _PREFIX.sub("", text, count=1)

    def _say(self, text: str) -> Outcome:
        return self.say(text) if text and not text.isspace() else None


class NickDoor(TextbookDoor):
    format = ASCII
    protocol = NickConnection  # type: ignore[assignment]
