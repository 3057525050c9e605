"""Text in the cells of a terminal: how wide it is, how it is cut and wrapped.

A `Row` is made of `Span`, each of one style.  Nothing here knows how a style looks;
`palette` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum, auto
from itertools import groupby
from typing import NamedTuple

from wcwidth import iter_graphemes, wcswidth


class Style(IntEnum):
    PLAIN = auto()
    DIM = auto()
    NOTICE = auto()
    ERROR = auto()
    BOLD = auto()
    MENTION = auto()
    LINK = auto()
    NEW = auto()
    BAR = auto()
    BAR_CURRENT = auto()
    BAR_UNREAD = auto()
    BAR_MENTION = auto()
    SELECTED = auto()
    PROMPT = auto()
    NICK_0 = auto()
    NICK_1 = auto()
    NICK_2 = auto()
    NICK_3 = auto()
    NICK_4 = auto()
    NICK_5 = auto()
    NICK_6 = auto()
    NICK_7 = auto()
    NICK_8 = auto()
    NICK_9 = auto()
    NICK_10 = auto()
    NICK_11 = auto()


NICK_STYLES = tuple(style for style in Style if style.name.startswith("NICK_"))


class Span(NamedTuple):
    """:ivar link: where it leads, if it is a link."""

    text: str
    style: Style = Style.PLAIN
    link: str = ""


Row = tuple[Span, ...]

_WORD = re.compile(r"\S+\s*|\s+")


def width(text: str) -> int:
    """The columns that `text` takes, by Unicode's tables as wcwidth has them."""
    return len(text) if text.isascii() else max(0, wcswidth(text))


def row_width(row: Iterable[Span]) -> int:
    return sum(width(span.text) for span in row)


def graphemes(text: str) -> list[str]:
    """`text` in what a person takes for characters (UAX #29)."""
    return list(text) if text.isascii() else list(iter_graphemes(text))


def split(text: str, columns: int) -> tuple[str, str]:
    """What of `text` fits in so many columns, and the rest."""
    if text.isascii():
        return text[:columns], text[columns:]
    used = end = 0
    for grapheme in iter_graphemes(text):
        used += width(grapheme)
        if used > columns:
            break
        end += len(grapheme)
    return text[:end], text[end:]


def shorten(text: str, columns: int) -> str:
    """`text` in at most so many columns; where it is cut there is an ellipsis."""
    if width(text) <= columns:
        return text
    return f"{split(text, columns - 1)[0]}…" if columns > 0 else ""


def fit(row: Iterable[Span], columns: int, fill: Style = Style.PLAIN) -> Row:
    """`row` in exactly so many columns: cut, or filled up with spaces."""
    fitted: list[Span] = []
    left = columns
    for span in row:
        wide = width(span.text)
        if wide > left:
            span = span._replace(text=split(span.text, left)[0])
            wide = width(span.text)
            if span.text:
                fitted.append(span)
            left -= wide
            break
        if span.text:
            fitted.append(span)
            left -= wide
    if left > 0:
        fitted.append(Span(" " * left, fill))
    return tuple(fitted)


def wrap(spans: Iterable[Span], columns: int) -> list[Row]:
    """`spans` in rows of at most so many columns, broken at spaces if possible."""
    spans = tuple(spans)
    if row_width(spans) <= columns:
        return [spans]
    return list(_wrapped(spans, max(columns, 2)))


def _wrapped(spans: Row, columns: int) -> Iterator[Row]:
    row: list[Span] = []
    used = 0
    for span in spans:
        for word in _WORD.findall(span.text):
            bare = width(word.rstrip())
            if used and used + bare > columns:
                yield _joined(row)
                row, used = [], 0
            while bare > columns:
                head, word = _broken(word, columns)
                yield (span._replace(text=head),)
                bare = width(word.rstrip())
            row.append(span._replace(text=word))
            used += width(word)
    if row:
        yield _joined(row)


def _broken(word: str, columns: int) -> tuple[str, str]:
    """As `split`, but it always gets on: a grapheme wider than a row is cut."""
    head, rest = split(word, columns)
    return (head, rest) if head else (word[:1], word[1:])


def _joined(row: list[Span]) -> Row:
    """Neighbours of one style as one span; without the spaces at the end."""
    spans = [
        Span("".join(span.text for span in group), *look)
        for look, group in groupby(row, lambda span: span[1:])
    ]
    spans[-1] = spans[-1]._replace(text=spans[-1].text.rstrip())
    return tuple(spans)
