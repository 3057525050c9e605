"""What was said before, for who asks: paged through, and searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ..addresses import network_of
from ..events import Matched, Recalled
from ..fair_queue import Requester
from ..history.base import LAST
from ..names import check_text, is_conversation
from .replay import as_heard, as_shown, check_own, fitting, heard

if TYPE_CHECKING:
    from .session import Session

A_PAGE = 20
MAX_ON_PAGE = 100
MAX_FOUND = 20
MAX_WORDS_LENGTH = 200
MAX_SEARCHED = 100
"""Conversations that SEARCH looks through: those last written in."""


def history(
    session: Session,
    name: str = "",
    n: int = A_PAGE,
    where: str = "",
    id: int = 0,
    people: Sequence[str] = (),
) -> Deferred[None]:
    """HISTORY: tell what was said in the room `name`, or in the current one.

    :param n: how many messages, at most.
    :param where: "before", "after" or "around" the message `id`; empty for
        the latest messages.
    :param people: instead, what was written in private with these nicks.
    :raises ChatError: 403, 404, 442 for the room; see `Conversations.find` for people.
    """
    if people:
        place = session.hub.conversations.find(session.me, people)
    else:
        place = session.target(name).name
    n = max(1, min(n, MAX_ON_PAGE))
    return Deferred.fromCoroutine(_history(session, place, n, where, id))


async def _history(session: Session, place: str, n: int, where: str, id: int) -> None:
    history = session.hub.history
    newer = where == "after"
    if where == "around":
        found = await history.around(place, id, n)
        more = bool(found) and found[0].id > 1
    elif newer:
        found = await history.after(place, id, n + 1)
        more, found = len(found) > n, found[:n]
    else:
        found = await history.before(place, id if where else LAST, n + 1)
        more, found = len(found) > n, found[-n:]
    audible = [as_heard(session, m) for m in found if heard(session, m)]
    shown = fitting(audible, session, newest=not newer)
    if len(shown) < len(audible):
        more, found = True, list(shown)
    following = found[-1 if newer else 0].id if more else None
    if is_conversation(place):
        shown = [each for message in shown if (each := as_shown(session, message))]
        place = check_own(session, place)
    page = Recalled(place, tuple(shown), following, newer, n, session.now())
    session.listener.tell(page)


def search(session: Session, words: str, before: int | None = None) -> Deferred[None]:
    """SEARCH: tell which messages in their rooms, and to them, have all of `words`.

    :param before: `Matched.next` of the page before.
    :raises ChatError: 412, 417 for the words, 263 when too many search.
    """
    words = check_text(words, MAX_WORDS_LENGTH).strip()
    return Deferred.fromCoroutine(_search(session, words, before))


async def _search(session: Session, words: str, before: int | None) -> None:
    hub = session.hub
    places = [room.name for room in session.me.rooms.values()]
    places += hub.conversations.latest(session.me, MAX_SEARCHED)
    requester = Requester(
        (network_of(session.host),), here=lambda: session.id in hub.sessions
    )
    found = await hub.history.search(places, words, MAX_FOUND, before, requester)
    seen = [
        (serial, placed)
        for serial, message in found.messages
        if heard(session, message) and (placed := as_shown(session, message))
    ]
    messages = [as_heard(session, message) for _, message in seen]
    shown = fitting(messages, session, newest=False)
    following = None
    if len(shown) < len(messages):
        following = seen[len(shown) - 1][0]
    elif found.more:
        following = found.messages[-1][0]
    session.listener.tell(Matched(words, tuple(shown), following, session.now()))
