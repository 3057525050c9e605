"""What a session asks to have done to messages: it finds the facts, and proposes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..events import NO_QUOTE, ChatError, Quote, Said, SpeechKind, extent_of
from ..log import Within
from ..names import beginning, check_message, check_reaction
from ..outcomes import Outcome, run, settled
from .entries import Delete, Edit, Facts, PurgeAuthor, React, Send
from .own_copy import Copy, Copying
from .session import Session, tidy

if TYPE_CHECKING:
    from .room import Room


def answer(
    session: Session,
    text: str,
    room: str,
    reply_to: int,
    kind: SpeechKind = "message",
    copy: Copy | None = None,
) -> Outcome:
    """MSG with ``reply_to``: answer a message of the room, which may be gone.

    :raises ChatError: 400 for an id that no message has had; see `Session.say`.
    """
    text = check_message(text)
    session.charge_text(text)
    where = session.target(room)
    return run(_answer(session, where, text, reply_to, kind, copy))


async def _answer(
    session: Session,
    room: Room,
    text: str,
    reply_to: int,
    kind: SpeechKind,
    copy: Copy | None,
) -> None:
    if not 0 < reply_to <= room.last_id:
        raise _nowhere()
    said = await _find(session, room.name, reply_to)
    if said is not None:
        _check_words(said)
    quote = NO_QUOTE if said is None else Quote(said.nick, beginning(said.text))
    entry = Send(session.id, room.name, kind, text, reply_to, quote)
    await settled(session.hub.propose(entry, _within(session, copy), session))


def _within(session: Session, copy: Copy | None) -> Within | None:
    within = session.listener.scope()
    return within if copy is None else Copying(session, copy, within)


def quote(
    session: Session,
    nicks: Sequence[str],
    text: str,
    reply_to: int,
    kind: SpeechKind,
    copy: Copy | None = None,
) -> Outcome:
    """PRIV with ``reply_to``: answer a message of a conversation, which may be gone.

    :raises ChatError: 400 for an id that no message has had; see `Session.whisper` and
        `Conversations.find`.
    """
    place = session.hub.conversations.find(session.me, nicks)
    return run(_quote(session, place, nicks, text, reply_to, kind, copy))


async def _quote(
    session: Session,
    place: str,
    nicks: Sequence[str],
    text: str,
    reply_to: int,
    kind: SpeechKind,
    copy: Copy | None,
) -> None:
    if not 0 < reply_to <= session.hub.last_id(place):
        raise _nowhere()
    said = await _find(session, place, reply_to)
    found = NO_QUOTE if said is None else Quote(said.nick, beginning(said.text))
    await settled(session.whisper(list(nicks), text, kind, copy, reply_to, found))


def edit(
    session: Session, room: str, id: int, text: str, people: Sequence[str] = ()
) -> Outcome:
    """EDIT: let a message of one's own say `text`.

    :param people: with whom it was written in private; likewise for the others.
    :raises ChatError: see `acts.edit`; 412, 417 for the text, 400 for the id.
    """
    text = check_message(text)
    session.charge_text(text)
    return run(_edit(session, _place(session, room, people), id, text))


async def _edit(session: Session, place: str, id: int, text: str) -> None:
    seen = session.now()
    facts = _facts(await _words(session, place, id), seen)
    await settled(session.propose(Edit(session.id, place, id, text, facts)))


def _place(session: Session, room: str, people: Sequence[str]) -> str:
    """The name of a room of theirs, or the key of a conversation."""
    if people:
        return session.hub.conversations.find(session.me, people)
    return session.target(room).name


def delete(
    session: Session,
    room: str,
    id: int,
    reason: str = "",
    people: Sequence[str] = (),
) -> Outcome:
    """DELETE: see `acts.delete`; raises `ChatError` 400 for the id."""
    if people:
        place = _place(session, room, people)
        return run(_delete_there(session, place, id, tidy(reason)))
    where = session.hub.room(room, session.me) if room else session.target("")
    return run(_delete(session, where, id, tidy(reason)))


async def _delete(session: Session, room: Room, id: int, reason: str) -> None:
    if session.me not in room.members and not room.rules.may_administer(session.me):
        session.me.here(room.name)
    await _delete_there(session, room.name, id, reason)


async def _delete_there(session: Session, place: str, id: int, reason: str) -> None:
    # What is to be gone is not said once more in the log.
    seen = session.now()
    said = await _found(session, place, id)
    facts = _facts(said, seen)._replace(text="")
    entry = Delete(session.id, place, id, reason, facts, extent_of(said))
    await settled(session.propose(entry))


def react(
    session: Session,
    room: str,
    id: int,
    reaction: str,
    on: bool,
    people: Sequence[str] = (),
    copy: Copy | None = None,
) -> Outcome:
    """REACT, UNREACT: see `acts.react`; raises `ChatError` 412 for no emoji.

    :param copy: is handed the event, unless nothing changes.
    """
    check_reaction(reaction)
    place = _place(session, room, people)
    return run(_react(session, place, id, reaction, on, copy))


async def _react(
    session: Session, place: str, id: int, reaction: str, on: bool, copy: Copy | None
) -> None:
    me, seen = session.me, session.now()
    said = await _words(session, place, id)
    authors = me.author, me.was
    mine = await session.hub.history.has_reacted(place, id, reaction, authors)
    facts = _facts(said, seen, reaction, mine)
    entry = React(session.id, place, id, reaction, on, facts)
    await settled(session.hub.propose(entry, _within(session, copy), session))


def purge(session: Session, nick: str, room: str, seconds: float) -> Outcome:
    """PURGE: delete all that `nick` wrote; see `acts.purge`.

    :param seconds: what was said longer ago stays; 0: nothing does.
    """
    name = session.hub.room(room, session.me).name if room else ""
    since = session.now() - seconds if seconds else 0.0
    return session.propose(PurgeAuthor(session.id, nick, name, since))


def _facts(said: Said, seen: float, reaction: str = "", mine: bool = False) -> Facts:
    """:param seen: when it was looked for."""
    marks = said.marks
    reactions = marks.reactions if marks is not None else ()
    totals = {each.reaction: each.total for each in reactions}
    return Facts(
        said.author,
        said.nick,
        said.at,
        beginning(said.text),
        marks is not None and bool(marks.deleted_by),
        len(totals),
        totals.get(reaction, 0),
        mine,
        seen,
    )


async def _found(session: Session, place: str, id: int) -> Said:
    said = await _find(session, place, id)
    if said is None:
        raise _nowhere()
    return said


async def _words(session: Session, place: str, id: int) -> Said:
    """As `_found`, of what somebody said: all else can only be deleted."""
    said = await _found(session, place, id)
    _check_words(said)
    return said


async def _find(session: Session, place: str, id: int) -> Said | None:
    found = await session.hub.history.between(place, id - 1, id + 1, 1)
    return found[0] if found else None


def _check_words(said: Said) -> None:
    """Raises `ChatError` 400 for a change of the topic."""
    if said.kind == "topic":
        raise ChatError(400, "That is a change of the topic, and no message")


def _nowhere() -> ChatError:
    return ChatError(
        400, "There is no such message; SEARCH shows the ids of those it finds"
    )
