"""Choosing a message on the screen with keys, to do something with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .chat import Chat
from .pane import Pane
from .timeline import Item

UP = frozenset({"shift-up", "alt-p"})
DOWN = frozenset({"shift-down", "alt-n"})
HINT = "r answer  e edit  d delete  + react  g what it answers"


class Chooser:
    """:param scroll: scrolls a page back, or (False) on.
    :param acts: what a letter does with the message that is chosen.
    :ivar choosing: whether letters are for the message, and not for the line.
    """

    def __init__(
        self,
        chat: Chat,
        pane: Pane,
        scroll: Callable[[bool], None],
        acts: Mapping[str, Callable[[], None]],
    ) -> None:
        self._chat = chat
        self._pane = pane
        self._scroll = scroll
        self._acts = acts
        self.choosing = False

    def key(self, name: str) -> bool:
        """Do what a key does; False for one that does nothing here."""
        if name in UP or (self.choosing and name == "up"):
            self._step(back=True)
        elif name in DOWN or (self.choosing and name == "down"):
            self._step(back=False)
        elif not self.choosing:
            return False
        elif name == "enter":
            self._act("r")
        else:
            self.end()
            return name in ("escape", "ctrl-c", "ctrl-g")
        return True

    def text(self, text: str) -> bool:
        """`text` was typed; False where it is for the line."""
        if not self.choosing:
            return False
        if text in self._acts:
            self._act(text)
            return True
        self.end()
        return False

    def end(self) -> None:
        """Nothing is chosen any more."""
        self.choosing = False
        if (current := self._chat.conversations.current) is not None:
            current.found = None

    def _act(self, letter: str) -> None:
        self.choosing = False
        self._acts[letter]()

    def _step(self, back: bool) -> None:
        """Choose the message above, or the one below; at first the last one shown."""
        current = self._chat.conversations.current
        if current is None:
            return
        items = [item for item in current.timeline.items if _can_be_chosen(item)]
        if self.choosing and current.found in items:
            place = items.index(current.found) + (-1 if back else 1)
        else:
            shown = [n for n, item in enumerate(items) if self._pane.shows(item)]
            place = shown[-1] if shown else len(items) - 1
        if 0 <= place < len(items):
            current.found = items[place]
            self.choosing = True
            if self._pane.shows(items[place]):
                return
        if self.choosing:
            self._scroll(back)


def _can_be_chosen(item: Item) -> bool:
    return bool(item.id and item.nick) and not item.more.deleted_by
