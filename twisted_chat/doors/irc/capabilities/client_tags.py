"""Clients' own tags: who is typing, answers, reactions (message-tags, TAGMSG).

Sources: IRCv3 message-tags; the client tags typing, reply and react.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import TAGS, ChatError, Tagged
from ....hub import tags
from ....hub.own_copy import Spoken
from ....names import fold
from ....outcomes import Outcome, run, settled
from ..command import Command
from ..commands.messages import outside, targets_of
from ..formats import Renderer
from ..message import escape, finish
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message


def _tagged(renderer: Renderer, event: Tagged) -> bytes:
    nick, at = event.nick, event.at
    known = renderer.tags(nick, at, f"{at:.6f}.0-{nick}").rstrip()
    own = ";".join(f"+{name}={escape(value)}" for name, value in event.tags)
    start = f"{known};{own} " if known else f"@{own} "
    return start.encode() + finish(f":{renderer.source(nick)} TAGMSG {event.to}")


def _tagmsg(c: IRCConnection, message: Message) -> Outcome:
    """TAGMSG; without a tag that is passed on nothing comes of it."""
    shown = {name[1:]: value for name, value in message.tags.items() if name[:1] == "+"}
    people = targets_of(c, message)
    return run(c.each("TAGMSG", people, lambda to: run(_show(c, to, shown))))


async def _show(c: IRCConnection, to: str, shown: dict[str, str]) -> None:
    copies: list[Spoken] = []
    try:
        # What one shows oneself has no label; only its echo has.
        with c.listener.hush(collects=fold(to) != fold(c.nick)):
            outcome = tags.propose(c.session, to, shown, copies.append)
        await settled(outcome)
    except ChatError as error:
        raise outside(error) from None
    if "echo-message" in c.caps:
        for event in copies:
            c.listener.tell(event)


MESSAGE_TAGS = Capability(
    "message-tags",
    "``msgid``: the message's number and its room; ``bot``; on ``TAGMSG`` clients' own "
    "``+typing``, ``+draft/react``, ``+draft/unreact``, ``+reply`` and "
    "``+draft/reply``",
    renders=True,
    shows={Tagged: _tagged},
    commands={
        "TAGMSG": Command(
            _tagmsg,
            1,
            usage="target[,target]",
            about="show by tags that you type, or a reaction; not kept",
        )
    },
    tokens=(",".join(("CLIENTTAGDENY=*", *(f"-{name}" for name in TAGS))),),
)
