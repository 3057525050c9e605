"""What was said before: shown to newcomers, paged through, searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ..addresses import network_of
from ..events import Matched, Recalled, Replayed, Said
from ..fair_queue import Requester
from ..fanout import Format
from ..history.base import LAST, SHOWN_AGAIN, Tail
from ..names import check_text, fold

if TYPE_CHECKING:
    from .session import Session

A_PAGE = 20
MAX_ON_PAGE = 100
MAX_FOUND = 20
MAX_WORDS_LENGTH = 200
STALE = 600.0
"""Seconds after which what is shown again gets another time."""

AROUND_WORDS = 200
"""Bytes that a format may put around the words of a message."""


class Replay:
    """What of a room is shown again to whoever comes in.

    It is made, and encoded, once for all who come in before somebody speaks.
    """

    __slots__ = ("_encoded", "_event", "_latest", "_room", "_tail")

    def __init__(self, room: str, tail: Tail) -> None:
        self._room = room
        self._tail = tail
        self._latest: Said | None = None
        self._event = Replayed(room, (), False, 0.0)
        self._encoded: dict[Format, bytes] = {}

    def show(self, session: Session, heard: int = 0) -> None:
        """Tell `session` what was said last, now or as soon as that is known.

        In the latter case what the session asks next is answered after that.

        :param heard: the id of the latest message that it knows, and needs no more.
        """
        if self._tail.complete and heard:
            newer = [m for m in self._tail.messages if m.id > heard]
            self._tell(session, newer, LAST)
        elif self._tail.complete:
            self._show(session)
        else:
            later = self._show_later(session, heard)
            session.link.hold(Deferred.fromCoroutine(later))

    async def _show_later(self, session: Session, heard: int) -> None:
        upto = session.hub.rooms[fold(self._room)].last_id
        try:
            latest = await session.hub.history.latest(self._room, SHOWN_AGAIN)
        except Exception:
            return
        self._tail.fill(latest)
        self._tell(session, [m for m in latest if m.id > heard], upto)

    def _show(self, session: Session) -> None:
        messages = self._tail.messages
        if not messages:
            return
        if session.me.ignores:
            self._tell(session, messages, messages[-1].id)
            return
        now = session.now()
        if messages[-1] is not self._latest or now - self._event.at > STALE:
            self._latest = messages[-1]
            self._event = self._replayed(messages, session)
            self._encoded = {}
        session.listener.tell_shared(self._event, self._encoded)

    def _tell(self, session: Session, messages: Sequence[Said], upto: int) -> None:
        """Tell `session` alone; what is newer than `upto` it has got already."""
        heard = [m for m in messages if m.id <= upto and _heard(session, m)]
        if heard:
            session.listener.tell(self._replayed(heard, session))

    def _replayed(self, messages: Sequence[Said], session: Session) -> Replayed:
        shown = fitting(list(messages)[-SHOWN_AGAIN:], session, newest=True)
        # A tail may end here while the history goes on.
        more = len(messages) >= SHOWN_AGAIN or len(shown) < len(messages)
        return Replayed(self._room, tuple(shown), more, session.now())


def history(
    session: Session, name: str = "", n: int = A_PAGE, where: str = "", id: int = 0
) -> Deferred[None]:
    """HISTORY: tell what was said in the room `name`, or in the current one.

    :param n: how many messages, at most.
    :param where: "before", "after" or "around" the message `id`; empty for
        the latest messages.
    :raises ChatError: 403, 404, 442 for the room.
    """
    room = session.target(name).name
    n = max(1, min(n, MAX_ON_PAGE))
    return Deferred.fromCoroutine(_history(session, room, n, where, id))


async def _history(session: Session, room: str, n: int, where: str, id: int) -> None:
    history = session.hub.history
    newer = where == "after"
    if where == "around":
        found = await history.around(room, id, n)
        more = bool(found) and found[0].id > 1
    elif newer:
        found = await history.after(room, id, n + 1)
        more, found = len(found) > n, found[:n]
    else:
        found = await history.before(room, id if where else LAST, n + 1)
        more, found = len(found) > n, found[-n:]
    heard = [message for message in found if _heard(session, message)]
    shown = fitting(heard, session, newest=not newer)
    if len(shown) < len(heard):
        more, found = True, list(shown)
    following = found[-1 if newer else 0].id if more else None
    page = Recalled(room, tuple(shown), following, newer, n, session.now())
    session.listener.tell(page)


def search(session: Session, words: str, before: int | None = None) -> Deferred[None]:
    """SEARCH: tell which messages in their rooms have all of `words`.

    :param before: `Matched.next` of the page before.
    :raises ChatError: 412, 417 for the words, 263 when too many search.
    """
    words = check_text(words, MAX_WORDS_LENGTH).strip()
    return Deferred.fromCoroutine(_search(session, words, before))


async def _search(session: Session, words: str, before: int | None) -> None:
    hub = session.hub
    rooms = [room.name for room in session.me.rooms.values()]
    requester = Requester(
        (network_of(session.host),), here=lambda: session.id in hub.sessions
    )
    found = await hub.history.search(rooms, words, MAX_FOUND, before, requester)
    heard = [each for each in found.messages if _heard(session, each[1])]
    messages = [message for _, message in heard]
    shown = fitting(messages, session, newest=False)
    following = None
    if len(shown) < len(messages):
        following = heard[len(shown) - 1][0]
    elif found.more:
        following = found.messages[-1][0]
    session.listener.tell(Matched(words, tuple(shown), following, session.now()))


def _heard(session: Session, message: Said) -> bool:
    """Whether it isn't the word of somebody whom `session` ignores."""
    user = session.user
    return user is None or fold(message.nick) not in user.ignores


def fitting(messages: Sequence[Said], session: Session, newest: bool) -> Sequence[Said]:
    """As many of `messages`, from their end or their start, as may be sent at once.

    That is a quarter of what may wait for a client that doesn't read, but at
    least one.
    """
    left = session.hub.settings.send_queue // 4
    count = 0
    for message in reversed(messages) if newest else messages:
        left -= len(message.text.encode()) + AROUND_WORDS
        if left < 0 and count:
            break
        count += 1
    return messages[len(messages) - count :] if newest else messages[:count]
