"""draft/channel-rename: a room is called otherwise.

Who hasn't asked for it is shown that they leave and come; see `personal`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError
from ....hub import proposals
from ....hub.renaming import IN_USE, NOT_RENAMED
from ....outcomes import Outcome, run, settled
from ..command import Command
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

CODES = {
    IN_USE: "CHANNEL_NAME_IN_USE",
    NOT_RENAMED: "CANNOT_RENAME",
    479: "CANNOT_RENAME",
    484: "CANNOT_RENAME",
}
"""Refusals that the specification has a word for; all others have a number."""


def _rename(c: IRCConnection, message: Message) -> Outcome:
    old, new, *more = message.params
    return run(_propose(c, old, new, more[0] if more else ""))


async def _propose(c: IRCConnection, old: str, new: str, reason: str) -> None:
    try:
        await settled(proposals.rename_room(c.session, old, new, reason))
    except ChatError as error:
        if error.code not in CODES:
            raise
        c.fail("RENAME", CODES[error.code], old, new, error.text)


RENAMING = Capability(
    "draft/channel-rename",
    "a room is called otherwise; others see you leave the old one and enter the new",
    commands={
        "RENAME": Command(
            _rename,
            2,
            usage="room name [:reason]",
            about="call a room otherwise, as its owner",
        )
    },
)
