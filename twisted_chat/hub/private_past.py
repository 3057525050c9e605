"""What was written in private before, to whom it is shown: its people alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ..events import Said, Waited, Whispered
from ..history.base import LAST
from ..storage.personal import Waiting
from .conversations import people_of
from .replay import as_shown, fitting, heard
from .waiting import FOR_ONE

if TYPE_CHECKING:
    from .session import Session


def show_waited(session: Session, waited: Sequence[Waiting]) -> Deferred[None]:
    """Show what was written to a person while they weren't here, by its time."""
    return Deferred.fromCoroutine(_show_waited(session, waited))


async def _show_waited(session: Session, waited: Sequence[Waiting]) -> None:
    found: list[Said] = []
    for place in waited:
        messages = await session.hub.history.between(
            place.place, place.first - 1, LAST, FOR_ONE, newest=True
        )
        # What came since they are here they have been told.
        found += _waited(session, place, messages)
    found.sort(key=lambda said: said.at)
    shown = fitting(found, session, newest=True)
    if shown:
        written = tuple(as_whispered(session, said) for said in shown)
        more = len(shown) < len(found)
        session.listener.tell(Waited(written, more, session.now()))


def _waited(session: Session, place: Waiting, messages: Sequence[Said]) -> list[Said]:
    senders = dict(place.senders)
    return [
        said
        for said in messages
        if said.author in senders
        and said.text
        and heard(session, said)
        and as_shown(session, said)
    ]


def as_whispered(session: Session, said: Said) -> Whispered:
    """A message of a conversation as it was written, to whom it was."""
    conversations = session.hub.conversations
    others = [number for number in people_of(said.room) if number != said.author]
    to = tuple(filter(None, map(conversations.nick, others or [said.author])))
    assert said.kind != "topic"  # which rooms have
    what = said.nick, to, said.text, said.at, said.kind, said.id, said.author
    quote = said.marks.quote if said.marks is not None else None
    return Whispered(*what, said.reply_to, quote, said.room)
