"""The chat's own commands, for which IRC has none: /quote REGISTER password.

They are the line protocol's, word for word; see `docs/protocol.rst`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from ....outcomes import run, settled
from ....verbs import COMMANDS as VERBS
from ....verbs import Interpreter
from ..command import Command

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

OWN = (
    *(
        "ANNOUNCE",
        "BAN",
        "BANS",
        "CERT",
        "EDIT",
        "FORGET",
        "HISTORY",
        "IGNORE",
        "KEEP",
        "KEY",
        "LOGIN",
        "MENTIONS",
        "MUTE",
        "OWNER",
        "PASSWD",
        "READ",
    ),
    *("REGISTER", "REPLAY", "ROOM", "SEARCH", "STAY", "TOKEN", "UNBAN", "UNIGNORE"),
    *("UNMUTE", "UNREAD", "UNREGISTER", "VOICE"),
)


def _run(c: IRCConnection, message: Message) -> Deferred[Any] | None:
    if message.command == "LOGIN" and c.session.user is None:
        return run(_come_in(c, message))
    return Interpreter(c.session, dict).run(_line(message))


async def _come_in(c: IRCConnection, message: Message) -> None:
    """LOGIN before the welcome, which it may bring."""
    await settled(c.registration.introduce())
    await settled(Interpreter(c.session, dict).run(_line(message)))
    if c.session.user is not None:
        await c.registration.arrived()


def _asks(c: IRCConnection, message: Message) -> bool:
    return Interpreter(c.session, dict).asks(_line(message))


def _line(message: Message) -> str:
    return f"{message.command} {' '.join(message.params)}"


COMMANDS = {
    verb: Command(
        _run,
        early=VERBS[verb].before_nick,
        asks=_asks,
        usage=VERBS[verb].usage.removeprefix(verb).strip(),
        about=VERBS[verb].help,
    )
    for verb in OWN
    if verb in VERBS
}
