"""draft/pre-away: being away from the start, as a client that reconnects by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError
from ....hub.user import AWAY
from ....outcomes import Outcome
from ..command import Command
from ..commands.presence import set_away
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

UNSPECIFIED = "*"
"""The client is not there, for whatever reason."""

NAME = "draft/pre-away"


def _away(c: IRCConnection, message: Message) -> Outcome:
    """AWAY, also before the welcome."""
    text = message.params[0] if message.params else ""
    if NAME in c.caps and text == UNSPECIFIED:
        text = AWAY
        if c.session.user is not None and len(c.session.user.sessions) > 1:
            # They may be there by another client.
            c.numeric(306, "You have been marked as being away")
            return None
    if c.session.user is not None:
        return set_away(c, text)
    if NAME not in c.caps:
        raise ChatError(451, "You have not registered")
    c.registration.away = text
    return None


PRE_AWAY = Capability(
    NAME,
    "``AWAY`` before the welcome; ``AWAY *``: this client is away, not you by another",
    commands={
        "AWAY": Command(
            _away,
            early=True,
            usage="[:reason]",
            about="you are away, or back; for everyone who shares a room with you",
        )
    },
)
