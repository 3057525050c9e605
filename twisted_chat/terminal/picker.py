"""A list in place of the messages, to pick one thing from: found messages, rooms, help.

What is typed narrows the list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .cells import Row, Span, Style, fit, wrap

_ENDING = ("backspace", "ctrl-c", "ctrl-d", "ctrl-g", "enter", "escape")


class Choice(NamedTuple):
    """:ivar take: what it does to be picked; None for a heading."""

    text: str
    take: Callable[[], None] | None = None


class Picker:
    """:ivar filter: what was typed.

    :param more: loads more choices when the end is reached; they are added by `extend`.
    """

    def __init__(
        self,
        heading: str,
        choices: list[Choice],
        more: Callable[[], None] | None = None,
    ) -> None:
        self._heading = heading
        self._choices = choices
        self._more = more
        self._at = 0
        self.filter = ""
        self._at = self._next(-1, 1)

    def extend(self, choices: list[Choice], more: Callable[[], None] | None) -> None:
        self._choices += choices
        self._more = more
        if self._chosen() is None:
            self._at = self._next(-1, 1)

    def move(self, way: int) -> None:
        """Select another, so many on or back."""
        for _ in range(abs(way)):
            step = 1 if way > 0 else -1
            found = self._next(self._at, step)
            if found == self._at:
                if step > 0 and self._more is not None:
                    more, self._more = self._more, None
                    more()
                break
            self._at = found

    def type(self, text: str) -> None:
        self.filter += text
        self._at = self._next(-1, 1)

    def backspace(self) -> None:
        self.filter = self.filter[:-1]
        self._at = self._next(-1, 1)

    def key(self, name: str, page: int) -> bool:
        """Do what a key does; True where it ends the list.

        :param page: how many rows are a page.
        """
        steps = {"up": -1, "down": 1, "ctrl-p": -1, "ctrl-n": 1}
        steps |= {"pageup": -page, "pagedown": page, "home": -9999, "end": 9999}
        if name in steps:
            self.move(steps[name])
        elif name == "backspace" and self.filter:
            self.backspace()
        else:
            return name in _ENDING
        return False

    def take(self) -> bool:
        """Do what is selected; False when nothing is."""
        chosen = self._chosen()
        if chosen is None or chosen.take is None:
            return False
        chosen.take()
        return True

    def title(self, columns: int) -> Row:
        keys = "  ↑↓ Enter, Esc"
        return fit(
            (Span(f" {self._heading}", Style.BAR_UNREAD), Span(keys, Style.BAR)),
            columns,
            Style.BAR,
        )

    def rows(self, height: int, columns: int) -> list[Row]:
        """A row for each choice, and for the selected one as many as it needs."""
        shown, chosen = self._shown(), self._chosen()
        whole = [] if chosen is None else self._whole(chosen, columns)[: height // 2]
        most = len(shown) + max(len(whole) - 1, 0)
        first = max(0, min(self._at - height // 2, most - height))
        rows: list[Row] = []
        for number, choice in enumerate(shown[first : first + height], first):
            if number == self._at and whole:
                rows += whole
            else:
                style = self._style(number, choice)
                rows.append(fit((Span(f" {choice.text}", style),), columns))
        return rows[:height] + [fit((), columns)] * (height - len(rows))

    def _whole(self, choice: Choice, columns: int) -> list[Row]:
        """All of what is selected."""
        style = self._style(self._at, choice)
        indent = " " * (len(choice.text) - len(choice.text.lstrip()) + 1)
        text = choice.text.strip()
        rows = wrap((Span(text, style),), columns - len(indent))
        return [fit((Span(indent, style), *row), columns, style) for row in rows]

    def _style(self, number: int, choice: Choice) -> Style:
        if choice.take is None:
            return Style.BOLD
        return Style.SELECTED if number == self._at else Style.PLAIN

    def _shown(self) -> list[Choice]:
        words = self.filter.lower().split()
        if not words:
            return self._choices
        return [
            choice
            for choice in self._choices
            if choice.take and all(word in choice.text.lower() for word in words)
        ]

    def _chosen(self) -> Choice | None:
        shown = self._shown()
        return shown[self._at] if 0 <= self._at < len(shown) else None

    def _next(self, at: int, step: int) -> int:
        """The next one that can be picked; the same if there is none."""
        shown = self._shown()
        number = at + step
        while 0 <= number < len(shown):
            if shown[number].take is not None:
                return number
            number += step
        return at
