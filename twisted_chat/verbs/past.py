"""What was said before: paging, searching, and whether to be shown it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..hub import Session
from ..hub.past import A_PAGE, history, search
from ..outcomes import Outcome
from .basics import SWITCH
from .command import Command, always, by_name, chosen
from .fields import Field, Kind, UsageError, Values, read_number, text
from .places import PLACE, WITH, place, take_place

if TYPE_CHECKING:
    from .interpreter import Interpreter

WHERE = ("before", "after", "around")


def _split_history(command: Command, session: Session, rest: str) -> Values:
    words = rest.split()
    values = {field.name: "" for field in command.fields}
    values.update(take_place(session, words))
    if words and read_number(words[0]) is not None:
        values["n"] = words.pop(0)
    if words:
        if len(words) != 2 or words[0].lower() not in WHERE:
            raise UsageError(command.usage)
        if read_number(words[1]) is None:
            raise UsageError(command.usage)
        values[words[0].lower()] = words[1]
    return values


def _history(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    places = [where for where in WHERE if values[where]]
    if len(places) > 1:
        raise UsageError(COMMANDS["HISTORY"].usage)
    n = int(values["n"] or A_PAGE)
    where = places[0] if places else ""
    id = int(values[where]) if where else 0
    room, whom = place(values, "HISTORY")
    return history(session, room, n, where, id, whom)


def _split_search(command: Command, session: Session, rest: str) -> Values:
    words = rest.split()
    paging = len(words) > 2 and words[-2].lower() == "before"
    if paging and read_number(words[-1]) is not None:
        return {"words": " ".join(words[:-2]), "before": words[-1]}
    return {"words": rest, "before": ""}


def _search(interpreter: Interpreter, values: Values) -> Outcome:
    before = values["before"]
    session, words = interpreter.session, values["words"]
    return search(session, words, int(before) if before else None)


def _replay(interpreter: Interpreter, values: Values) -> None:
    interpreter.session.replay = on = chosen(values, COMMANDS["REPLAY"])
    interpreter.tell(
        "You are shown what was said last when you come into a room"
        if on
        else "You are not shown what was said before you come",
        "replay",
        "on" if on else "off",
    )


def _number(name: str, shown: str | None = None) -> Field:
    return Field(name, Kind.NUMBER, shown=shown)


COMMANDS = by_name(
    Command(
        "HISTORY",
        "show what was said before",
        [
            PLACE,
            _number("n"),
            _number("before", "[before id|after id|around id]"),
            _number("after", ""),
            _number("around", ""),
            WITH,
        ],
        _history,
        split=_split_history,
        asks=always,
    ),
    Command(
        "SEARCH",
        "find messages in the rooms that you are in",
        [text("words"), _number("before", "[before id]")],
        _search,
        split=_split_search,
        asks=always,
    ),
    Command("REPLAY", "be shown the last messages of a room", [SWITCH], _replay, True),
)
