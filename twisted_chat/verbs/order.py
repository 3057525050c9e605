"""Reads what moderating commands have in common: where, whom, how long, why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ..durations import FOR_EVER, parse_duration, split_duration
from ..events import ChatError
from ..hub import Room, Session
from ..names import is_room
from .command import Command
from .fields import UsageError, Values, next_word


class Order(NamedTuple):
    """What a moderating command says.

    :ivar room: a room's name; empty for the whole chat.
    :ivar target: whom it means: a nick, a mask, an address.
    :ivar seconds: how long it holds; 0 for ever.
    """

    room: str
    target: str
    seconds: int
    reason: str


def where(session: Session, values: Values) -> str:
    """The name of the room that is meant; empty for the whole chat.

    Without one an operator means the whole chat, everyone else their current
    room.
    """
    if not values["room"] and session.me.operator:
        return ""
    return in_room(session, values).name


def in_room(session: Session, values: Values) -> Room:
    """The room that is named, or the current one.

    :raises ChatError: 403 for a room that there isn't, or that the session may
        not know of; 404 when none is named and there is no current one.
    """
    if values["room"]:
        return session.hub.room(values["room"], session.me)
    if session.room is None:
        raise ChatError(404, "You are in no room; say which, with its #")
    return session.room


def split_order(command: Command, session: Session, rest: str) -> Values:
    """``[#room] whom [duration] [reason]``; 461 without whom.

    What begins with a digit has to be a duration, so that a slip doesn't last for ever.
    """
    values = {field.name: "" for field in command.fields}
    first, more = next_word(rest)
    if is_room(first):
        values["room"] = first
        first, more = next_word(more)
    if not first:
        raise UsageError(command.usage)
    values["mask"] = first
    with _usable():
        values["duration"], reason = split_duration(more.lstrip())
    values["reason"] = reason.strip()
    return values


def order(session: Session, values: Values) -> Order:
    """Where, whom, how long and why.

    :raises ChatError: 461 for a duration that is none, 403, 404 for the room.
    """
    duration = values.get("duration", "").strip()
    with _usable():
        seconds = parse_duration(duration) if duration not in FOR_EVER else 0
    return Order(
        where(session, values),
        values["mask"],
        seconds,
        values.get("reason", "").strip(),
    )


@contextmanager
def _usable() -> Iterator[None]:
    """What is no duration is error 461."""
    try:
        yield
    except ValueError as error:
        raise ChatError(461, str(error)) from None
