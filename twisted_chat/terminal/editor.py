"""The text that is being written: readline's editing, with lines.

It knows neither keys nor the screen; `interface` says which key does what.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from itertools import accumulate
from typing import NamedTuple

from ..names import TAB, clean
from .cells import graphemes

MOST_UNDONE = 100
MOST_KILLED = 20
MOST_TEXT = 32 * 1024

_WORD_AHEAD = re.compile(r"\W*\w*")
_WORD_BACK = re.compile(r"\w*\W*\Z")
_BLANK_BACK = re.compile(r"\S*\s*\Z")


class _State(NamedTuple):
    text: str
    at: int


class _Doing(Enum):
    """What the last change was: changes of one kind are one for undo and kill."""

    OTHER = 0
    TYPING = 1
    KILLING = 2
    YANKING = 3


class Editor:
    """:ivar at: where the cursor is, counted in code points."""

    def __init__(self) -> None:
        self.text = ""
        self.at = 0
        self._undo: list[_State] = []
        self._killed: list[str] = []
        self._yanked = (0, 0)
        self._doing = _Doing.OTHER

    def set(self, text: str, at: int | None = None) -> None:
        """Put `text` in place of all; can be undone."""
        self._change(_Doing.OTHER)
        self.text = text[:MOST_TEXT]
        self.at = len(self.text) if at is None else min(at, len(self.text))

    def take(self) -> str:
        """All of the text, which leaves the editor empty and nothing to undo."""
        text, self.text, self.at = self.text, "", 0
        self._undo.clear()
        self._doing = _Doing.OTHER
        return text

    def insert(self, text: str) -> None:
        """Insert `text` as it may be shown to others; line ends stay."""
        lines = text.split("\n")
        text = "\n".join(clean(line.expandtabs(TAB)) for line in lines)
        text = text[: MOST_TEXT - len(self.text)]
        one = len(text) == 1 and not text.isspace()
        self._change(_Doing.TYPING if one else _Doing.OTHER)
        self._replace(self.at, self.at, text)

    # Moving

    def left(self) -> None:
        self._move(self._step(-1))

    def right(self) -> None:
        self._move(self._step(1))

    def word_left(self) -> None:
        self._move(self._back(_WORD_BACK))

    def word_right(self) -> None:
        self._move(self._word_end())

    def home(self) -> None:
        """To the start of the line."""
        self._move(self.text.rfind("\n", 0, self.at) + 1)

    def end(self) -> None:
        """To the end of the line."""
        self._move(self._line_end())

    def up(self) -> bool:
        """To the line above; False when there is none."""
        start = self.text.rfind("\n", 0, self.at) + 1
        if not start:
            return False
        above = self.text.rfind("\n", 0, start - 1) + 1
        self._move(min(above + self.at - start, start - 1))
        return True

    def down(self) -> bool:
        """To the line below; False when there is none."""
        end = self._line_end()
        if end == len(self.text):
            return False
        column = self.at - (self.text.rfind("\n", 0, self.at) + 1)
        below = self.text.find("\n", end + 1)
        last = len(self.text) if below < 0 else below
        self._move(min(end + 1 + column, last))
        return True

    # Deleting

    def backspace(self) -> None:
        self._change(_Doing.OTHER)
        self._replace(self._step(-1), self.at, "")

    def delete(self) -> None:
        self._change(_Doing.OTHER)
        self._replace(self.at, self._step(1), "")

    def kill_to_end(self) -> None:
        end = self._line_end()
        self._kill(self.at, end + 1 if end == self.at else end)

    def kill_to_start(self) -> None:
        self._kill(self.text.rfind("\n", 0, self.at) + 1, self.at)

    def kill_word(self) -> None:
        self._kill(self.at, self._word_end())

    def kill_word_back(self) -> None:
        self._kill(self._back(_WORD_BACK), self.at)

    def kill_blank_back(self) -> None:
        """As Ctrl-W does: back to a blank."""
        self._kill(self._back(_BLANK_BACK), self.at)

    def yank(self) -> None:
        """Insert what was killed last."""
        if self._killed:
            self._change(_Doing.YANKING)
            start = self.at
            self._replace(start, start, self._killed[-1])
            self._yanked = (start, self.at)

    def yank_before(self) -> None:
        """Put what was killed before in place of what was just yanked."""
        if self._doing is _Doing.YANKING and self._killed:
            self._killed.insert(0, self._killed.pop())
            start, end = self._yanked
            self._replace(start, end, self._killed[-1])
            self._yanked = (start, self.at)

    def swap(self) -> None:
        """Exchange the two characters before the cursor, or around it."""
        if self.at == len(self.text):
            self._move(self._step(-1))
        left, right = self._step(-1), self._step(1)
        if left < self.at < right:
            self._change(_Doing.OTHER)
            both = self.text[self.at : right] + self.text[left : self.at]
            self._replace(left, right, both)

    def change_word(self, how: Callable[[str], str]) -> None:
        """Change the word ahead, to upper case for instance."""
        self._change(_Doing.OTHER)
        end = self._word_end()
        self._replace(self.at, end, how(self.text[self.at : end]))

    def undo(self) -> None:
        if self._undo:
            self.text, self.at = self._undo.pop()
            self._doing = _Doing.OTHER

    # Inside

    def _move(self, at: int) -> None:
        self.at = at
        self._doing = _Doing.OTHER

    def _change(self, doing: _Doing) -> None:
        """Note how it is before a change, if that is another than the last one."""
        if doing is _Doing.OTHER or doing is not self._doing:
            self._undo.append(_State(self.text, self.at))
            del self._undo[:-MOST_UNDONE]
        self._doing = doing

    def _replace(self, start: int, end: int, text: str) -> None:
        self.text = self.text[:start] + text + self.text[end:]
        self.at = start + len(text)

    def _kill(self, start: int, end: int) -> None:
        killed = self.text[start:end]
        if not killed:
            return
        again = self._doing is _Doing.KILLING and bool(self._killed)
        back = end == self.at and start < self.at
        self._change(_Doing.KILLING)
        if again:
            last = self._killed.pop()
            killed = killed + last if back else last + killed
        self._killed.append(killed)
        del self._killed[:-MOST_KILLED]
        self._replace(start, end, "")

    def _step(self, way: int) -> int:
        """Where the next character in that direction ends."""
        if self.text.isascii():
            return min(max(self.at + way, 0), len(self.text))
        ends = list(accumulate(map(len, graphemes(self.text)), initial=0))
        if way < 0:
            return max((end for end in ends if end < self.at), default=0)
        return min((end for end in ends if end > self.at), default=len(self.text))

    def _back(self, pattern: re.Pattern[str]) -> int:
        match = pattern.search(self.text, 0, self.at)
        return match.start() if match else 0

    def _word_end(self) -> int:
        match = _WORD_AHEAD.match(self.text, self.at)
        return match.end() if match else self.at

    def _line_end(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end
