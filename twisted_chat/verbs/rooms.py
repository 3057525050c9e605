"""The rules of a room, its owners and voices, and inviting into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..hub import Session, proposals, queries
from ..hub.banlists import EXCEPTIONS
from ..names import is_room
from ..outcomes import Outcome
from .basics import mine
from .command import Command, by_name, without
from .fields import ROOM, UsageError, Values, next_word, room_name, text, word
from .order import in_room

if TYPE_CHECKING:
    from .interpreter import Interpreter

RULES = (
    "[lock|unlock|key [word]|limit [n]|topic lock|unlock|"
    "moderated|secret|ctcp on|off|except|invex [-]mask|rename #name]"
)

_SWITCHES = {
    "lock": ("locked", "on"),
    "unlock": ("locked", "off"),
    "moderated on": ("moderated", "on"),
    "moderated off": ("moderated", "off"),
    "topic lock": ("topic_locked", "on"),
    "topic unlock": ("topic_locked", "off"),
    "secret on": ("secret", "on"),
    "secret off": ("secret", "off"),
    "ctcp on": ("no_ctcp", "off"),
    "ctcp off": ("no_ctcp", "on"),
    "key": ("key", ""),
    "limit": ("limit", ""),
}
_WITH_WORD = ("key", "limit", *EXCEPTIONS)
RENAME = "rename"
_VERBS = {words.split()[0] for words in _SWITCHES} | {*EXCEPTIONS, RENAME}


def _split_rules(command: Command, session: Session, rest: str) -> Values:
    """``[#room] [rule [value]]``; a room of one's own may lack its ``#``."""
    first, more = next_word(rest)
    room = first if is_room(first) else ""
    if first and not room and first.lower() not in _VERBS:
        room = mine(session, first)
    rule, value = next_word(more if room else rest)
    value, reason = next_word(value)
    return {"room": room, "rule": rule, "value": value, "reason": reason.strip()}


def _room(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    room = in_room(session, values)
    if not values["rule"]:
        queries.show_rules(session, room)
        return None
    if values["rule"].lower() == RENAME and values["value"]:
        name, reason = room_name(values["value"]), values["reason"]
        return proposals.rename_room(session, room.name, name, reason)
    if values["reason"]:
        raise UsageError(COMMANDS["ROOM"].usage)
    rule, value = _switch(f"{values['rule']} {values['value']}".strip())
    if rule in EXCEPTIONS:
        mask, on = value.removeprefix("-"), not value.startswith("-")
        return proposals.set_exception(session, room.name, rule, mask, on)
    return proposals.set_rule(session, room.name, rule, value)


def _switch(what: str) -> tuple[str, str]:
    words = what.split()
    lowered = " ".join(words).lower()
    if lowered in _SWITCHES:
        return _SWITCHES[lowered]
    if len(words) == 2 and words[0].lower() in _WITH_WORD:
        return words[0].lower(), words[1]
    raise UsageError(COMMANDS["ROOM"].usage)


def _owner(interpreter: Interpreter, values: Values) -> Outcome:
    return _rank(interpreter.session, values, proposals.set_owner)


def _voice(interpreter: Interpreter, values: Values) -> Outcome:
    return _rank(interpreter.session, values, proposals.set_voice)


def _rank(
    session: Session, values: Values, give: Callable[[Session, str, str, bool], Outcome]
) -> Outcome:
    """Give somebody a rank in a room, or take it (``-nick``); alone: show all."""
    room, nick = in_room(session, values), values["nick"]
    if not nick:
        queries.show_rules(session, room)
        return None
    return give(session, room.name, nick.removeprefix("-"), not nick.startswith("-"))


def _split_invite(command: Command, session: Session, rest: str) -> Values:
    """Nick and room in either order."""
    words = rest.split()
    if len(words) == 2 and is_room(words[0]):
        words.reverse()
    if not 1 <= len(words) <= 2 or is_room(words[0]):
        raise UsageError(command.usage)
    return {"nick": words[0], "room": room_name("".join(words[1:]))}


def _invite(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    return proposals.invite(session, in_room(session, values).name, values["nick"])


RANKED = word("nick", False, "[-]nick")

COMMANDS = by_name(
    Command(
        "ROOM",
        "show or change a room's rules",
        [
            ROOM,
            word("rule", False, RULES),
            word("value", False, ""),
            text("reason", False, ""),
        ],
        _room,
        split=_split_rules,
        asks=without("rule"),
    ),
    Command("OWNER", "let somebody decide here", [ROOM, RANKED], _owner),
    Command("VOICE", "let somebody speak in a moderated room", [ROOM, RANKED], _voice),
    Command(
        "INVITE",
        "ask somebody into a room",
        [word("nick"), ROOM],
        _invite,
        split=_split_invite,
    ),
)
