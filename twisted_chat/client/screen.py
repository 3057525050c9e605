"""Where lines are shown: a terminal, a pipe, or JSON for a program.

Three ways to show one event; each satisfies `Screen`.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from json import JSONEncoder
from typing import Protocol

from ..clock import Clock
from ..names import fold
from ..terminal.fields import Event, Fields
from .display import is_own, lines_for
from .pieces import Line, Piece, Style, notice
from .quotes import Quotes

Write = Callable[[str], None]

RESET = "\x1b[0m"
_SGR = {
    Style.TIME: "\x1b[2m",
    Style.NOTICE: "\x1b[2m",
    Style.ROOM: "\x1b[36m",
    Style.ERROR: "\x1b[31m",
}
# Six colours, each once more in bold: readable on black and on white.
_NICKS = [f"\x1b[{bold}{colour}m" for bold in ("", "1;") for colour in range(31, 37)]

SETTLED = 0.05


class Screen(Protocol):
    """Shows what happens."""

    def show(self, event: Event, me: str) -> None:
        """Show `event` to the person called `me`; that is empty before NICK."""
        ...


class Pipe:
    """Plain lines, as FORMAT text has them; what one says oneself is left out."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def show(self, event: Event, me: str) -> None:
        if not me or event["event"] == "error":
            return
        if is_own(event, me) and not event.get("replay"):
            return
        for line in lines_for(event, me):
            when = f"[{line.at:%H:%M}] " if line.again and line.at else ""
            self._write(f"{when}{line.text}\n")


class JsonLines:
    """The events as they come, one JSON object a line.

    What could act on a terminal is escaped, which to a program is the same.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._encode = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def show(self, event: Event, me: str) -> None:
        if not event.get("early"):
            line = self._encode(event)
            if not line.isprintable():
                line = "".join(c if c.isprintable() else _escape(c) for c in line)
            self._write(f"{line}\n")


class Terminal:
    """Lines with times and colours, shown above what is being typed.

    The terminal itself edits the line that is typed, so only the terminal
    knows it.  A new line is therefore inserted above the cursor's row, and
    the cursor put back where it was.

    :param columns: gives the terminal's width, in columns.
    :param pending: tells whether a line was typed that has not been read yet.
    :param colour: whether to use colours.
    """

    def __init__(
        self,
        write: Write,
        columns: Callable[[], int],
        pending: Callable[[], bool],
        clock: Clock,
        colour: bool = True,
    ) -> None:
        self._write = write
        self._columns = columns
        self._pending = pending
        self._clock = clock
        self._colour = colour
        self._quotes = Quotes()
        self._account = ""
        self._day: date | None = None
        self._typed: str | None = None
        self._wrote = float("-inf")

    def show(self, event: Event, me: str) -> None:
        self._quotes.learn(event, me)
        if event["event"] == "account" and event.get("you") is True:
            self._account = Fields(event).text("account")
        lines = lines_for(event, me, self._quotes, self._account)
        if is_own(event, me) and self._typed == event.get("text"):
            self._replace(lines[0])
            return
        for line in lines:
            self._show_day(line.at)
            self._insert(self._rows(line))
            if line.loud:
                self._write("\a")

    def tell(self, text: str) -> None:
        """Show what the client itself has to say."""
        self._insert(self._rows(Line(notice(text), None)))

    def entered(self, typed: str, secret: bool = False) -> None:
        """Note that `typed` is in the row above the cursor, if that is sure.

        It is, if it fits in a row and nothing was inserted for `SETTLED`
        seconds.  When the server sends it back, that takes its place.  What is
        `secret` is wiped at once.
        """
        settled = self._clock.seconds() - self._wrote > SETTLED
        sure = typed.isprintable() and width(typed) < self._columns()
        self._typed = typed if settled and sure and not self._pending() else None
        if secret and self._typed is not None:
            self._replace(Line(notice("(a password was here)"), None))

    def close(self) -> None:
        """Leave an empty row for whatever comes next."""
        self._write("\r\x1b[2K")

    def _replace(self, line: Line) -> None:
        self._typed = None
        first, *more = self._rows(line)
        self._write(f"\x1b7\x1b[A\r\x1b[2K{first}\x1b8")
        self._insert(more)

    def _show_day(self, at: datetime | None) -> None:
        if at is not None and at.date() != self._day:
            if self._day is not None or at.date() != datetime.now().date():
                self.tell(f"-- {at:%A, %d %B %Y} --")
            self._day = at.date()

    def _rows(self, line: Line) -> list[str]:
        at = line.at or datetime.now()
        time = Piece(f"{at:%H:%M} ", Style.TIME)
        if line.again:
            time = Piece(f"[{at:%H:%M}] ", Style.TIME)
        return [
            "".join(map(self._styled, row))
            for row in wrap((time, *line.pieces), max(self._columns() - 1, 10))
        ]

    def _styled(self, piece: Piece) -> str:
        if not self._colour or not piece.text:
            return piece.text
        sgr = _SGR.get(piece.style, "")
        if piece.style is Style.NICK:
            sgr = _NICKS[zlib.crc32(fold(piece.text).encode()) % len(_NICKS)]
        return f"{sgr}{piece.text}{RESET}" if sgr else piece.text

    def _insert(self, rows: list[str]) -> None:
        """Show `rows` above the cursor's row.

        IND makes room below and keeps the column, IL moves the typed row
        there, and DECRC returns the cursor to it (ECMA-48, DEC STD 070).
        """
        if rows:
            self._typed = None
            self._wrote = self._clock.seconds()
        for row in rows:
            self._write(f"\x1bD\x1b7\x1b[A\r\x1b[L{row}\x1b8")


class Dumb(Terminal):
    """A terminal that knows no escape sequences."""

    def entered(self, typed: str, secret: bool = False) -> None:
        pass

    def close(self) -> None:
        pass

    def _insert(self, rows: list[str]) -> None:
        for row in rows:
            self._write(f"{row}\n")


def width(text: str) -> int:
    """The columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrap(pieces: tuple[Piece, ...], columns: int) -> Iterator[list[Piece]]:
    """`pieces` in rows of at most `columns`, broken at spaces where possible."""
    row: list[Piece] = []
    used = 0
    for piece in pieces:
        for word in re.findall(r"\S+\s*|\s+", piece.text):
            if used and used + width(word.rstrip()) > columns:
                yield _trimmed(row)
                row, used = [], 0
            while width(word.rstrip()) > columns:
                head = _head(word, columns)
                yield [*row, Piece(head, piece.style)]
                row, word = [], word[len(head) :]
            row.append(Piece(word, piece.style))
            used += width(word)
    yield _trimmed(row)


def _trimmed(row: list[Piece]) -> list[Piece]:
    """Spaces that end a row could fill the next one."""
    return [*row[:-1], Piece(row[-1].text.rstrip(), row[-1].style)] if row else row


def _head(word: str, columns: int) -> str:
    used = 0
    for index, char in enumerate(word):
        used += _char_width(char)
        if used > columns:
            return word[: max(index, 1)]
    return word


def _escape(char: str) -> str:
    code = ord(char)
    if code > 0xFFFF:
        high, low = divmod(code - 0x10000, 0x400)
        return f"\\u{high + 0xD800:04x}\\u{low + 0xDC00:04x}"
    return f"\\u{code:04x}"
