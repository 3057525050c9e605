"""Changing what was said, deleting it, and reacting to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..events import ChatError
from ..hub import messages
from ..outcomes import Outcome
from .basics import SWITCH
from .command import Command, by_name, chosen
from .fields import ROOM, Field, Kind, Values, read_number, text, word
from .formats import with_reactions

if TYPE_CHECKING:
    from .interpreter import Interpreter

ID = Field("id", Kind.NUMBER, True)


def _id(values: Values) -> int:
    number = read_number(values["id"])
    if number is None:
        raise ChatError(461, "Say which message, by its id; HISTORY in JSON has it")
    return number


def _edit(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    return messages.edit(session, values["room"], _id(values), values["text"])


def _delete(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    return messages.delete(session, values["room"], _id(values), values["reason"])


def _react(on: bool) -> Callable[[Interpreter, Values], Outcome]:
    def run(interpreter: Interpreter, values: Values) -> Outcome:
        session, reaction = interpreter.session, values["reaction"]
        return messages.react(session, values["room"], _id(values), reaction, on)

    return run


def _reactions(interpreter: Interpreter, values: Values) -> None:
    on = chosen(values, COMMANDS["REACTIONS"])
    listener = interpreter.session.listener
    listener.format = with_reactions(listener.format, on)
    text = "You are shown reactions" if on else "You are not shown reactions"
    interpreter.tell(text, "reactions", "on" if on else "off")


COMMANDS = by_name(
    Command(
        "EDIT",
        "let a message of yours say something else",
        [ROOM, ID, text()],
        _edit,
    ),
    Command(
        "DELETE",
        "delete a message of yours, or as an owner anyone's",
        [ROOM, ID, text("reason", False)],
        _delete,
    ),
    Command(
        "REACT",
        "react to a message with an emoji",
        [ROOM, ID, word("reaction", shown="emoji")],
        _react(on=True),
    ),
    Command(
        "UNREACT",
        "take your reaction back",
        [ROOM, ID, word("reaction", shown="emoji")],
        _react(on=False),
    ),
    Command(
        "REACTIONS",
        "be shown reactions, in FORMAT text",
        [SWITCH],
        _reactions,
        True,
    ),
)
