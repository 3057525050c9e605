"""Where one writes: the editor, with its keys, history, completion and questions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ..grammar.commands import SECRET
from ..names import MAX_LINES, TEXT_LENGTH
from .complete import Completions
from .editor import Editor
from .input_history import InputHistory
from .layout import Line
from .rooms import Conversation

# More lines than these are asked about first.
MANY_LINES = 10

_SECRET = re.compile(rf"/(?:{'|'.join(SECRET)})\s", re.IGNORECASE)


def is_secret(text: str) -> bool:
    """Whether `text` has a password in it."""
    return bool(_SECRET.match(text))


class _Question(NamedTuple):
    text: str
    yes: Callable[[], None]


class _Cycle(NamedTuple):
    """What Tab goes through: the text before and after, and the choices."""

    head: str
    tail: str
    choices: list[str]
    number: int


class Composer:
    """:param entered: called with what is entered; False: it is to stay in the line.
    :param complete: what the word before the cursor may become.
    """

    def __init__(
        self,
        entered: Callable[[str], bool],
        complete: Callable[[str, int], Completions],
    ) -> None:
        self._entered = entered
        self._complete = complete
        self.editor = Editor()
        self._history = InputHistory()
        self._searching: str | None = None
        self._skip = 0
        self._question: _Question | None = None
        self._cycle: _Cycle | None = None
        self._agreed = False

    @property
    def empty(self) -> bool:
        return not self.editor.text and not self.busy

    @property
    def busy(self) -> bool:
        """Whether it is asking something, or searching."""
        return self._question is not None or self._searching is not None

    @property
    def hint(self) -> str:
        """What Tab would make of it next, or by how much it is too long."""
        lines, length = self.editor.text.count("\n") + 1, len(self.editor.text)
        if length > TEXT_LENGTH:
            return f"too long: {length} of {TEXT_LENGTH} characters"
        if lines > MAX_LINES:
            return f"too long: {lines} of {MAX_LINES} lines"
        cycle = self._cycle
        if cycle is None or len(cycle.choices) < 2:
            return ""
        return " ".join(c.strip() for c in cycle.choices[:8])

    def line(self, prompt: str) -> Line:
        """How it is to be shown."""
        text, at = self.editor.text, self.editor.at
        if self._question is not None:
            return Line(f"{self._question.text} (y/n) ", "", 0)
        if self._searching is not None:
            return Line(f"(search: {self._searching}) ", text, at)
        if match := _SECRET.match(text):
            end = match.end()
            text = text[:end] + "•" * (len(text) - end)
        return Line(prompt, text, at)

    def enter_room(self, left: Conversation | None, now: Conversation) -> None:
        """Go on with what was being written in the conversation `now`."""
        if left is not None:
            left.draft = self.editor.take()
        self._history = now.history
        self._searching = self._cycle = None
        if now.draft:
            self.editor.set(now.draft)
            now.draft = ""

    def ask(self, question: str, yes: Callable[[], None]) -> None:
        self._question = _Question(question, yes)

    # What is typed

    def text(self, text: str) -> None:
        if self._question is not None:
            question, self._question = self._question, None
            if text[:1].lower() == "y":
                question.yes()
        elif self._searching is not None:
            self._searching += text
            self._skip = 0
            self._search()
        else:
            self._cycle = None
            self.editor.insert(text)

    def paste(self, text: str) -> None:
        """Insert what was pasted, as one change; ask first if it has many lines."""
        text = text.removesuffix("\n")
        self._question = self._searching = self._cycle = None
        lines = text.count("\n") + 1
        if lines <= MANY_LINES:
            self.editor.insert(text)
            return

        def insert() -> None:
            self._agreed = True
            self.editor.insert(text)

        self.ask(f"Paste {lines} lines?", insert)

    def key(self, name: str) -> bool:
        """Do what a key does; False for one that does nothing here."""
        if self._question is not None:
            self._question = None
            return True
        if self._searching is not None and self._search_key(name):
            return True
        if name not in ("tab", "shift-tab"):
            self._cycle = None
        act = _KEYS.get(name)
        if act is None:
            return False
        act(self)
        return True

    def clear(self) -> None:
        self.editor.set("")

    def enter(self) -> None:
        text = self.editor.text
        lines = text.strip("\n").count("\n") + 1
        if MANY_LINES < lines <= MAX_LINES and not self._agreed:
            self.ask(f"Send {lines} lines?", self._enter)
        else:
            self._enter()

    def _enter(self) -> None:
        text, history = self.editor.take(), self._history
        self._agreed = False
        if not self._entered(text):
            self.editor.set(text)
        elif not is_secret(text):
            history.add(text)

    # What was entered before

    def _up(self) -> None:
        if not self.editor.up():
            self._show(self._history.older(self.editor.text))

    def _down(self) -> None:
        if not self.editor.down():
            self._show(self._history.newer())

    def _show(self, text: str | None) -> None:
        if text is not None:
            self.editor.set(text)

    def _begin_search(self) -> None:
        self._searching, self._skip = "", 0

    def _search_key(self, name: str) -> bool:
        """Keys of the search; all others end it, and do what they do."""
        if name == "ctrl-r":
            self._skip += 1
        elif name == "backspace":
            self._searching, self._skip = (self._searching or "")[:-1], 0
        elif name in ("ctrl-g", "escape", "ctrl-c"):
            self._searching = None
            self.editor.undo()
            return True
        else:
            self._searching = None
            return False
        self._search()
        return True

    def _search(self) -> None:
        if self._searching and (
            found := self._history.find(self._searching, self._skip)
        ):
            self.editor.set(found)

    # Completion

    def _tab(self, way: int = 1) -> None:
        if self._cycle is None:
            text, at = self.editor.text, self.editor.at
            start, choices = self._complete(text, at)
            if not choices:
                return
            number = 0 if way > 0 else len(choices) - 1
            self._cycle = _Cycle(text[:start], text[at:], choices, number)
        else:
            number = (self._cycle.number + way) % len(self._cycle.choices)
            self._cycle = self._cycle._replace(number=number)
        head = self._cycle.head + self._cycle.choices[self._cycle.number]
        self.editor.set(head + self._cycle.tail, len(head))


_Act = Callable[[Composer], object]
_KEYS: dict[str, _Act] = {
    "enter": Composer.enter,
    "alt-enter": lambda c: c.editor.insert("\n"),
    "shift-enter": lambda c: c.editor.insert("\n"),
    "ctrl-j": lambda c: c.editor.insert("\n"),
    "tab": Composer._tab,
    "shift-tab": lambda c: c._tab(-1),
    "up": Composer._up,
    "down": Composer._down,
    "ctrl-p": Composer._up,
    "ctrl-n": Composer._down,
    "ctrl-r": Composer._begin_search,
    "left": lambda c: c.editor.left(),
    "right": lambda c: c.editor.right(),
    "ctrl-b": lambda c: c.editor.left(),
    "ctrl-f": lambda c: c.editor.right(),
    "ctrl-left": lambda c: c.editor.word_left(),
    "ctrl-right": lambda c: c.editor.word_right(),
    "alt-b": lambda c: c.editor.word_left(),
    "alt-f": lambda c: c.editor.word_right(),
    "home": lambda c: c.editor.home(),
    "end": lambda c: c.editor.end(),
    "ctrl-a": lambda c: c.editor.home(),
    "ctrl-e": lambda c: c.editor.end(),
    "backspace": lambda c: c.editor.backspace(),
    "delete": lambda c: c.editor.delete(),
    "ctrl-d": lambda c: c.editor.delete(),
    "ctrl-k": lambda c: c.editor.kill_to_end(),
    "ctrl-u": lambda c: c.editor.kill_to_start(),
    "ctrl-w": lambda c: c.editor.kill_blank_back(),
    "alt-d": lambda c: c.editor.kill_word(),
    "alt-backspace": lambda c: c.editor.kill_word_back(),
    "ctrl-y": lambda c: c.editor.yank(),
    "alt-y": lambda c: c.editor.yank_before(),
    "ctrl-t": lambda c: c.editor.swap(),
    "alt-u": lambda c: c.editor.change_word(str.upper),
    "alt-l": lambda c: c.editor.change_word(str.lower),
    "alt-c": lambda c: c.editor.change_word(str.capitalize),
    "ctrl-_": lambda c: c.editor.undo(),
}
KEYS = frozenset(_KEYS)
