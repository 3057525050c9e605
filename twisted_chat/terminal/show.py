"""How the items of a timeline look: rows of cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from ..names import fold, mention_of
from .cells import Row, Span, Style, row_width, shorten, width, wrap
from .palette import nick_style
from .rooms import Quote
from .said import EVERYONE
from .timeline import PLAIN, Item, Kind, Mark, More
from .wording import mentions

TIME = 6
# After so long the author is named again.
GROUPED = timedelta(minutes=5)
MOST_NAMED = 8
# People who are named at a reaction; of more it says how many they are.
MOST_REACTING = 3
EDITED = " (edited)"

_LINK = re.compile(r"https?://[^\s<>\"]+")
_TRAILING = ".,;:!?'\")]}"
_SPECIAL = {
    Kind.INFO: ("-", Style.NOTICE),
    Kind.PRESENCE: ("-", Style.NOTICE),
    Kind.ERROR: ("!", Style.ERROR),
}


_Rows = list[tuple[bool, Row]]


class Shape(NamedTuple):
    """:ivar columns: of all; `nick` of them for nicks.
    :ivar names: one's own nick and account, which are highlighted.
    """

    columns: int
    nick: int
    names: tuple[str, ...]

    @classmethod
    def of(cls, columns: int, names: tuple[str, ...]) -> Shape:
        return cls(columns, min(12, max(6, columns // 7)), names)


def rows_for(
    item: Item,
    before: Item | None,
    shape: Shape,
    found: bool,
    quote: Quote | None = None,
) -> list[Row]:
    """The rows of `item`, which follows `before`.

    :param quote: of what it answers, as far as that is known.
    :param found: whether it is what somebody searched for.
    """
    grouped = _grouped(item, before)
    time = Span(" " * TIME, Style.DIM)
    if item.at is not None and not (grouped and _same_minute(item, before)):
        time = Span(f"{item.at:%H:%M} ", Style.DIM)
    if found:
        time = Span(f"{item.at:%H:%M}▸" if item.at else "     ▸", Style.MENTION)
    head = (time, *_author(item, grouped, shape))
    indent = TIME + shape.nick + 1
    rows = _text_rows(item, shape.columns - indent, shape)
    if item.more is not PLAIN:
        rows = _with_more(item.more, rows, quote, shape.columns - indent)
    if len(rows) == 1:
        return [(*head, *rows[0][1])]
    blank = Span(" " * indent)
    shown: list[Row] = []
    for whole, row in rows:
        if not shown and whole:
            shown.append(head)
        shown.append(row if whole else (*(head if not shown else (blank,)), *row))
    return shown


def day_row(item: Item, before: Item | None, columns: int) -> Row | None:
    """The separator above `item` where a day begins.

    :param before: the last item before it that has a time.
    """
    if item.at is None:
        return None
    if before is not None and before.at and before.at.date() == item.at.date():
        return None
    return rule(f"{item.at:%A, %-d %B %Y}", columns, Style.DIM)


def rule(text: str, columns: int, style: Style) -> Row:
    """A line with `text` in it."""
    text = shorten(f" {text} ", columns - 4)
    return (Span(f"──{text}{'─' * max(0, columns - 2 - width(text))}", style),)


def _grouped(item: Item, before: Item | None) -> bool:
    if before is None or item.kind is not before.kind or item.kind is Kind.ACTION:
        return False
    if item.at is None or before.at is None or item.at.date() != before.at.date():
        return item.at is before.at
    soon = item.at - before.at < GROUPED
    return soon and fold(item.nick) == fold(before.nick)


def _same_minute(item: Item, before: Item | None) -> bool:
    if before is None or item.at is None or before.at is None:
        return False
    return (item.at.hour, item.at.minute) == (before.at.hour, before.at.minute)


def _author(item: Item, grouped: bool, shape: Shape) -> tuple[Span, ...]:
    name, style = _SPECIAL.get(item.kind, ("", Style.PLAIN))
    if item.kind is Kind.ACTION:
        name, style = "*", nick_style(item.nick)
    elif not name and not grouped:
        name, style = shorten(item.nick, shape.nick), nick_style(item.nick)
    if item.mention and name:
        style = Style.MENTION
    padding = " " * (shape.nick - width(name))
    return Span(padding), Span(name, style), Span(" ")


def _text_rows(item: Item, columns: int, shape: Shape) -> list[tuple[bool, Row]]:
    """Rows of the text; the flag is true for one that takes all columns.

    A link that is wider than the text's column has rows of its own, so that the
    terminal finds it whole wherever that is possible.
    """
    if "\n" not in item.text:
        return _line_rows(_spans(item, item.text, shape), columns, shape)
    return [
        row
        for line in item.text.split("\n")
        for row in _line_rows(_spans(item, line, shape), columns, shape)
    ]


def _with_more(more: More, rows: _Rows, quote: Quote | None, columns: int) -> _Rows:
    """`rows` with what there is to the message beside its words."""
    if more.deleted_by:
        return [(False, (Span(f"deleted by {more.deleted_by}", Style.DIM),))]
    if more.changed:
        whole, last = rows[-1]
        fits = not whole and row_width(last) + len(EDITED) <= columns
        edited = Span(EDITED, Style.DIM)
        rows = (
            [*rows[:-1], (False, (*last, edited))]
            if fits
            else [
                *rows,
                (False, (edited,)),
            ]
        )
    if more.reply_to:
        rows = [(False, (Span(shorten(_answered(quote), columns), Style.DIM),)), *rows]
    if more.marks:
        marks = "  ".join(map(_mark, more.marks))
        rows = rows + [(False, row) for row in wrap((Span(marks, Style.DIM),), columns)]
    return rows


def _answered(quote: Quote | None) -> str:
    if quote is None:
        return "↳ …"
    return f"↳ {quote.nick}: {quote.text}" if quote.text else "↳ what is gone"


def _mark(mark: Mark) -> str:
    if mark.nicks and mark.total == len(mark.nicks) <= MOST_REACTING:
        return f"{mark.reaction} {', '.join(mark.nicks)}"
    return f"{mark.reaction} {mark.total}"


def _line_rows(
    spans: Iterable[Span], columns: int, shape: Shape
) -> list[tuple[bool, Row]]:
    rows: list[tuple[bool, Row]] = []
    inline: list[Span] = []
    for span in spans:
        if span.link and width(span.text) > columns:
            if any(s.text.strip() for s in inline):
                rows += [(False, row) for row in wrap(inline, columns)]
            rows += [(True, row) for row in wrap((span,), shape.columns)]
            inline = []
        else:
            inline.append(span)
    if not rows or any(s.text.strip() for s in inline):
        rows += [(False, row) for row in wrap(inline, columns)]
    return rows


def _spans(item: Item, text: str, shape: Shape) -> Iterator[Span]:
    """One line of the text."""
    if item.kind is Kind.PRESENCE:
        yield Span(_presence(item), Style.NOTICE)
        return
    _, style = _SPECIAL.get(item.kind, ("", Style.PLAIN))
    if item.kind is Kind.ACTION:
        yield Span(f"{item.nick} ", nick_style(item.nick))
    end = 0
    for match in _LINK.finditer(text):
        link = match[0].rstrip(_TRAILING)
        yield from _plain(text[end : match.start()], style, item, shape)
        yield Span(link, Style.LINK, link)
        end = match.start() + len(link)
    yield from _plain(text[end:], style, item, shape)


def _plain(text: str, style: Style, item: Item, shape: Shape) -> Iterator[Span]:
    """`text`, with what mentions one highlighted."""
    if not item.mention or not shape.names:
        if text:
            yield Span(text, style)
        return
    end = 0
    called = (name for name in shape.names if mentions(text, name))
    who = next(called, EVERYONE)
    for match in mention_of(who).finditer(text):
        if before := text[end : match.start(1)]:
            yield Span(before, style)
        yield Span(match[1], Style.MENTION)
        end = match.end(1)
    if text[end:]:
        yield Span(text[end:], style)


def _presence(item: Item) -> str:
    words = []
    for names, sign in ((item.came, "→"), (item.went, "←")):
        if names:
            more = len(names) - MOST_NAMED
            shown = ", ".join(names[:MOST_NAMED])
            words.append(f"{sign} {shown}" + (f" and {more} more" if more > 0 else ""))
    return "  ".join(words)
