"""draft/account-registration: REGISTER account email password.

With one parameter it is the chat's own REGISTER, whatever the client asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError
from ....names import fold
from ....outcomes import Outcome, run
from ..command import Command
from ..commands.chat import COMMANDS as CHAT
from ..message import middle
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

OWN = CHAT["REGISTER"]

CODES = {
    433: "ACCOUNT_EXISTS",
    461: "UNACCEPTABLE_PASSWORD",
    462: "ALREADY_AUTHENTICATED",
    481: "BAD_ACCOUNT_NAME",
}
"""What the specification calls the hub's refusals; all others may pass."""


def _register(c: IRCConnection, message: Message) -> Outcome:
    if len(message.params) < 3:
        if c.session.user is None:
            raise ChatError(451, "You have not registered")
        return OWN.run(c, message)
    return run(_claim(c, *message.params[:3]))


async def _claim(c: IRCConnection, account: str, email: str, password: str) -> None:
    """Take `account` for one's own; what is said of an `email` is kept by nobody."""
    if c.session.user is None:
        text = "You have to come in first; REGISTER after the welcome"
        c.fail("REGISTER", "COMPLETE_CONNECTION_REQUIRED", text)
    elif fold(account) not in ("*", fold(c.nick)):
        text = "Your account is called as you are; NICK first"
        c.fail("REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", account, text)
    else:
        await _register_nick(c, password)


async def _register_nick(c: IRCConnection, password: str) -> None:
    nick = c.nick
    try:
        await c.hub.authentication.register(c.session, password)
    except ChatError as error:
        code = CODES.get(error.code, "TEMPORARILY_UNAVAILABLE")
        c.fail("REGISTER", code, nick, error.text)
    else:
        c.say(f"REGISTER SUCCESS {middle(nick)} :{nick} is yours")


ACCOUNT_REGISTRATION = Capability(
    "draft/account-registration",
    "``REGISTER nick * password``; no mail is sent",
    commands={
        "REGISTER": Command(_register, early=True, usage=OWN.usage, about=OWN.about)
    },
)
