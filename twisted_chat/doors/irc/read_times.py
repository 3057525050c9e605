"""Up to when somebody has read, as draft/read-marker tells it: by times.

The hub knows the number of the message.  When it was said is asked of the history
once, and then known to the connection.  For guests, and for what is written with them,
the hub keeps no markers: those last as long as the connection that set them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from twisted.internet.defer import Deferred

from ...events import ChatError
from ...grammar.json import stamp
from ...names import fold
from ...outcomes import unattended
from .message import finish

T = TypeVar("T")

if TYPE_CHECKING:
    from ...hub import Room
    from .connection import IRCConnection

READ_MARKER = "draft/read-marker"
NOT_KNOWN = "*"
MAX_KNOWN = 200


def line(c: IRCConnection, target: str, time: str) -> bytes:
    """MARKREAD by the server."""
    return finish(f":{c.server} MARKREAD {target} {time}")


def entered(c: IRCConnection, room: Room) -> bytes:
    """What is told of a room that is entered; empty for who hasn't asked for it.

    It is told later where the history has to be asked.
    """
    if READ_MARKER not in c.caps:
        return b""
    time = _known(c, fold(room.name))
    if time is not None:
        return line(c, room.name, time)
    unattended(report(c, fold(room.name), room.name))
    return b""


def report(c: IRCConnection, place: str, target: str) -> Deferred[None]:
    """Tell it, as part of no reply."""
    return Deferred.fromCoroutine(_report(c, place, target))


async def _report(c: IRCConnection, place: str, target: str) -> None:
    time = await learn(c, place)
    if not c.ended:
        with c.listener.at_once():
            c.listener.send(line(c, target, time))


async def learn(c: IRCConnection, place: str) -> str:
    """Up to when this person has read; `NOT_KNOWN` where nobody knows.

    :param place: the folded name of a room, or the key of a conversation.
    """
    time = _known(c, place)
    if time is not None:
        return time
    id = _marker(c, place) or 0
    try:
        found = await c.hub.history.before(place, id + 1, 1)
    except ChatError:
        return NOT_KNOWN
    at = found[0].at if found else 0.0
    _put(c.read_times, place, (id, at))
    return _shown(at)


def here(c: IRCConnection, target: str) -> str:
    """Up to when this client has read, where the hub keeps no marker."""
    return _shown(c.read_here.get(fold(target), 0.0))


def mark_here(c: IRCConnection, target: str, at: float) -> None:
    """Set that; it only goes forward, and no further than now."""
    before = c.read_here.get(fold(target), 0.0)
    _put(c.read_here, fold(target), max(before, min(at, c.hub.now())))


def moved(c: IRCConnection, old: str, new: str) -> None:
    """The room `old` is called `new` from now on; both are folded."""
    _move(c.read_times, old, new)
    _move(c.read_here, old, new)


def _move(known: dict[str, T], old: str, new: str) -> None:
    if old in known:
        known[new] = known.pop(old)


def _put(known: dict[str, T], key: str, value: T) -> None:
    """Put it in; what was put in first goes where there are too many."""
    known.pop(key, None)
    while len(known) >= MAX_KNOWN:
        del known[next(iter(known))]
    known[key] = value


def _known(c: IRCConnection, place: str) -> str | None:
    """What is known without asking anybody; None where that is nothing."""
    if c.session.user is not None and not c.session.user.account:
        return here(c, place)
    id = _marker(c, place)
    if id is None:
        return NOT_KNOWN
    known, at = c.read_times.get(place, (0, 0.0))
    if known == id:
        return _shown(at)
    room = c.hub.rooms.get(place)
    if room is not None:
        for said in room.tail.messages:
            if said.id == id:
                return _shown(said.at)
    return None


def _marker(c: IRCConnection, place: str) -> int | None:
    user = c.session.user
    if user is None or not user.account:
        return None
    return c.hub.markers.get(user.author, place) or None


def _shown(at: float) -> str:
    return f"timestamp={stamp(at)}" if at else NOT_KNOWN
