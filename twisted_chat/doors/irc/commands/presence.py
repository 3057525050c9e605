"""SETNAME, MONITOR: being here, and knowing who is; what AWAY does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError, Seen
from ....hub import proposals
from ....hub.monitor import MAX_WATCHED
from ....names import check_nick, fold
from ....outcomes import Outcome
from .. import replies
from ..command import Command, always, listed

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message


def set_away(c: IRCConnection, text: str) -> Outcome:
    """AWAY; answered as all clients of this person are told it: see `personal`."""
    return proposals.set_away(c.session, text)


def _setname(c: IRCConnection, message: Message) -> Outcome:
    """IRCv3 setname"""
    return proposals.describe(c.session, message.params[0])


def _monitor(c: IRCConnection, message: Message) -> None:
    """IRCv3 monitor"""
    monitor = c.hub.monitor
    sub = message.params[0].upper()
    nicks = listed(message.params[1]) if len(message.params) > 1 else []
    if sub == "+":
        _watch(c, nicks)
    elif sub == "-":
        for nick in nicks:
            monitor.discard(c.listener, nick)
    elif sub == "C":
        monitor.forget(c.listener)
    elif sub == "L":
        _list(c)
    elif sub == "S":
        _tell(c, monitor.nicks(c.listener))


def _watch(c: IRCConnection, nicks: list[str]) -> None:
    told = []
    for place, nick in enumerate(nicks):
        try:
            check_nick(nick)
        except ChatError:
            continue
        try:
            c.hub.monitor.add(c.listener, nick)
        except ChatError as error:
            left = ",".join(nicks[place:])
            c.numeric(734, str(MAX_WATCHED), left, error.text)
            break
        told.append(nick)
    _tell(c, told)


def _tell(c: IRCConnection, nicks: list[str]) -> None:
    """RPL_MONONLINE and RPL_MONOFFLINE, few to a line."""
    users = c.hub.users
    at = c.hub.now()
    here = [users[fold(nick)].nick for nick in nicks if fold(nick) in users]
    gone = [nick for nick in nicks if fold(nick) not in users]
    for people, present, few in ((here, True, 4), (gone, False, 12)):
        for start in range(0, len(people), few):
            c.listener.tell(Seen(tuple(people[start : start + few]), present, at))


def _list(c: IRCConnection) -> None:
    for line in replies.wrapped(c.hub.monitor.nicks(c.listener), 400):
        c.numeric(732, line.replace(" ", ","))
    c.numeric(733, "End of MONITOR list")


COMMANDS = {
    "SETNAME": Command(_setname, 1, usage=":realname", about="who you say you are"),
    "MONITOR": Command(
        _monitor,
        1,
        asks=always,
        usage="+|-|C|L|S [nick,…]",
        about="be told when somebody comes or goes",
    ),
}
