"""MOTD, LUSERS, VERSION, TIME, INFO, ADMIN, LINKS, HELP: about the server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .. import replies
from ..command import Command, always
from ..greeting import VERSION
from ..message import middle

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


def _links(c: IRCConnection, message: Message) -> None:
    """LINKS: this server alone (RFC 2812 section 3.4.5)."""
    c.numeric(364, c.server, c.server, f"0 {c.hub.shared.name}")
    c.numeric(365, "*", "End of /LINKS list.")


def _help(c: IRCConnection, message: Message) -> None:
    """HELP, HELPOP: all commands, or one (Modern specification, HELP)."""
    from ..capabilities.table import COMMANDS as ALL

    subject = middle(message.params[0].upper()) if message.params else "*"
    command = ALL.get(subject)
    if command is not None:
        first = f"{subject} {command.usage}"
        text = command.about.replace("``", "")
    elif subject == "*":
        first, text = "These commands are known here:", " ".join(sorted(ALL))
    else:
        c.numeric(524, subject, "Help not found")
        return
    c.numeric(704, subject, first)
    for line in replies.wrapped(text.split(" "), 350):
        c.numeric(705, subject, line)
    c.numeric(706, subject, "End of /HELP.")


COMMANDS = {
    "MOTD": Command(_motd, asks=always, usage="", about="the message of the day"),
    "LUSERS": Command(_lusers, asks=always, usage="", about="how many are here"),
    "VERSION": Command(
        _version,
        asks=always,
        usage="",
        about="which program this is, and what it supports",
    ),
    "TIME": Command(_time, asks=always, usage="", about="the server's clock"),
    "INFO": Command(_info, asks=always, usage="", about="about the program"),
    "ADMIN": Command(_admin, asks=always, usage="", about="whom to ask"),
    "LINKS": Command(
        _links, asks=always, usage="", about="the server's name: it links to no other"
    ),
    "HELP": Command(
        _help,
        asks=always,
        usage="[command]",
        about="lists the commands, or tells about one",
    ),
    "HELPOP": Command(_help, asks=always, usage="[command]", about="as ``HELP``"),
}
