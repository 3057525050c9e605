"""AUTHENTICATE, OPER, and the chat's own LOGIN, REGISTER and the like.

Sources: IRCv3 sasl 3.1 and 3.2; RFC 4616 (PLAIN); RFC 4422, appendix
A (EXTERNAL).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ....events import ChatError
from ....hub import proposals
from ....outcomes import Outcome, run, settled
from .. import replies
from ..command import Command
from ..numerics import typed

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

CHUNK = 400
"""Characters in one AUTHENTICATE; fewer end the answer (IRCv3 sasl)."""

MOST = 4 * CHUNK


def mechanisms(c: IRCConnection) -> tuple[str, ...]:
    """EXTERNAL only for who has shown a certificate, so that nobody fails by it."""
    return ("PLAIN", "EXTERNAL") if c.certificate() else ("PLAIN",)


def _authenticate(c: IRCConnection, message: Message) -> Outcome:
    word = message.params[0]
    user = c.session.user
    if c.session.account or (user is not None and user.account):
        c.numeric(907, "You have already authenticated using SASL")
    elif word == "*":
        c.sasl = c.sasl or ""
        abort(c)
    elif c.sasl is None:
        _start(c, word.upper())
    elif len(word) > CHUNK:
        c.sasl = None
        c.numeric(905, "SASL message too long")
    elif len(c.sasl) + len(word) > MOST:
        c.sasl = None
        _failed(c, "too many messages")
    else:
        if word != "+":
            c.sasl += word
        if len(word) < CHUNK:
            answer, c.sasl = c.sasl, None
            return _prove(c, answer)
    return None


def abort(c: IRCConnection) -> None:
    """ERR_SASLABORTED, where the client has begun but not finished."""
    if c.sasl is not None:
        c.sasl = None
        c.numeric(906, "SASL authentication aborted")


def _start(c: IRCConnection, mechanism: str) -> None:
    known = mechanisms(c)
    if mechanism in known:
        c.sasl, c.mechanism = "", mechanism
        c.listener.send(b"AUTHENTICATE +\r\n")
    else:
        c.numeric(908, ",".join(known), "are available SASL mechanisms")
        _failed(c)


def _failed(c: IRCConnection, why: str = "") -> None:
    """Say so, and why: a server that is busy is no wrong password."""
    c.numeric(904, f"SASL authentication failed{why and ': '}{typed(why)}")


def _prove(c: IRCConnection, answer: str) -> Outcome:
    """Take the answer for what the mechanism says, and check it.

    EXTERNAL: who to be, or nothing (RFC 4422, A.1).
    PLAIN: who to be, NUL, who one is, NUL, the password (RFC 4616).
    Who it is may name the device, too: ``alice@phone``.
    """
    try:
        words = base64.b64decode(answer, validate=True).decode()
        if c.mechanism == "EXTERNAL":
            nick, device = _who(words)
            by = c.hub.certificates.identify
            return run(_identify(c, lambda: by(c.session, nick), device))
        wanted, name, password = words.split("\0")
    except (binascii.Error, ValueError):
        _failed(c)
        return None
    nick, device = _who(name)
    if wanted not in ("", name, nick):
        _failed(c)
        return None
    identify = c.hub.authentication.identify
    return run(_identify(c, lambda: identify(c.session, nick, password), device))


def _who(name: str) -> tuple[str, str]:
    """Account and device, of ``alice@phone``."""
    nick, _, device = name.partition("@")
    return nick, device


async def _identify(
    c: IRCConnection, prove: Callable[[], Deferred[str]], device: str
) -> None:
    early = c.session.user is None
    try:
        if device:
            await settled(proposals.name_device(c.session, device))
        account = await prove()
    except ChatError as error:
        _failed(c, error.text)
        return
    if early:
        c.listener.send(replies.logged_in(c, account))
    c.numeric(903, "SASL authentication successful")


def _oper(c: IRCConnection, message: Message) -> Outcome:
    """OPER: log in to an operator's account (Modern specification, OPER).

    Unlike LOGIN it leaves the nick alone.
    """
    return run(_log_in_as_operator(c, *message.params[:2]))


async def _log_in_as_operator(c: IRCConnection, nick: str, password: str) -> None:
    if not c.session.me.operator:
        await c.hub.authentication.oper(c.session, nick, password)
    if c.session.me.operator:
        c.numeric(381, "You are now an IRC operator")
    else:
        c.numeric(491, "No O-lines for your host")


COMMANDS = {
    "AUTHENTICATE": Command(
        _authenticate,
        1,
        early=True,
        usage="mechanism or answer",
        about="SASL, ``PLAIN`` and ``EXTERNAL``",
    ),
    "OPER": Command(
        _oper,
        2,
        usage="account password",
        about="log in to an operator's account; the nick stays",
    ),
}
