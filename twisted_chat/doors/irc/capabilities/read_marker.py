"""draft/read-marker: up to when somebody has read, for their own clients alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError
from ....hub import proposals
from ....names import fold, is_room
from ....outcomes import Outcome, run, settled
from ..command import Command, alone
from ..commands.history import MILLISECOND, DeniedError, time_of
from ..commands.messages import place_of
from ..read_times import NOT_KNOWN, READ_MARKER, learn, line
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message


def _markread(c: IRCConnection, message: Message) -> Outcome:
    return run(_mark(c, *message.params[:2]))


async def _mark(c: IRCConnection, target: str = "", time: str = "") -> None:
    try:
        if not target:
            raise DeniedError("NEED_MORE_PARAMS", "Missing parameters")
        place = _place(c, target)
        if time:
            await _set(c, place, target, time)
        told = await learn(c, place) if place else NOT_KNOWN
    except DeniedError as denied:
        code, *more = denied.args
        c.fail("MARKREAD", code, *more)
        return
    c.listener.send(line(c, target, told))
    if not time:
        c.session.spare(1)


def _place(c: IRCConnection, target: str) -> str:
    """What `target` means; empty for a person with whom nothing is kept."""
    if not is_room(target):
        return place_of(c, target)
    if fold(target) not in c.session.me.rooms:
        raise DeniedError("INVALID_PARAMS", target, "You are not in that channel")
    return fold(target)


async def _set(c: IRCConnection, place: str, target: str, time: str) -> None:
    """They have read up to the last message that was said at that time or before."""
    kind, _, value = time.partition("=")
    if kind != "timestamp":
        raise DeniedError("INVALID_PARAMS", target, time, "Invalid timestamp")
    at = time_of(target, value)
    if not place:
        text = "Nothing is kept of what is written with them"
        raise DeniedError("INTERNAL_ERROR", target, text)
    room, people = (target, []) if is_room(target) else ("", target.split(","))
    try:
        following = await c.hub.history.id_at(place, at + MILLISECOND)
        marked = proposals.mark_read(c.session, room, people, following - 1)
        await settled(marked)
    except ChatError as error:
        raise DeniedError("INTERNAL_ERROR", target, error.text) from None


MARKER = Capability(
    READ_MARKER,
    "``MARKREAD``; up to when you have read, by whatever client of yours",
    commands={
        "MARKREAD": Command(
            _markread,
            asks=alone,
            usage="target [timestamp=time]",
            about="you have read up to that time; alone: up to when you have",
        )
    },
)
