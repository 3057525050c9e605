"""Kicking, muting, banning, announcing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import Command, by_name
from .fields import ROOM, Values, text, word
from .order import order, split_order, where

if TYPE_CHECKING:
    from .interpreter import Interpreter

WHOM = word("mask", shown="nick|address")
MASK = word("mask", shown="nick|address|prefix")
DURATION = text("duration", False)
REASON = text("reason", False)


def _kick(interpreter: Interpreter, values: Values) -> None:
    session = interpreter.session
    room = where(session, values)
    session.hub.moderation.kick(session.me, values["nick"], room, values["reason"])


def _mute(interpreter: Interpreter, values: Values) -> None:
    session = interpreter.session
    room, mask, seconds, reason = order(session, values)
    session.hub.moderation.mute(session.me, mask, room, seconds, reason)


def _unmute(interpreter: Interpreter, values: Values) -> None:
    session = interpreter.session
    room, mask, _, _ = order(session, values)
    session.hub.moderation.unmute(session.me, mask, room)


def _ban(interpreter: Interpreter, values: Values) -> None:
    session = interpreter.session
    room, mask, seconds, reason = order(session, values)
    session.hub.moderation.ban(session.me, mask, room, seconds, reason)


def _unban(interpreter: Interpreter, values: Values) -> None:
    session = interpreter.session
    room, mask, _, _ = order(session, values)
    session.hub.moderation.unban(session.me, mask, room)


def _bans(interpreter: Interpreter, values: Values) -> None:
    session = interpreter.session
    room = where(session, values)
    session.listener.tell(session.hub.moderation.list_bans(session.me, room))


def _announce(interpreter: Interpreter, values: Values) -> None:
    session = interpreter.session
    session.hub.moderation.announce(session.me, values["text"])


COMMANDS = by_name(
    Command("KICK", "throw somebody out", [ROOM, word("nick"), REASON], _kick),
    Command(
        "MUTE",
        "keep somebody from speaking, for a time",
        [ROOM, WHOM, DURATION, REASON],
        _mute,
        split=split_order,
    ),
    Command("UNMUTE", "let somebody speak again", [ROOM, WHOM], _unmute),
    Command(
        "BAN",
        "keep somebody out, for a time such as 10min or 1d2h",
        [ROOM, MASK, DURATION, REASON],
        _ban,
        split=split_order,
    ),
    Command("UNBAN", "let somebody in again", [ROOM, MASK], _unban),
    Command("BANS", "list who is banned or muted", [ROOM], _bans),
    Command("ANNOUNCE", "tell everyone, as an operator", [text()], _announce),
)
