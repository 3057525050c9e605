"""Reads what moderating commands have in common: where, whom, how long, why."""

from __future__ import annotations

from typing import NamedTuple

from ..durations import is_duration, parse_duration
from ..events import ChatError
from ..hub import Room, Session
from ..names import is_room


class Order(NamedTuple):
    """:ivar room: None for the whole chat.
    :ivar seconds: 0 for ever.
    """

    room: Room | None
    target: str
    seconds: int
    reason: str


def where(session: Session, rest: str) -> tuple[Room | None, str]:
    """The room at the start of `rest`, and what follows.

    Without one an operator means the whole chat, everyone else their current
    room.
    """
    first, _, more = rest.strip().partition(" ")
    if is_room(first):
        return session.hub.room(first), more.strip()
    if session.me.operator:
        return None, rest.strip()
    return here(session), rest.strip()


def here(session: Session) -> Room:
    """The current room; raises `ChatError` 404 for none."""
    if session.room is None:
        raise ChatError(404, "You are in no room; say which, with its #")
    return session.room


def in_room(session: Session, rest: str) -> tuple[Room, str]:
    """As `where`, but always a room."""
    first, _, more = rest.strip().partition(" ")
    if is_room(first):
        return session.hub.room(first), more.strip()
    return here(session), rest.strip()


def order(session: Session, rest: str, usage: str, lasting: bool = True) -> Order:
    """``[#room] whom [duration] [reason]``; 461 with `usage` without whom.

    :param lasting: whether a duration may follow.
    """
    room, rest = where(session, rest)
    target, _, rest = rest.partition(" ")
    if not target:
        raise ChatError(461, f"Use {usage}")
    seconds, first = 0, rest.split(" ", 1)[0]
    if lasting and is_duration(first):
        try:
            seconds = parse_duration(first)
        except ValueError:
            raise ChatError(461, f"{first} is too short or too long") from None
        rest = rest[len(first) :]
    return Order(room, target, seconds, rest.strip())
