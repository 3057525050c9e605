"""Scrolling in what is shown, and loading what there is to scroll to."""

from __future__ import annotations

from collections.abc import Callable

from .chat import Chat
from .layout import Layout
from .paging import Paging
from .rooms import Conversation


class Scrolling:
    """:param height: how many rows of messages there are."""

    def __init__(
        self, chat: Chat, paging: Paging, layout: Layout, height: Callable[[], int]
    ) -> None:
        self._chat = chat
        self._paging = paging
        self._layout = layout
        self._height = height

    def key(self, name: str, empty: bool) -> bool:
        """Do what a key does; False for one that does nothing here.

        :param empty: whether nothing stands in the line that is written.
        """
        current = self._chat.conversations.current
        if current is None:
            return False
        back = current.anchor is not None or current.timeline.newer
        if name == "pageup":
            self._page_up(current)
        elif name == "pagedown":
            self._page_down(current)
        elif back and empty and name in ("escape", "end"):
            self._paging.present(current)
        else:
            return False
        return True

    def page(self, back: bool) -> None:
        """A page back, or on."""
        self.key("pageup" if back else "pagedown", empty=False)

    def _page_up(self, current: Conversation) -> None:
        height, columns = self._height(), self._layout.columns
        step = max(1, height - 2)
        pane = self._layout.pane
        if not pane.up(current, step, height, columns, self._chat.names):
            self._paging.older(current)

    def _page_down(self, current: Conversation) -> None:
        step = max(1, self._height() - 2)
        pane, columns = self._layout.pane, self._layout.columns
        if not pane.down(current, step, columns, self._chat.names):
            self._paging.newer(current)
