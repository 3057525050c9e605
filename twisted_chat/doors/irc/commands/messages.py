"""PRIVMSG, NOTICE: speaking in rooms and in private."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ....events import ChatError, SpeechKind
from ....hub import messages, proposals
from ....hub.own_copy import Copy, Spoken
from ....hub.session import MAX_TARGETS
from ....names import fold, is_room
from ....outcomes import Outcome, run, settled
from ..command import Command, listed

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

NO_TAGS: Mapping[str, str] = MappingProxyType({})

REPLY = ("+draft/reply", "+reply")


def _privmsg(c: IRCConnection, message: Message) -> Outcome:
    if not message.params:
        raise ChatError(411, "No recipient given (PRIVMSG)")
    if len(message.params) < 2 or not message.params[1]:
        raise ChatError(412, "No text to send")
    named, text = message.params[:2]
    targets = targets_of(c, message)
    if targets == [named]:
        plain = not message.tags and "echo-message" not in c.caps
        if plain and is_room(named) and not text.startswith("\x01"):
            return _speak(c, message.command, named, text)
        return say(c, named, text, "message", message.tags)
    spoken = c.each(
        message.command, targets, lambda to: say(c, to, text, "message", message.tags)
    )
    return run(spoken)


def _speak(c: IRCConnection, command: str, room: str, text: str) -> Outcome:
    """Say it in a room, where nothing is told but why it isn't said."""

    def refused(error: Exception) -> None:
        if isinstance(error, ChatError):
            c.deny(outside(error), command, room)
        else:
            c.failed(error)

    try:
        return c.session.say(text, room, refused=refused)
    except ChatError as error:
        raise outside(error) from None


def _notice(c: IRCConnection, message: Message) -> Outcome:
    return run(_notice_each(c, message))


async def _notice_each(c: IRCConnection, message: Message) -> None:
    """No reply to a NOTICE, ever, not even that it failed (RFC 2812, 3.3.2)."""
    if len(message.params) < 2 or not message.params[1]:
        return
    try:
        for target in targets_of(c, message):
            text = message.params[1]
            await settled(say(c, target, text, "notice", message.tags))
    except ChatError:
        pass


def targets_of(c: IRCConnection, message: Message) -> list[str]:
    """Whom `message` is for; raises `ChatError` 407 for too many."""
    named = message.params[0]
    if named and "," not in named:
        return [named]
    targets = listed(named)
    if len(targets) > MAX_TARGETS:
        raise ChatError(407, "Too many targets")
    c.session.charge(targets=len(targets) - 1)
    return targets


def say(
    c: IRCConnection,
    target: str,
    text: str,
    kind: SpeechKind,
    tags: Mapping[str, str] = NO_TAGS,
) -> Outcome:
    """Say `text` to a room or a person; raises `ChatError`.

    :param tags: what the client says of it: which message it answers.
    """
    if text.startswith("\x01"):
        verb, _, rest = text.strip("\x01").partition(" ")
        if verb.upper() != "ACTION":
            return _query(c, target, text.strip("\x01"), kind == "notice")
        kind, text = "action", rest
    copies: list[Spoken] = []
    write = _say_in_room if is_room(target) else _whisper
    try:
        answers = _answers(c, target, tags)
        outcome = write(c, target, text, kind, copies.append, answers)
    except ChatError as error:
        raise outside(error) from None
    if outcome is None:
        _said(c, target, kind, copies)
        return None
    return run(_say_later(outcome, c, target, kind, copies))


async def _say_later(
    outcome: Outcome,
    c: IRCConnection,
    target: str,
    kind: SpeechKind,
    copies: list[Spoken],
) -> None:
    try:
        await settled(outcome)
    except ChatError as error:
        raise outside(error) from None
    _said(c, target, kind, copies)


def _said(
    c: IRCConnection, target: str, kind: SpeechKind, copies: list[Spoken]
) -> None:
    """It was said: tell that they are away, and what echo-message wants."""
    other = c.hub.users.get(fold(target))
    if kind != "notice" and other is not None and other.away:
        c.numeric(301, other.nick, other.away)
    if "echo-message" in c.caps:
        for event in copies:
            c.listener.tell(event)


def outside(error: ChatError) -> ChatError:
    """Who is not in a room is told that they can't speak there."""
    if error.code == 442:
        return ChatError(404, "Cannot send to channel (+n)")
    return error


def _answers(c: IRCConnection, target: str, tags: Mapping[str, str]) -> int:
    """The number of the message that is answered (IRCv3 reply); 0 for none.

    What answers a message that nobody knows is said all the same.
    """
    msgid = next((tags[name] for name in REPLY if tags.get(name)), "")
    place = place_of(c, target) if msgid else ""
    id = c.renderer.ids.number_of(msgid, place) if place else None
    return id if id is not None and id <= c.hub.last_id(fold(place)) else 0


def place_of(c: IRCConnection, target: str) -> str:
    """A room's name, or the key of the client's conversation with a person.

    Empty where nothing is kept.
    """
    if is_room(target):
        return target
    try:
        return c.hub.conversations.find(c.session.me, target.split(","))
    except ChatError:
        return ""


def _say_in_room(
    c: IRCConnection, room: str, text: str, kind: SpeechKind, copy: Copy, answers: int
) -> Outcome:
    if answers:
        return messages.answer(c.session, text, room, answers, kind, copy)
    return c.session.say(text, room, kind, copy)


def _whisper(
    c: IRCConnection, nick: str, text: str, kind: SpeechKind, copy: Copy, answers: int
) -> Outcome:
    # A message to oneself has no label; only its echo has.
    with c.listener.hush(collects=fold(nick) != fold(c.nick)):
        if answers:
            return messages.quote(c.session, [nick], text, answers, kind, copy)
        return c.session.whisper([nick], text, kind, copy)


def _query(c: IRCConnection, target: str, text: str, answer: bool) -> Outcome:
    """CTCP passes through to a person, and to all in a room that has no +C."""
    if not is_room(target):
        return proposals.query(c.session, target, text, answer)
    try:
        room = c.session.me.here(target)
    except ChatError as error:
        raise outside(error) from None
    return proposals.query(c.session, room.name, text, answer)


COMMANDS = {
    "PRIVMSG": Command(
        _privmsg,
        usage="target[,target] :text",
        about="speak, to rooms and nicks, 20 at once; CTCP",
    ),
    "NOTICE": Command(
        _notice,
        usage="target[,target] :text",
        about="as ``PRIVMSG``, but no program answers it by itself",
    ),
}
