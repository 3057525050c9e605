"""Loading what was said before, a page at a time, as somebody scrolls there."""

from __future__ import annotations

from collections.abc import Callable

from .catch_up import PAGE
from .chat import Chat
from .fields import Event, Fields
from .rooms import Conversation, Quote, quote_of
from .timeline import Item

AROUND = 60

_Loaded = Callable[[list[Item], bool], None]


class Paging:
    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def older(self, where: Conversation) -> None:
        """Load the page before the first message loaded, if there may be one."""
        ids = where.timeline.ids()
        if not where.timeline.older:
            return

        def loaded(items: list[Item], more: bool) -> None:
            where.timeline.load_older(items, more)
            where.mark(self._chat.me)

        self._ask(where, loaded, **({"before": ids[0]} if ids else {}))

    def begin(self, where: Conversation) -> None:
        """Load what was said in a private conversation, where that is kept."""
        if where.fresh and self._chat.account and not where.loading:
            where.fresh = False
            where.timeline.older = True
            self.older(where)

    def newer(self, where: Conversation) -> None:
        """Load the page after the last message loaded, after a jump."""
        ids = where.timeline.ids()
        if where.timeline.newer and ids:
            self._ask(where, where.timeline.load_newer, after=ids[-1])

    def present(self, where: Conversation) -> None:
        """Show the end again."""
        where.anchor = where.found = None
        if where.timeline.newer:

            def loaded(items: list[Item], more: bool) -> None:
                where.timeline.load(items, more, False)
                where.anchor = None

            self._ask(where, loaded)

    def jump(self, where: Conversation, id: int) -> None:
        """Show the message `id`, with what was said around it."""
        if self._show(where, id):
            return

        def loaded(items: list[Item], more: bool) -> None:
            newer = bool(items) and items[-1].id < where.timeline.last_id
            where.timeline.load(items, True, newer)
            self._show(where, id)

        self._ask(where, loaded, n=AROUND, around=id)

    def quote(self, where: Conversation) -> None:
        """Ask for the beginning of a message that is answered and not loaded."""
        if where.asking or not where.wanted:
            return
        where.asking = True
        id = next(reversed(where.wanted))

        def answered(event: Event) -> bool:
            where.asking = False
            items = [self._chat.item(e) for e in Fields(event).events("messages")]
            found = [item for item in items if item.id == id]
            where.learn(id, quote_of(found[0]) if found else Quote())
            return True

        fields = {**where.place, "n": 1, "before": id + 1}
        self._chat.requests.ask("history", fields, where.name, answered)

    def _show(self, where: Conversation, id: int) -> bool:
        items = where.timeline.items
        place = next((n for n, item in enumerate(items) if item.id == id), None)
        if place is None:
            return False
        where.found = items[place]
        # A few of those after it, so that it is not at the very end.
        after = min(place + 3, len(items) - 1)
        at_end = after == len(items) - 1 and not where.timeline.newer
        where.anchor = None if at_end else (items[after], 0)
        return True

    def _ask(
        self, where: Conversation, loaded: _Loaded, n: int = PAGE, **which: int
    ) -> None:
        if where.loading:
            return
        where.loading = True

        def answered(event: Event) -> bool:
            where.loading = False
            if event.get("event") != "history":
                # Not of all people anything is kept; that is no fault.
                where.timeline.older = where.is_room
                return not where.is_room
            f = Fields(event)
            loaded([self._chat.item(e) for e in f.events("messages")], f.flag("more"))
            return True

        fields: dict[str, str | int | list[str]] = {**where.place, "n": n, **which}
        self._chat.requests.ask("history", fields, where.name, answered)
