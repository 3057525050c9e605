"""MOTD, LUSERS, VERSION, TIME, INFO, ADMIN, HELP: about the server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .. import replies
from ..greeting import VERSION
from ..message import middle
from .command import Command, always

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message


def _motd(c: IRCConnection, message: Message) -> None:
    c.listener.send(c.factory.greeting.motd.to(c.nick))


def _lusers(c: IRCConnection, message: Message) -> None:
    hub = c.hub
    c.session.charge(rows=len(hub.users) + len(hub.sessions))
    c.listener.send(replies.lusers(c))


def _version(c: IRCConnection, message: Message) -> None:
    c.numeric(351, VERSION, c.server, "One chat, many doors")
    c.listener.send(c.factory.greeting.isupport.to(c.nick))


def _time(c: IRCConnection, message: Message) -> None:
    now = datetime.fromtimestamp(c.hub.now(), UTC)
    c.numeric(
        391, c.server, str(int(now.timestamp())), "0", f"{now:%A %B %d %Y -- %H:%M UTC}"
    )


def _info(c: IRCConnection, message: Message) -> None:
    c.numeric(371, f"{VERSION}: one chat, many doors, on Twisted")
    opened = datetime.fromtimestamp(c.factory.since, UTC)
    c.numeric(371, f"This door is open since {opened:%Y-%m-%d %H:%M:%S} UTC")
    c.numeric(374, "End of INFO list")


def _admin(c: IRCConnection, message: Message) -> None:
    name = c.hub.shared.name
    c.numeric(256, c.server, "Administrative info")
    c.numeric(257, name)
    c.numeric(258, "Ask an operator of this chat")
    c.numeric(259, "WHO * o lists those who are here")


def _help(c: IRCConnection, message: Message) -> None:
    from .table import COMMANDS as ALL

    subject = middle(message.params[0].upper()) if message.params else "*"
    if subject not in ("*", *ALL):
        c.numeric(524, subject, "Help not found")
        return
    c.numeric(704, subject, "These commands are known here:")
    for line in replies.wrapped(sorted(ALL), 350):
        c.numeric(705, subject, line)
    c.numeric(706, subject, "End of /HELP.")


COMMANDS = {
    "MOTD": Command(_motd, asks=always),
    "LUSERS": Command(_lusers, asks=always),
    "VERSION": Command(_version, asks=always),
    "TIME": Command(_time, asks=always),
    "INFO": Command(_info, asks=always),
    "ADMIN": Command(_admin, asks=always),
    "HELP": Command(_help, asks=always),
}
