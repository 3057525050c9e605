"""KICK, INVITE, KILL: who is in a room, and who in the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError
from ....hub import proposals
from ....outcomes import Outcome, run, settled
from ..command import Command, listed
from ..message import middle

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

MAX_KICKED = 20


def _kick(c: IRCConnection, message: Message) -> Outcome:
    """KICK of several from a room, of one from several, or by pairs.

    RFC 2812, section 3.2.8; the Modern specification has the first of them.
    """
    rooms, nicks = listed(message.params[0]), message.params[1].split(",")
    reason = message.params[2] if len(message.params) > 2 else ""
    if len(rooms) == 1:
        pairs = [(rooms[0], nick) for nick in listed(message.params[1])]
    elif len(nicks) == 1:
        pairs = [(room, nicks[0]) for room in rooms]
    elif len(nicks) == len(rooms):
        pairs = list(zip(rooms, nicks, strict=True))
    else:
        raise ChatError(461, "As many nicks as channels, or one of either")
    pairs = pairs[:MAX_KICKED]
    c.session.charge(targets=len(pairs) - 1)
    return run(_kick_each(c, pairs, reason))


async def _kick_each(
    c: IRCConnection, pairs: list[tuple[str, str]], reason: str
) -> None:
    denied: set[str] = set()
    for room, nick in pairs:
        if room in denied:
            continue
        try:
            await settled(_kick_one(c, room, nick, reason))
        except ChatError as error:
            about = {401: (nick,), 441: (nick, room)}
            c.deny(error, "KICK", *about.get(error.code, (room,)))
            if error.code in (403, 442):
                denied.add(room)


def _kick_one(c: IRCConnection, name: str, nick: str, reason: str) -> Outcome:
    me = c.session.me
    room = c.hub.room(name, me)
    if me not in room.members and not me.operator:
        raise ChatError(442, "You're not on that channel")
    return proposals.kick(c.session, room.name, nick, reason)


def _kill(c: IRCConnection, message: Message) -> Outcome:
    """KILL: out of the chat, by an operator (RFC 2812, 3.7.1)."""
    reason = message.params[1] if len(message.params) > 1 else ""
    return proposals.kick(c.session, "", message.params[0], reason)


def _invite(c: IRCConnection, message: Message) -> Outcome:
    if not message.params:
        for room in c.session.me.invitations:
            c.numeric(336, room.name, final=False)
        c.numeric(337, "End of /INVITE list")
        return None
    if len(message.params) < 2:
        raise ChatError(461, "Not enough parameters")
    return run(_invite_one(c, *message.params[:2]))


async def _invite_one(c: IRCConnection, nick: str, name: str) -> None:
    try:
        room = c.hub.room(name, c.session.me)
        with c.listener.hush():
            outcome = proposals.invite(c.session, room.name, nick)
        await settled(outcome)
    except ChatError as error:
        about = {401: (nick,), 443: (nick, name)}
        c.deny(error, "INVITE", *about.get(error.code, (name,)))
        return
    user = c.hub.user(nick)
    c.numeric(341, user.nick, middle(room.name), final=False)
    if user.away:
        c.numeric(301, user.nick, user.away)


COMMANDS = {
    "KICK": Command(
        _kick,
        2,
        usage="room[,room] nick[,nick] [:reason]",
        about="out of a room, by an owner",
    ),
    "KILL": Command(
        _kill, 1, usage="nick [:reason]", about="out of the chat, by an operator"
    ),
    "INVITE": Command(
        _invite,
        usage="[nick room]",
        about="into a room; anyone may into an open one; bare: which invite you",
    ),
}
