"""What is on the screen, and the bytes that make it so.

The only module that writes escape sequences.  Text goes through `names.clean` here once
more, so that nothing that people wrote can act on the terminal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ..names import clean
from .cells import Row, Span, Style, row_width
from .palette import sgr

# The alternate screen, no wrapping at the margin, bracketed paste (xterm's ctlseqs).
ENTER = b"\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[0m\x1b[2J"
LEAVE = b"\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
_CLEAR = b"\x1b[0m\x1b[2J"
_HIDE, _SHOW = b"\x1b[?25l", b"\x1b[?25h"
_TO_THE_END = b"\x1b[0m\x1b[K"


class Size(NamedTuple):
    """Of a screen, in cells."""

    columns: int
    rows: int

    def at_least_a_cell(self) -> Size:
        """A terminal may say that it has none."""
        return Size(max(self.columns, 1), max(self.rows, 1))


class Frame(NamedTuple):
    """All that is on the screen.

    :ivar rows: each exactly as wide as the screen.
    :ivar cursor: row and column, from 0.
    """

    rows: list[Row]
    cursor: tuple[int, int]


class Painter:
    """Turns frames to bytes: what differs from the frame before.

    :param colours: 0, 16 or 256.
    :param links: whether links are told to the terminal (OSC 8).
    """

    def __init__(self, colours: int, links: bool) -> None:
        self._colours = colours
        self._links = links
        self._rows: list[Row] = []
        self._cursor = (-1, -1)

    def forget(self) -> None:
        """Paint all of the next frame: who knows what is on the screen."""
        self._rows = []

    def paint(self, frame: Frame) -> bytes:
        """The bytes for `frame`; none if nothing is to be done."""
        out: list[bytes] = []
        before = self._rows
        if len(before) != len(frame.rows):
            out.append(_CLEAR)
            before = [()] * len(frame.rows)
        for number, (row, old) in enumerate(zip(frame.rows, before, strict=True)):
            if row != old:
                self._paint_row(out, number, row, old)
        if not out and frame.cursor == self._cursor:
            return b""
        self._rows, self._cursor = frame.rows, frame.cursor
        row_number, column = frame.cursor
        place = b"\x1b[%d;%dH" % (row_number + 1, column + 1)
        return b"".join((_HIDE, *out, place, _SHOW)) if out else place

    def _paint_row(self, out: list[bytes], number: int, row: Row, old: Row) -> None:
        """Paint the spans of `row` that differ; both rows are equally wide."""
        start, most = 0, min(len(row), len(old))
        while start < most and row[start] == old[start]:
            start += 1
        end = 0
        while end < most - start and row[-1 - end] == old[-1 - end]:
            end += 1
        place = b"\x1b[%d;%dH" % (number + 1, row_width(row[:start]) + 1)
        out += (place, _encoded(row, start, end, self._colours, self._links))


# Many screens in one process show the same rows: one encoding for all.
@lru_cache(maxsize=2048)
def _encoded(row: Row, start: int, end: int, colours: int, links: bool) -> bytes:
    """The spans of `row` from `start` on, without the last `end`, as bytes."""
    out: list[bytes] = []
    looks = sgr(colours)
    last = len(row) - 1
    for index in range(start, len(row) - end):
        span = row[index]
        if index == last and span.style is Style.PLAIN and span.text.isspace():
            out.append(_TO_THE_END)
            break
        out += (looks[span.style], _text(span, links))
        if not span.text.isascii():
            # Terminals disagree about some widths: the damage ends here.
            out.append(b"\x1b[%dG" % (row_width(row[: index + 1]) + 1))
    return b"".join(out)


def _text(span: Span, links: bool) -> bytes:
    """The text of `span`, whatever people wrote, as nothing but text."""
    text = span.text if span.text.isprintable() else clean(span.text)
    data = text.encode(errors="replace")
    if span.link and links and span.link.isascii():
        link = clean(span.link).encode()
        return b"\x1b]8;;%s\x1b\\%s\x1b]8;;\x1b\\" % (link, data)
    return data


def notification(kind: int, title: str, text: str) -> bytes:
    """A desktop notification.

    :param kind: 9 (iTerm2's), 99 (kitty's, in two parts with one id) or 777 (rxvt's).
    """
    title, text = (clean(word).replace(";", ",") for word in (title, text))
    commands = {
        9: (f"9;{title}: {text}",),
        99: (f"99;i=chat:d=0;{title}", f"99;i=chat:p=body;{text}"),
        777: (f"777;notify;{title};{text}",),
    }[kind]
    told = "".join(f"\x1b]{command}\x1b\\" for command in commands)
    return told.encode(errors="replace")
