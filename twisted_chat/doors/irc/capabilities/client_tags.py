"""Clients' own tags: who is typing, answers, reactions (message-tags, TAGMSG).

Sources: IRCv3 message-tags; the client tags typing, reply and react.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import TAGS, ChatError, Reacted, Tagged
from ....hub import acts, messages, tags
from ....hub.own_copy import Spoken
from ....names import fold, is_room
from ....outcomes import Outcome, run, settled
from ..command import Command
from ..commands.messages import outside, place_of, targets_of
from ..formats import Renderer
from ..message import escape, finish
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message

ON, OFF = REACTING = "draft/react", "draft/unreact"


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
    place = place_of(c, to) if not shown.keys().isdisjoint(REACTING) else ""
    if place:
        await _react(c, to, place, shown)
        return
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


async def _react(c: IRCConnection, to: str, place: str, shown: dict[str, str]) -> None:
    """React to a message that is kept, or take it back."""
    on = ON in shown
    reaction = shown[ON if on else OFF]
    msgid = shown.get("draft/reply") or shown.get("reply", "")
    room, people = (to, []) if is_room(to) else ("", to.split(","))
    copies: list[Spoken] = []
    try:
        id = c.renderer.ids.number_of(msgid, place)
        if id is None:
            raise ChatError(*acts.GONE.args)
        what = room, id, reaction, on, people, copies.append
        await settled(messages.react(c.session, *what))
    except ChatError as error:
        if error.code != 412:
            raise outside(error) from None
        c.fail("TAGMSG", "INVALID_REACTION", to, error.text)
        return
    if "echo-message" in c.caps:
        for event in copies:
            if isinstance(event, Reacted):
                event = event._replace(room=to, place="" if room else place)
                c.listener.send(c.renderer.encode(event))


def _reacted(renderer: Renderer, event: Reacted) -> bytes:
    nick, at = event.nick, event.at
    answers = renderer.answering(renderer.ids.of_changed(event))
    what = f"{answers};+{ON if event.on else OFF}={event.reaction}"
    tags = renderer.tags(nick, at, renderer.ids.of_reaction(event), what)
    return tags.encode() + finish(f":{renderer.source(nick)} TAGMSG {event.room}")


MESSAGE_TAGS = Capability(
    "message-tags",
    "``msgid``: the message's number and its room; ``bot``; ``+draft/reply`` and "
    "``+reply`` on what answers a message, and on ``TAGMSG`` with ``+draft/react`` and "
    "``+draft/unreact``: one emoji; ``+typing``",
    renders=True,
    shows={Tagged: _tagged, Reacted: _reacted},
    commands={
        "TAGMSG": Command(
            _tagmsg,
            1,
            usage="target[,target]",
            about="show that you type, which is not kept, or react to a message",
        )
    },
    tokens=(",".join(("CLIENTTAGDENY=*", *(f"-{name}" for name in TAGS))),),
)
