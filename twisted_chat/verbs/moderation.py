"""Kicking, muting, banning, announcing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..hub import proposals, queries
from ..outcomes import Outcome
from .command import Command, always, by_name
from .fields import ROOM, Values, text, word
from .order import order, split_order, where

if TYPE_CHECKING:
    from .interpreter import Interpreter

WHOM = word("mask", shown="nick|address")
MASK = word("mask", shown="nick|address|prefix")
DURATION = text("duration", False)
REASON = text("reason", False)


def _kick(interpreter: Interpreter, values: Values) -> Outcome:
    session = interpreter.session
    room = where(session, values)
    return proposals.kick(session, room, values["nick"], values["reason"])


def _restrain(kind: str) -> Callable[[Interpreter, Values], Outcome]:
    """BAN or MUTE."""

    def run(interpreter: Interpreter, values: Values) -> Outcome:
        session = interpreter.session
        return proposals.restrain(session, kind, *order(session, values))

    return run


def _release(kind: str) -> Callable[[Interpreter, Values], Outcome]:
    """UNBAN or UNMUTE."""

    def run(interpreter: Interpreter, values: Values) -> Outcome:
        session = interpreter.session
        return proposals.release(session, kind, where(session, values), values["mask"])

    return run


def _bans(interpreter: Interpreter, values: Values) -> None:
    session = interpreter.session
    queries.list_bans(session, where(session, values))


def _announce(interpreter: Interpreter, values: Values) -> Outcome:
    return proposals.announce(interpreter.session, values["text"])


COMMANDS = by_name(
    Command("KICK", "throw somebody out", [ROOM, word("nick"), REASON], _kick),
    Command(
        "MUTE",
        "keep somebody from speaking, for a time",
        [ROOM, WHOM, DURATION, REASON],
        _restrain("mute"),
        split=split_order,
    ),
    Command("UNMUTE", "let somebody speak again", [ROOM, WHOM], _release("mute")),
    Command(
        "BAN",
        "keep somebody out, for a time such as 10min or 1d2h",
        [ROOM, MASK, DURATION, REASON],
        _restrain("ban"),
        split=split_order,
    ),
    Command("UNBAN", "let somebody in again", [ROOM, MASK], _release("ban")),
    Command("BANS", "list who is banned or muted", [ROOM], _bans, asks=always),
    Command("ANNOUNCE", "tell everyone, as an operator", [text()], _announce),
)
