"""What people write to each other: whether it is kept, and deleting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..hub import Session, proposals
from ..hub.reading import list_conversations, list_mentions, unread
from ..outcomes import Outcome
from .basics import SWITCH
from .command import Command, always, by_name, chosen
from .fields import Field, Kind, UsageError, Values, read_number
from .places import PLACE, WITH, people, place, take_place

if TYPE_CHECKING:
    from .interpreter import Interpreter


def _keep(interpreter: Interpreter, values: Values) -> Outcome:
    return proposals.set_keep(interpreter.session, chosen(values, COMMANDS["KEEP"]))


def _read(interpreter: Interpreter, values: Values) -> Outcome:
    room, whom = place(values, "READ")
    upto = int(values["id"]) if values["id"] else None
    return proposals.mark_read(interpreter.session, room, whom, upto)


def _split_read(command: Command, session: Session, rest: str) -> Values:
    words = rest.split()
    values = {field.name: "" for field in command.fields}
    values.update(take_place(session, words))
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
        [PLACE, Field("id", Kind.NUMBER), WITH],
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
