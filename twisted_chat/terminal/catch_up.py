"""After a break: back into the rooms, and what was said there meanwhile.

Whoever enters a room is shown its last messages again.  Where these don't join on to
what is known, history fills the gap; only then is sent what waits, for it may have
arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..names import fold
from .fields import Event
from .requests import Requests
from .rooms import Conversation
from .timeline import Item

PAGE = 100
# Pages asked for to close a gap; what is missing then is loaded as somebody scrolls.
MOST_PAGES = 4


class CatchUp:
    """:param settled: called when all is known that was missed.
    :param recall: takes a page of history; which of its messages were not known.
    """

    def __init__(
        self,
        requests: Requests,
        settled: Callable[[], None],
        recall: Callable[[Conversation, Event, int], list[Item]],
    ) -> None:
        self._requests = requests
        self._settled = settled
        self._recall = recall
        self._behind: set[str] = set()
        self._asked = 0

    def begin(self, rooms: Iterable[str], again: bool) -> None:
        """Enter `rooms`, where one was before the break if it is `again`.

        For the first time nothing was missed: what was said before is history.
        """
        rooms = list(rooms)
        if not rooms:
            self._settled()
            return
        self._behind = {fold(room) for room in rooms} if again else set()
        for room in rooms:
            self._requests.ask("join", {"room": room}, here=room)
        self._settle()

    def stop(self) -> None:
        """The connection is gone again."""
        self._behind.clear()
        self._asked = 0

    def renamed(self, old: str, new: str) -> None:
        """The room is called otherwise now, perhaps since one was there."""
        if fold(old) in self._behind:
            self._behind.discard(fold(old))
            self._behind.add(fold(new))

    def heard(self, where: Conversation, known: int, id: int) -> None:
        """The message `id` came, after `known`; 0 if it was known."""
        if fold(where.name) in self._behind:
            self._behind.discard(fold(where.name))
            if id > known + 1:
                self._ask(where, known, id, MOST_PAGES)

    def _ask(self, where: Conversation, known: int, before: int, pages: int) -> None:
        """Ask for what was said after the message `known`, from the newest back."""
        self._asked += 1

        def answered(event: Event) -> bool:
            self._asked -= 1
            if event.get("event") != "history":
                return False
            missed = self._recall(where, event, known)
            if missed and event.get("more") is True and missed[0].id > known + 1:
                if pages > 1:
                    self._ask(where, known, missed[0].id, pages - 1)
                else:
                    where.timeline.cut(missed[0].id)
            return True

        fields: dict[str, str | int] = {"room": where.name, "n": PAGE, "before": before}
        self._requests.ask("history", fields, where.name, answered)

    def _settle(self) -> None:
        def answered(event: Event) -> bool:
            if self._asked:
                self._settle()
            else:
                self._behind.clear()
                self._settled()
            return True

        self._requests.ask("ping", {"token": "settled"}, answered=answered)
