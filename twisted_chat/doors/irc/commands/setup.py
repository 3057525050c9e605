"""CAP, PASS, NICK, USER, PING, PONG, QUIT, ERROR: the connection itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError
from ....names import clean
from ....outcomes import Outcome, run, settled
from ..caps import STICKY
from .accounts import mechanisms
from .command import Command, always

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

CAPS_LINE = 350
VALUES = 302


def _cap(c: IRCConnection, message: Message) -> Outcome:
    """CAP (IRCv3 capability negotiation)."""
    sub = message.params[0].upper()
    rest = message.params[1] if len(message.params) > 1 else ""
    if sub == "LS":
        _cap_ls(c, rest)
    elif sub == "LIST":
        _cap_lines(c, "LIST", sorted(c.caps), several=c.registration.version >= VALUES)
    elif sub == "REQ":
        _cap_req(c, rest)
    elif sub == "END":
        if c.sasl is not None:
            c.sasl = None
            c.numeric(906, "SASL authentication aborted")
        c.registration.negotiating = False
        return c.registration.proceed()
    else:
        deny_subcommand(c, message.params[0])
    return None


def deny_subcommand(c: IRCConnection, sub: str) -> None:
    """ERR_INVALIDCAPCMD"""
    shown = sub if sub and " " not in sub and not sub.startswith(":") else "*"
    c.numeric(410, shown, "Invalid CAP command")


def _cap_ls(c: IRCConnection, version: str) -> None:
    registration = c.registration
    if c.session.user is None:
        registration.negotiating = True
    if version.isdecimal():
        registration.version = max(registration.version, int(version[:4]))
    values = registration.version >= VALUES
    if values:
        c.caps |= {"cap-notify"}
    caps = {**c.factory.caps(), "sasl": ",".join(mechanisms(c))}
    words = [
        f"{name}={value}" if value and values else name for name, value in caps.items()
    ]
    _cap_lines(c, "LS", words, several=values)


def _cap_lines(c: IRCConnection, sub: str, words: list[str], several: bool) -> None:
    """Clients of version 302 take several lines, "*" in all but the last."""
    lines: list[list[str]] = [[]]
    for word in words:
        if several and sum(map(len, lines[-1])) + len(lines[-1]) > CAPS_LINE:
            lines.append([])
        lines[-1].append(word)
    for line in lines[:-1]:
        c.say(f"CAP {c.nick} {sub} * :{' '.join(line)}")
    c.say(f"CAP {c.nick} {sub} :{' '.join(lines[-1])}")


def _cap_req(c: IRCConnection, wanted: str) -> None:
    if c.session.user is None:
        c.registration.negotiating = True
    caps = set(c.caps)
    known = c.factory.caps()
    for word in wanted.split():
        name = word.removeprefix("-")
        if name not in known or (
            word != name and name in STICKY and c.registration.version >= VALUES
        ):
            c.say(f"CAP {c.nick} NAK :{clean(wanted)}")
            return
        if word == name:
            caps.add(name)
        else:
            caps.discard(name)
    c.say(f"CAP {c.nick} ACK :{clean(wanted)}")
    c.set_caps(frozenset(caps))


def _pass(c: IRCConnection, message: Message) -> Outcome:
    if c.session.user is not None:
        raise ChatError(462, "You may not reregister")
    return run(_give_password(c, message.params[0]))


async def _give_password(c: IRCConnection, password: str) -> None:
    try:
        await settled(c.hub.authentication.give_password(c.session, password))
    except ChatError as error:
        c.deny(error, "PASS", "")
        if error.code == 464:
            c.end("Password incorrect")


def _nick(c: IRCConnection, message: Message) -> Outcome:
    nick = message.params[0] if message.params else ""
    if not nick:
        raise ChatError(431, "No nickname given")
    if c.session.user is None:
        return c.registration.take_nick(nick)
    return c.session.set_nick(nick) if nick != c.nick else None


def _user(c: IRCConnection, message: Message) -> Outcome:
    if c.session.user is not None:
        raise ChatError(462, "You may not reregister")
    if not message.params[3]:
        raise ChatError(461, "Not enough parameters")
    return c.registration.take_user(message.params[0], message.params[3])


def _ping(c: IRCConnection, message: Message) -> None:
    if not message.params or not message.params[0]:
        c.numeric(409, "No origin specified")
        return
    c.say(f"PONG {c.server} :{clean(message.params[0])}")


def _nothing(c: IRCConnection, message: Message) -> None:
    """Taken note of by coming in."""


def _quit(c: IRCConnection, message: Message) -> None:
    reason = clean(message.params[0]).strip() if message.params else ""
    c.end(reason)


COMMANDS = {
    "CAP": Command(_cap, 1, early=True),
    "PASS": Command(_pass, 1, early=True),
    "NICK": Command(_nick, early=True),
    "USER": Command(_user, 4, early=True),
    "PING": Command(_ping, early=True, asks=always),
    "PONG": Command(_nothing, early=True, asks=always),
    "ERROR": Command(_nothing, early=True, asks=always),
    "QUIT": Command(_quit, early=True),
}
