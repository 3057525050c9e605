"""draft/event-playback: in CHATHISTORY also what is no message.

That is reactions, deletions, and what the topic was set to.  Who came and went is kept
by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from ....events import NAMED, Deleted, Reacted, Said, topic_of
from ....hub.replay import at_once
from ....hub.spoken import Pageable, Spoken
from ....names import fold, is_conversation
from ..message import tag
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection

PLAYBACK = Capability(
    "draft/event-playback",
    "``CHATHISTORY`` has reactions, deletions (with ``draft/message-redaction``) and "
    "changes of the topic",
)

CONTEXT = b"draft/chathistory-context"
"""The tag of what belongs to the message before it, and isn't counted with those."""


def history_for(c: IRCConnection) -> Pageable:
    """What of the history this client can be shown."""
    history = c.hub.history
    return history if PLAYBACK.name in c.caps else Spoken(history)


class Playback:
    """What is shown of one page beside its messages; no more than fits at once.

    :param said: the messages of the page.
    :param target: what the client calls the room or the other person.
    """

    def __init__(self, c: IRCConnection, said: Sequence[Said], target: str) -> None:
        self._c = c
        self._target = target
        self._active = PLAYBACK.name in c.caps
        sizes = (len(each.text.encode()) for each in said)
        self._left = at_once(c.session) - sum(sizes)

    def after(self, said: Said) -> Iterator[bytes]:
        """What belongs behind `said`: each piece is whole lines."""
        if not self._active or said.marks is None:
            return
        for event in self._events(said):
            lines = self._c.renderer.encode(event)
            if "message-tags" in self._c.caps:
                each = lines.splitlines(keepends=True)
                lines = b"".join(tag(line, CONTEXT) for line in each)
            self._left -= len(lines)
            if self._left < 0:
                return
            yield lines

    def _events(self, said: Said) -> Iterator[Reacted | Deleted]:
        marks = said.marks
        if marks is None:
            return
        place = said.room if is_conversation(said.room) else ""
        if marks.deleted_by and "draft/message-redaction" in self._c.caps:
            by, at = marks.deleted_by, marks.deleted_at
            yield Deleted(self._to(by), said.id, said.nick, by, "", at, place)
        for each in marks.reactions:
            for who in islice(each.people(), NAMED):
                what = who.nick, each.reaction, True, each.total, who.at or said.at
                yield Reacted(self._to(who.nick), said.id, *what, place)

    def _to(self, by: str) -> str:
        """For whom it was that `by` did."""
        room = self._target.startswith("#")
        return self._target if room or fold(by) == fold(self._c.nick) else self._c.nick

    def topic(self, said: Said) -> bytes:
        """What the topic was set to; empty for who isn't shown that."""
        if not self._active or said.marks is not None:
            return b""  # only a deletion leaves marks at it
        return self._c.renderer.encode(topic_of(said))
