"""Changing what was said, deleting it, and reacting to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..durations import parse_duration
from ..events import ChatError
from ..hub import Session, messages
from ..names import clean, is_room
from ..outcomes import Outcome
from .basics import SWITCH
from .command import Command, by_name, chosen
from .fields import (
    ROOM,
    Field,
    Kind,
    UsageError,
    Values,
    next_word,
    read_line,
    read_number,
    text,
    word,
)
from .formats import with_reactions
from .places import PLACE, WITH, place

if TYPE_CHECKING:
    from .interpreter import Interpreter

_CODE = re.compile("[0-9a-f]{6}")

ID = Field("id", Kind.NUMBER, True)


def _id(values: Values) -> int:
    number = read_number(values["id"])
    if number is None:
        raise ChatError(461, "Say which message, by its id; HISTORY in JSON has it")
    return number


def _split(command: Command, session: Session, rest: str) -> Values:
    """``[#room|@nick] id`` and what follows."""
    first, more = next_word(rest)
    if not first.startswith("@"):
        return read_line(command.fields, rest, lambda: command.usage)
    values = read_line(command.fields[1:], more, lambda: command.usage)
    return {**values, "room": "", "with": first}


def _edit(interpreter: Interpreter, values: Values) -> Outcome:
    room, whom = place(values, "A message")
    session, text = interpreter.session, values["text"]
    return messages.edit(session, room, _id(values), text, whom)


def _delete(interpreter: Interpreter, values: Values) -> Outcome:
    room, whom = place(values, "A message")
    session, reason = interpreter.session, values["reason"]
    return messages.delete(session, room, _id(values), reason, whom)


def _react(on: bool) -> Callable[[Interpreter, Values], Outcome]:
    def run(interpreter: Interpreter, values: Values) -> Outcome:
        room, whom = place(values, "A message")
        session, reaction = interpreter.session, values["reaction"]
        return messages.react(session, room, _id(values), reaction, on, whom)

    return run


def _reactions(interpreter: Interpreter, values: Values) -> None:
    on = chosen(values, COMMANDS["REACTIONS"])
    listener = interpreter.session.listener
    listener.format = with_reactions(listener.format, on)
    text = "You are shown reactions" if on else "You are not shown reactions"
    interpreter.tell(text, "reactions", "on" if on else "off")


def _split_purge(command: Command, session: Session, rest: str) -> Values:
    """``nick [#room] [duration] [code]``: a code has six digits, of 0 to f."""
    values = {field.name: "" for field in command.fields}
    words = rest.split()
    if not words:
        raise UsageError(command.usage)
    values["nick"] = words.pop(0)
    if words and is_room(words[0]):
        values["room"] = words.pop(0)
    if words and _CODE.fullmatch(words[-1]):
        values["code"] = words.pop()
    values["duration"] = " ".join(words)
    return values


def _purge(interpreter: Interpreter, values: Values) -> Outcome:
    session, nick, duration = interpreter.session, values["nick"], values["duration"]
    if not session.me.operator:
        raise ChatError(481, "Only operators may do that")
    try:
        seconds = parse_duration(duration) if duration else 0
    except ValueError as error:
        raise ChatError(461, str(error)) from None
    where = f" in {values['room']}" if values["room"] else ""
    when = f" in the last {duration}" if duration else ""
    what = f"That deletes all that {clean(nick)[:60]} wrote{clean(where)[:60]}{when}"
    if not interpreter.confirmed(what, values["code"], what):
        return None
    return messages.purge(session, nick, values["room"], seconds)


def _forget_me(interpreter: Interpreter, values: Values) -> Outcome:
    what = "That deletes all that you ever wrote here, and your account"
    code = values["code"]
    if code and not interpreter.confirmed("FORGETME", code, what):
        return None
    session, password = interpreter.session, values["password"]

    def ask() -> None:
        interpreter.confirmed("FORGETME", "", what)

    authentication = session.hub.authentication
    return authentication.forget(session, password, None if code else ask)


COMMANDS = by_name(
    Command(
        "EDIT",
        "let a message of yours say something else",
        [PLACE, ID, text(), WITH],
        _edit,
        split=_split,
    ),
    Command(
        "DELETE",
        "delete a message of yours, or as an owner anyone's",
        [PLACE, ID, text("reason", False), WITH],
        _delete,
        split=_split,
    ),
    Command(
        "REACT",
        "react to a message with an emoji",
        [PLACE, ID, word("reaction", shown="emoji"), WITH],
        _react(on=True),
        split=_split,
    ),
    Command(
        "UNREACT",
        "take your reaction back",
        [PLACE, ID, word("reaction", shown="emoji"), WITH],
        _react(on=False),
        split=_split,
    ),
    Command(
        "PURGE",
        "delete all that somebody wrote, as an operator; it is asked for twice",
        [
            word("nick"),
            ROOM,
            text("duration", False),
            word("code", False),
        ],
        _purge,
        split=_split_purge,
    ),
    Command(
        "FORGETME",
        "delete all that you wrote, and your account; it is asked for twice",
        [word("password"), word("code", False)],
        _forget_me,
    ),
    Command(
        "REACTIONS",
        "be shown reactions, in FORMAT text",
        [SWITCH],
        _reactions,
        True,
    ),
)
