"""What people write to each other: whether it is kept, and deleting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError
from ..hub import Session, proposals
from ..hub.reading import list_conversations, list_mentions, unread
from ..names import is_room
from ..outcomes import Outcome
from .basics import SWITCH, mine
from .command import Command, always, by_name, chosen
from .fields import ROOM, Field, Kind, UsageError, Values, read_number, room_name

if TYPE_CHECKING:
    from .interpreter import Interpreter

WITH = Field("with", Kind.NAMES, apart=True)
"""Whose conversation it is; only in an object, where a line has ``@nick``."""


def people(values: Values) -> list[str]:
    """The nicks that a command names, each with ``@`` before it or without."""
    names = values["with"].split(",")
    return [name.removeprefix("@") for name in names if name.removeprefix("@")]


def _keep(interpreter: Interpreter, values: Values) -> Outcome:
    return proposals.set_keep(interpreter.session, chosen(values, COMMANDS["KEEP"]))


def _read(interpreter: Interpreter, values: Values) -> Outcome:
    session, id = interpreter.session, values["id"]
    if values["room"] and values["with"]:
        raise ChatError(461, "READ is of a room, or with people; not both")
    upto = int(id) if id else None
    return proposals.mark_read(session, values["room"], people(values), upto)


def _split_read(command: Command, session: Session, rest: str) -> Values:
    words = rest.split()
    values = {field.name: "" for field in command.fields}
    if words and words[0].startswith("@"):
        values["with"] = words.pop(0)
    elif words and (is_room(words[0]) or mine(session, words[0])):
        values["room"] = room_name(words.pop(0))
    if words and read_number(words[0]) is not None:
        values["id"] = words.pop(0)
    if words:
        raise UsageError(command.usage)
    return values


def _stay(interpreter: Interpreter, values: Values) -> Outcome:
    return proposals.set_stay(interpreter.session, chosen(values, COMMANDS["STAY"]))


def _unread(interpreter: Interpreter, values: Values) -> Outcome:
    return unread(interpreter.session)


def _conversations(interpreter: Interpreter, values: Values) -> None:
    list_conversations(interpreter.session)


def _mentions(interpreter: Interpreter, values: Values) -> Outcome:
    return list_mentions(interpreter.session)


def _forget(interpreter: Interpreter, values: Values) -> Outcome:
    return proposals.forget_conversation(interpreter.session, people(values))


COMMANDS = by_name(
    Command(
        "READ",
        "say up to where you have read; alone: all of the current room",
        [
            ROOM._replace(shown="[#room|@nick]"),
            Field("id", Kind.NUMBER),
            WITH,
        ],
        _read,
        split=_split_read,
    ),
    Command("UNREAD", "tell how much you have not read", [], _unread, asks=always),
    Command(
        "CONVERSATIONS",
        "list with whom you have written in private",
        [],
        _conversations,
        asks=always,
    ),
    Command(
        "MENTIONS",
        "list where you are named in what you have not read",
        [],
        _mentions,
        asks=always,
    ),
    Command("STAY", "keep your rooms and nick while you are away", [SWITCH], _stay),
    Command("KEEP", "have what you write in private kept, or nothing", [SWITCH], _keep),
    Command(
        "FORGET",
        "delete what you and somebody else have written to each other",
        [WITH._replace(needed=True, shown="nick", apart=False)],
        _forget,
    ),
)
