"""All that is on the screen, put together.

::

    #dev  topic                                   the title
    14:03   alice hello                  alice    messages, and people if there is room
                  are you there?         bob
     1:#lobby 2:#dev 3:bob(1)     alice, away     the bar, with the status
    [#dev] what is being written_
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .canvas import Frame, Size
from .cells import Row, Span, Style, fit, graphemes, row_width, shorten, width
from .chat import Chat, State
from .pane import Pane
from .picker import Picker
from .rooms import Conversation, Person

# Columns of the screen from which on people are listed.
WITH_PEOPLE = 80
PEOPLE = 18
_RULE = Span("│", Style.DIM)
_FAR = 4000
_RANKS = {"owner": "@", "voice": "+"}
_People = tuple[tuple[Person, ...], int, int]


class Line(NamedTuple):
    """What is being written.

    :ivar prompt: stands before it.
    :ivar at: where in `text` the cursor is.
    """

    prompt: str
    text: str
    at: int


class Layout:
    def __init__(self, size: Size) -> None:
        self.size = size
        self.pane = Pane()
        self._listed: tuple[_People, list[Row]] | None = None

    @property
    def columns(self) -> int:
        """Of the messages."""
        wide = self.size.columns >= WITH_PEOPLE
        return self.size.columns - (PEOPLE + 1 if wide else 0)

    def height(self, line: Line) -> int:
        """Rows of messages, with `line` below."""
        return max(1, self.size.rows - 2 - len(self._input(line)[0]))

    def frame(
        self, chat: Chat, line: Line, status: str, picker: Picker | None
    ) -> Frame:
        written, (row, column) = self._input(line)
        height = max(0, self.size.rows - 2 - len(written))
        current = chat.conversations.current
        if picker is not None:
            rows = [picker.title(self.size.columns)]
            rows += picker.rows(height, self.size.columns)
        else:
            rows = [self._title(current, chat), *self._messages(current, chat, height)]
        bar = self._bar(chat, status)
        rows = [*rows, bar, *written][-self.size.rows :]
        row += len(rows) - len(written)
        return Frame(rows, (max(row, 0), min(column, self.size.columns - 1)))

    def _title(self, current: Conversation | None, chat: Chat) -> Row:
        if current is None:
            return fit(
                (Span(" twisted-chat", Style.BAR),), self.size.columns, Style.BAR
            )
        about = current.topic if current.is_room else "in private"
        back = "  (PgDn: back to the end)" if current.anchor else ""
        if not back and current.timeline.newer:
            back = "  (End: to the present)"
        name = Span(f" {current.name}", Style.BAR_UNREAD)
        room = self.size.columns - width(name.text) - len(back) - 3
        topic = Span(f"  {shorten(about, max(room, 0))}{back}", Style.BAR)
        return fit((name, topic), self.size.columns, Style.BAR)

    # Messages and people

    def _messages(
        self, current: Conversation | None, chat: Chat, height: int
    ) -> list[Row]:
        if current is None:
            return [fit((), self.size.columns)] * height
        waiting = self._waiting(current, chat)[-height:] if height else []
        rows = self.pane.rows(current, height - len(waiting), self.columns, chat.names)
        rows += waiting
        if self.columns == self.size.columns:
            return rows
        people = self._people(current, height)
        return [row + more for row, more in zip(rows, people, strict=True)]

    def _waiting(self, current: Conversation, chat: Chat) -> list[Row]:
        """What one has said there and isn't shown to have said yet."""
        if current.anchor or current.timeline.newer:
            return []
        return [
            fit(
                (Span(f"{'      ' if n else '   …  '}{line}", Style.DIM),), self.columns
            )
            for speech in chat.outgoing.to(current.name)
            for n, line in enumerate(speech.text.split("\n"))
        ]

    def _people(self, current: Conversation, height: int) -> list[Row]:
        people = tuple(current.people.values())
        key = (people, current.more_people, height)
        if self._listed is None or self._listed[0] != key:
            self._listed = key, _people_rows(*key)
        return self._listed[1]

    # The bar

    def _bar(self, chat: Chat, status: str) -> Row:
        right = self._status(chat, status)
        most = max(self.size.columns - width(right) - 1, 0)
        names: list[Row] = []
        at = 0
        for number, conversation in enumerate(chat.conversations.all(), 1):
            if conversation is chat.conversations.current:
                at = len(names)
            names.append(self._tab(number, conversation, chat))
        # Those to the left make way until the current one is to be seen.
        first = 0
        while first < at and sum(map(row_width, names[first : at + 1])) > most:
            first += 1
        left = fit([span for name in names[first:] for span in name], most, Style.BAR)
        return fit((*left, Span(f" {right}", Style.BAR)), self.size.columns, Style.BAR)

    def _tab(self, number: int, conversation: Conversation, chat: Chat) -> Row:
        text = f"{number}:{conversation.name}"
        if conversation is chat.conversations.current:
            return (Span(f" {text} ", Style.BAR_CURRENT),)
        urgent = conversation.mentions or (
            conversation.unread and not conversation.is_room
        )
        if urgent:
            counts = f"{conversation.unread}"
            if conversation.is_room:
                counts += f",{conversation.mentions}!"
            return Span(" ", Style.BAR), Span(f"{text}({counts})", Style.BAR_MENTION)
        if conversation.unread:
            text += f"({conversation.unread})"
            return Span(" ", Style.BAR), Span(text, Style.BAR_UNREAD)
        return (Span(f" {text}", Style.BAR),)

    def _status(self, chat: Chat, status: str) -> str:
        words = [chat.me] if chat.me else []
        if chat.away:
            words.append("away")
        if chat.state is not State.ONLINE:
            words.append(status or chat.state.value)
        elif status:
            words.append(status)
        text = ", ".join(words)
        return f"{shorten(text, self.size.columns * 2 // 3)} " if text else ""

    # What is being written

    def _input(self, line: Line) -> tuple[list[Row], tuple[int, int]]:
        """Its rows, at most a third of the screen, and where in them the cursor is."""
        columns = max(self.size.columns, 4)
        most = max(1, self.size.rows // 3)
        prompt = shorten(line.prompt, columns // 2)
        cells = _Cells(columns, Span(prompt, Style.PROMPT))
        # What is far from the cursor isn't on the screen, and costs nothing.
        start = max(0, line.at - _FAR) // 1000 * 1000
        for piece in _pieces(line.text[start : line.at]):
            cells.add(piece)
        cursor = cells.here()
        for piece in _pieces(line.text[line.at : line.at + columns * most]):
            cells.add(piece)
        first = max(0, min(cursor[0] - most + 1, len(cells.rows) - most))
        first = max(first, min(cursor[0], len(cells.rows) - most))
        rows = [fit(row, columns)[:] for row in cells.rows[first : first + most]]
        return rows, (cursor[0] - first, cursor[1])


def _people_rows(
    everyone: tuple[Person, ...], uncounted: int, height: int
) -> list[Row]:
    """Owners first, then who has a voice; as many as there is room for."""
    people = sorted(
        everyone, key=lambda p: (p.rank != "owner", p.rank != "voice", p.nick.lower())
    )
    rows = []
    total = len(people) + uncounted
    shown = height if total <= height and not uncounted else max(height - 1, 0)
    for person in people[:shown]:
        nick = shorten(person.nick, PEOPLE - 1)
        style = Style.DIM if person.away else Style.PLAIN
        sign = Span(_RANKS.get(person.rank, " "), Style.DIM)
        rows.append(fit((_RULE, sign, Span(nick, style)), PEOPLE + 1))
    if shown < height:
        words = Span(f" and {total - len(rows)} more", Style.DIM)
        rows.append(fit((_RULE, words), PEOPLE + 1))
    return rows + [fit((_RULE,), PEOPLE + 1)] * (height - len(rows))


def _pieces(text: str) -> Sequence[str]:
    return graphemes(text)


class _Cells:
    """Rows that are filled character by character."""

    def __init__(self, columns: int, prompt: Span) -> None:
        self._columns = columns
        self._text = ""
        self._used = width(prompt.text)
        self._first: Row = (prompt,)
        self._done: list[Row] = []

    @property
    def rows(self) -> list[Row]:
        return [*self._done, (*self._first, Span(self._text))]

    def here(self) -> tuple[int, int]:
        if self._used >= self._columns:
            self._next()
        return len(self._done), self._used

    def add(self, piece: str) -> None:
        if piece in ("\n", "\r\n"):
            self._next()
            return
        wide = width(piece)
        if self._used + wide > self._columns:
            self._next()
        self._text += piece
        self._used += wide

    def _next(self) -> None:
        self._done.append((*self._first, Span(self._text)))
        self._first, self._text, self._used = (), "", 0
