"""Where a message is that a command is about: in a room, or among people in private."""

from __future__ import annotations

from collections.abc import MutableSequence

from ..events import ChatError
from ..hub import Session
from ..names import is_room
from .basics import mine
from .fields import ROOM, Field, Kind, Values, room_name

PLACE = ROOM._replace(shown="[#room|@nick]")

WITH = Field("with", Kind.NAMES, apart=True)
"""Whose conversation it is; only in an object, where a line has ``@nick``."""


def people(values: Values) -> list[str]:
    """The nicks that a command names, each with ``@`` before it or without."""
    names = values["with"].split(",")
    return [name.removeprefix("@") for name in names if name.removeprefix("@")]


def place(values: Values, what: str) -> tuple[str, list[str]]:
    """The room, or the people; empty for what was not given.

    :param what: what is there, as the refusal calls it.
    :raises ChatError: 461 for a room and people.
    """
    if values["room"] and values["with"]:
        raise ChatError(461, f"{what} is of a room, or with people; not both")
    return values["room"], people(values)


def take_place(session: Session, words: MutableSequence[str]) -> dict[str, str]:
    """The fields of a place, which is the first of `words`, or is not given.

    A word alone is a room if they are in one called so.  What is taken is no more among
    `words`.
    """
    if words and words[0].startswith("@"):
        return {"with": words.pop(0)}
    if words and (is_room(words[0]) or mine(session, words[0])):
        return {"room": room_name(words.pop(0))}
    return {}
