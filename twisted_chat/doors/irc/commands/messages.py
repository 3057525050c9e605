"""PRIVMSG, NOTICE, TAGMSG: speaking in rooms and in private."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ....events import ChatError, Said, SpeechKind, Whispered
from ....hub import proposals
from ....hub.session import MAX_TARGETS, Copy
from ....names import fold, is_room
from .command import Command, listed

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message


def _privmsg(c: IRCConnection, message: Message) -> None:
    if not message.params:
        raise ChatError(411, "No recipient given (PRIVMSG)")
    if len(message.params) < 2 or not message.params[1]:
        raise ChatError(412, "No text to send")
    _each(c, message, lambda target: _say(c, target, message.params[1], "message"))


def _notice(c: IRCConnection, message: Message) -> None:
    """No reply to a NOTICE, ever, not even that it failed (RFC 2812, 3.3.2)."""
    if len(message.params) < 2 or not message.params[1]:
        return
    try:
        for target in _targets(c, message):
            _say(c, target, message.params[1], "notice")
    except ChatError:
        pass


def _targets(c: IRCConnection, message: Message) -> list[str]:
    targets = listed(message.params[0])
    if len(targets) > MAX_TARGETS:
        raise ChatError(407, "Too many targets")
    c.session.charge(targets=len(targets) - 1)
    return targets


def _each(c: IRCConnection, message: Message, do: Callable[[str], object]) -> None:
    c.each(message.command, _targets(c, message), do)


def _say(c: IRCConnection, target: str, text: str, kind: SpeechKind) -> None:
    if text.startswith("\x01"):
        verb, _, rest = text.strip("\x01").partition(" ")
        if verb.upper() != "ACTION":
            _query(c, target, text.strip("\x01"), kind == "notice")
            return
        kind, text = "action", rest
    echoed: list[Said | Whispered] = []
    if is_room(target):
        _say_in_room(c, target, text, kind, echoed.append)
    else:
        _whisper(c, target, text, kind, echoed.append)
    if "echo-message" in c.caps:
        for event in echoed:
            c.listener.tell(event)


def _say_in_room(
    c: IRCConnection, room: str, text: str, kind: SpeechKind, copy: Copy
) -> None:
    try:
        c.session.say(text, room, kind, copy)
    except ChatError as error:
        if error.code == 442:
            raise ChatError(404, "Cannot send to channel (+n)") from None
        raise


def _whisper(
    c: IRCConnection, nick: str, text: str, kind: SpeechKind, copy: Copy
) -> None:
    session = c.session
    collected = c.listener.collected
    if fold(nick) == fold(c.nick):
        # A message to oneself has no label; only its echo has.
        c.listener.collected = None
    try:
        with c.hush():
            session.whisper([nick], text, kind, copy)
    finally:
        c.listener.collected = collected
    other = c.hub.users.get(fold(nick))
    if kind != "notice" and other is not None and other.away:
        c.numeric(301, other.nick, other.away)


def _query(c: IRCConnection, target: str, text: str, answer: bool) -> None:
    """CTCP passes through to a person; a room is not asked."""
    if is_room(target):
        c.hub.room(target, c.session.me)
        raise ChatError(404, "Cannot send CTCP to a channel here")
    proposals.query(c.session, target, text, answer)


def _tagmsg(c: IRCConnection, message: Message) -> None:
    """CLIENTTAGDENY=* says that no client's tags are passed on (message-tags)."""


COMMANDS = {
    "PRIVMSG": Command(_privmsg),
    "NOTICE": Command(_notice),
    "TAGMSG": Command(_tagmsg, 1),
}
