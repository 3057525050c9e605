"""CAP: what a client asks for (IRCv3 capability negotiation)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....names import clean
from ....outcomes import Outcome
from ..command import Command

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
        _cap_lines(c, "LIST", sorted(c.asked), several=c.registration.version >= VALUES)
    elif sub == "REQ":
        _cap_req(c, rest)
    elif sub == "END":
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
        c.set_caps(c.asked | {"cap-notify"})
    caps = c.factory.capabilities.offered(c)
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
    caps = set(c.asked)
    for word in wanted.split():
        name = word.removeprefix("-")
        if not _may(c, name, give_back=word != name):
            c.say(f"CAP {c.nick} NAK :{clean(wanted)}")
            return
        if word == name:
            caps.add(name)
        else:
            caps.discard(name)
    c.say(f"CAP {c.nick} ACK :{clean(wanted)}")
    c.set_caps(frozenset(caps))


def _may(c: IRCConnection, name: str, give_back: bool) -> bool:
    """Whether the client may have capability `name`, or `give_back` it."""
    capability = c.factory.capabilities.get(name)
    if capability is None or not capability.askable or capability.offer(c) is None:
        return False
    return not (give_back and capability.sticky and c.registration.version >= VALUES)


COMMANDS = {
    "CAP": Command(
        _cap,
        1,
        early=True,
        usage="LS|LIST|REQ|END [words]",
        about="what your client can do, version 302",
    )
}
