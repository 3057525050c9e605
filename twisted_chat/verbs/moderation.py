"""Kicking, muting, banning, announcing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import Command
from .order import order, where

if TYPE_CHECKING:
    from .interpreter import Interpreter

KICK = "KICK [#room] nick [reason]"
MUTE = "MUTE [#room] nick|address [duration] [reason]"
UNMUTE = "UNMUTE [#room] nick|address"
BAN = "BAN [#room] nick|address|prefix [duration] [reason]"
UNBAN = "UNBAN [#room] nick|address|prefix"
ANNOUNCE = "ANNOUNCE text"


def _kick(interpreter: Interpreter, rest: str) -> None:
    session = interpreter.session
    room, nick, _, reason = order(session, rest, KICK, lasting=False)
    session.hub.moderation.kick(session.me, nick, room, reason)


def _mute(interpreter: Interpreter, rest: str) -> None:
    session = interpreter.session
    room, mask, seconds, reason = order(session, rest, MUTE)
    session.hub.moderation.mute(session.me, mask, room, seconds, reason)


def _unmute(interpreter: Interpreter, rest: str) -> None:
    session = interpreter.session
    room, mask, _, _ = order(session, rest, UNMUTE, lasting=False)
    session.hub.moderation.unmute(session.me, mask, room)


def _ban(interpreter: Interpreter, rest: str) -> None:
    session = interpreter.session
    room, mask, seconds, reason = order(session, rest, BAN)
    session.hub.moderation.ban(session.me, mask, room, seconds, reason)


def _unban(interpreter: Interpreter, rest: str) -> None:
    session = interpreter.session
    room, mask, _, _ = order(session, rest, UNBAN, lasting=False)
    session.hub.moderation.unban(session.me, mask, room)


def _bans(interpreter: Interpreter, rest: str) -> None:
    session = interpreter.session
    room, _ = where(session, rest)
    session.listener.tell(session.hub.moderation.list_bans(session.me, room))


def _announce(interpreter: Interpreter, rest: str) -> None:
    session = interpreter.session
    session.hub.moderation.announce(session.me, rest)


COMMANDS: dict[str, Command] = {
    "KICK": Command(KICK, "throw somebody out", _kick),
    "MUTE": Command(MUTE, "keep somebody from speaking, for a time", _mute),
    "UNMUTE": Command(UNMUTE, "let somebody speak again", _unmute),
    "BAN": Command(BAN, "keep somebody out, for a time such as 1d2h30m", _ban),
    "UNBAN": Command(UNBAN, "let somebody in again", _unban),
    "BANS": Command("BANS [#room]", "list who is banned or muted", _bans),
    "ANNOUNCE": Command(ANNOUNCE, "tell everyone, as an operator", _announce),
}
