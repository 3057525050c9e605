"""draft/read-marker: up to when somebody has read, for their own clients alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....events import ChatError
from ....hub import proposals
from ....names import check_nick, fold, is_room
from ....outcomes import Outcome, run, settled
from ..command import Command, alone
from ..commands.history import MILLISECOND, DeniedError, time_of
from ..commands.messages import place_of
from ..message import middle
from ..read_times import READ_MARKER, here, learn, line, mark_here
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
            await _set(c, place, target, _time(target, time))
        told = await learn(c, place) if place else here(c, target)
    except DeniedError as denied:
        code, *more = denied.args
        c.fail("MARKREAD", code, *more)
        return
    c.listener.send(line(c, middle(target), told))
    if not time:
        c.session.spare(1)


def _place(c: IRCConnection, target: str) -> str:
    """What the hub knows `target` by; empty where it keeps no marker."""
    me = c.session.me
    if not is_room(target):
        return place_of(c, target)
    return fold(target) if me.account and fold(target) in me.rooms else ""


def _time(target: str, time: str) -> float:
    kind, _, value = time.partition("=")
    if kind != "timestamp":
        raise DeniedError("INVALID_PARAMS", target, time, "Invalid timestamp")
    return time_of(target, value)


async def _set(c: IRCConnection, place: str, target: str, at: float) -> None:
    """They have read up to the last message that was said at that time or before."""
    if is_room(target) and fold(target) not in c.session.me.rooms:
        raise DeniedError("INVALID_PARAMS", target, "You are not in that channel")
    room, people = (target, []) if is_room(target) else ("", target.split(","))
    try:
        if not place:
            mark_here(c, room or check_nick(target), at)
            return
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
