"""What somebody has not read yet, and where they are mentioned in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ..events import (
    ChatError,
    Conversation,
    Conversations,
    Mentioned,
    Read,
    Said,
    Unread,
    UnreadPlace,
)
from ..history.base import Unheard
from ..names import fold, is_conversation, mention_of
from .replay import as_shown, check_own, fitting, heard

if TYPE_CHECKING:
    from .session import Session

MAX_COUNTED = 500
"""Unread messages of one place that are counted; more count as so many."""

MAX_CHARGED = 100
"""For so many messages of each place the flood rule counts; most have fewer."""

MAX_LOOKED_AT = 10_000
"""Private conversations, those last written in, that UNREAD looks at."""

MAX_PLACES = 200
MAX_MENTIONS = 100
EVERYONE = "@here"
"""Who owns a room mentions all in it by that."""


def unread(session: Session) -> Deferred[None]:
    """UNREAD: tell how much is unread, in their rooms and private conversations.

    :raises ChatError: 464 for a guest.
    """
    _check_account(session)
    return Deferred.fromCoroutine(_unread(session))


def list_conversations(session: Session) -> None:
    """CONVERSATIONS: tell with whom they have written in private, as it is kept.

    :raises ChatError: 464 for a guest.
    """
    _check_account(session)
    hub, me = session.hub, session.me
    places = hub.conversations.latest(me, MAX_LOOKED_AT)
    shown = places[:MAX_PLACES]
    session.charge(rows=len(places))
    named = ((_name(session, place), hub.last_id(place)) for place in shown)
    found = tuple(Conversation(name, last) for name, last in named if len(name) > 1)
    more = len(places) - len(shown)
    session.listener.tell(Conversations(found, more, session.now()))


def list_mentions(session: Session) -> Deferred[None]:
    """MENTIONS: tell where they are mentioned in what is unread, the newest first.

    :raises ChatError: 464 for a guest.
    """
    _check_account(session)
    return Deferred.fromCoroutine(_list_mentions(session))


def show_read(session: Session, place: str, id: int) -> Deferred[None]:
    """Tell that another session of the same person has read up to there."""
    return Deferred.fromCoroutine(_show_read(session, place, id))


def _check_account(session: Session) -> None:
    if not session.me.account:
        raise ChatError(464, "Only of accounts it is known what they have read")


async def _unread(session: Session) -> None:
    marks = _marks(session)
    shown = dict(list(marks.items())[:MAX_PLACES])
    session.charge(rows=MAX_CHARGED * len(shown))
    counts, mentioned = await _count(session, shown)
    found = []
    for place, mark in shown.items():
        count = counts.get(place, 0)
        if count and (name := _name(session, place)):
            last = session.hub.last_id(place)
            found.append(UnreadPlace(name, mark, last, count, mentioned.get(place, 0)))
    more = len(marks) - len(shown)
    session.listener.tell(Unread(tuple(found), more, session.now()))


async def _list_mentions(session: Session) -> None:
    marks = _marks(session)
    session.charge(rows=MAX_CHARGED * len(marks))
    found = await _mentions(session, marks)
    messages = [message for message in found if as_shown(session, message)]
    shown = fitting(messages[:MAX_MENTIONS], session, newest=False)
    more = len(shown) < len(messages)
    session.listener.tell(Mentioned(tuple(shown), more, session.now()))


async def _show_read(session: Session, place: str, id: int) -> None:
    counts: Mapping[str, int] = {}
    mentioned: Mapping[str, int] = {}
    if id < session.hub.last_id(place):
        counts, mentioned = await _count(session, {place: id})
    if name := _name(session, place):
        count = counts.get(place, 0)
        there = Read(name, id, count, mentioned.get(place, 0), session.now())
        session.listener.tell(there)


def _marks(session: Session) -> dict[str, int]:
    """Where something may be unread, by place: up to which id it is read."""
    hub, me = session.hub, session.me
    marks: dict[str, int] = {}
    for place in hub.conversations.latest(me, MAX_LOOKED_AT):
        marks[place] = hub.markers.get(me.author, place) or 0
    for place in me.rooms:
        mark = hub.markers.get(me.author, place)
        if mark is not None:
            marks[place] = mark
    return {place: id for place, id in marks.items() if id < hub.last_id(place)}


async def _count(
    session: Session, marks: Mapping[str, int]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """By place: how many messages are unread, and in how many they are mentioned."""
    me = session.me
    authors = {me.author, *(int(key) for key in me.ignores if key.isdigit())}
    unheard = Unheard(authors, {key for key in me.ignores if not key.isdigit()})
    counts = await session.hub.history.count(marks, unheard, MAX_COUNTED)
    found = await _named(session, marks)
    mentioned: dict[str, int] = {}
    for message in _mentioning(session, found):
        place = fold(message.room)
        mentioned[place] = mentioned.get(place, 0) + 1
    return counts, mentioned


async def _mentions(session: Session, marks: Mapping[str, int]) -> list[Said]:
    return _mentioning(session, await _named(session, marks))


def _named(session: Session, marks: Mapping[str, int]) -> Deferred[list[Said]]:
    """What may mention them, the newest first; private words are all for them."""
    rooms = {place: id for place, id in marks.items() if not is_conversation(place)}
    return session.hub.history.naming(rooms, [*_names(session), EVERYONE])


def _names(session: Session) -> list[str]:
    """What they are called: by nick, and by account."""
    me = session.user
    if me is None:
        return []
    return sorted({fold(me.nick), fold(me.account) or fold(me.nick)})


def _mentioning(session: Session, messages: Sequence[Said]) -> list[Said]:
    me, names = session.user, [mention_of(name) for name in _names(session)]
    all_here = mention_of(EVERYONE)

    def named(said: Said) -> bool:
        if any(name.search(said.text) for name in names):
            return True
        return bool(all_here.search(said.text)) and _decides(session, said)

    return [
        said
        for said in messages
        if me is not None
        and said.author != me.author
        and said.kind != "topic"
        and heard(session, said)
        and named(said)
    ]


def _decides(session: Session, said: Said) -> bool:
    """Whether its author decides in the room where it was said, as it is now."""
    hub = session.hub
    account = hub.accounts.numbered(said.author)
    room = hub.rooms.get(fold(said.room))
    if account is None or room is None:
        return False
    if hub.identities.is_operator(account.nick):
        return True
    return fold(account.nick) in room.rules.owners


def _name(session: Session, place: str) -> str:
    """What this person calls the place; empty where it is theirs no more."""
    user = session.user
    if user is None:
        return ""
    if not is_conversation(place):
        room = user.rooms.get(place)
        return room.name if room is not None else ""
    try:
        return check_own(session, place)
    except ChatError:
        return ""
