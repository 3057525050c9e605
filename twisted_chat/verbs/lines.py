"""LINES: a message of several lines, from who can send but lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Failed
from ..names import MAX_LINES, TEXT_LENGTH
from ..outcomes import Outcome
from .basics import say
from .command import Command, by_name
from .fields import ROOM, Values, word

if TYPE_CHECKING:
    from .interpreter import Interpreter

UNFINISHED = 60.0
"""Seconds within which the end has to come."""


class Collector:
    """Takes the lines of one session until the end comes, or the time is over.

    :param end: the line that ends it, and is no part of it.
    """

    def __init__(self, interpreter: Interpreter, room: str, end: str) -> None:
        self._interpreter = interpreter
        self._room = room
        self._end = end
        self._lines: list[str] = []
        self._count = self._size = 0
        clock = interpreter.session.hub.clock
        self._timeout = clock.callLater(UNFINISHED, self._give_up)

    def take(self, line: str) -> Outcome:
        """One more line.

        :raises ChatError: at the end, what speaking raises.
        """
        if line.strip() == self._end:
            self._timeout.cancel()
            self._interpreter.collector = None
            return self._say()
        self._count += 1
        self._size += len(line) + 1
        if self._too_long:
            self._lines.clear()
        else:
            self._lines.append(line)
        return None

    @property
    def _too_long(self) -> bool:
        """More comes than is kept; blank lines behind the text are no part of it."""
        return self._count > 2 * MAX_LINES or self._size > 2 * TEXT_LENGTH

    def _say(self) -> Outcome:
        if self._too_long:
            raise ChatError(
                417,
                f"Too long; at most {MAX_LINES} lines and {TEXT_LENGTH} characters",
            )
        session = self._interpreter.session
        session.refund(self._count)
        return say(session, "\n".join(self._lines), self._room)

    def _give_up(self) -> None:
        self._interpreter.collector = None
        session = self._interpreter.session
        text = f"Nothing was said: {self._end} did not come within {UNFINISHED:.0f} s"
        if not session.ended:
            session.listener.tell(Failed(412, text, session.now()))


def _lines(interpreter: Interpreter, values: Values) -> None:
    interpreter.session.target(values["room"])
    interpreter.collector = Collector(interpreter, values["room"], values["end"])


COMMANDS = by_name(
    Command(
        "LINES",
        "say what follows as one message, up to a line with that word alone",
        [ROOM, word("end", shown="END")],
        _lines,
    ),
)
