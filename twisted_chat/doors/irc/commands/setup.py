"""PASS, NICK, USER, PING, PONG, QUIT, ERROR: the connection itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError
from ....names import clean
from ....outcomes import Outcome, run, settled
from ..command import Command, always

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message


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
    "PASS": Command(
        _pass,
        1,
        early=True,
        usage="password",
        about="the server's password, if it has one",
    ),
    "NICK": Command(_nick, early=True, usage="nick", about="come in; also changes it"),
    "USER": Command(_user, 4, early=True, usage="user 0 * :realname", about="come in"),
    "PING": Command(
        _ping,
        early=True,
        asks=always,
        usage="token",
        about="answered by ``PONG``; the server asks after two minutes of silence",
    ),
    "PONG": Command(
        _nothing,
        early=True,
        asks=always,
        usage="token",
        about="answers the server's ``PING``",
    ),
    "ERROR": Command(
        _nothing, early=True, asks=always, usage="", about="taken no note of"
    ),
    "QUIT": Command(_quit, early=True, usage="[:reason]", about="leave the chat"),
}
