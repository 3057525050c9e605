"""Telling the server how far somebody has read: what stood there when keys came."""

from __future__ import annotations

from ..clock import Clock, Timer
from .chat import Chat, State
from .rooms import Conversation

# Seconds after a key in which somebody is taken to look at the screen.
LOOKING = 60.0
# Seconds between two that are told; the first waits a little for others.
AGAIN, FIRST = 5.0, 0.5


class Reading:
    def __init__(self, chat: Chat, clock: Clock) -> None:
        self._chat = chat
        self._clock = clock
        self._timer = Timer(clock)
        self._until = self._told_at = float("-inf")
        self._where: Conversation | None = None

    def stop(self) -> None:
        self._timer.stop()

    def typed(self) -> None:
        """A key came: somebody looks at what is shown."""
        self._until = self._clock.seconds() + LOOKING
        self.shown()

    def shown(self) -> None:
        """Something may have come to what is shown."""
        if self._clock.seconds() > self._until or not self._chat.account:
            return
        where = self._chat.conversations.current
        if where is None or not _is_news(where):
            return
        if self._where is not where and self._timer.running:
            self._timer.stop()
            self._tell()
        self._where = where
        if not self._timer.running:
            due = self._told_at + AGAIN - self._clock.seconds()
            self._timer.start(max(FIRST, due), self._tell)

    def _tell(self) -> None:
        where = self._where
        online = self._chat.account and self._chat.state is State.ONLINE
        if where is None or not online or where.timeline.last_id <= where.read:
            return
        self._told_at = self._clock.seconds()
        where.read = where.timeline.last_id
        fields = {**where.place, "id": where.read}
        self._chat.requests.ask("read", fields, where.name, lambda event: True)


def _is_news(where: Conversation) -> bool:
    """Whether its end is on the screen, and further than is known to be read."""
    at_end = where.anchor is None and not where.timeline.newer
    return at_end and where.timeline.last_id > where.read
