"""What need not be kept is deleted, and rooms of which nothing is left forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from ..events import ChatError
from ..outcomes import settled, unattended
from .entries import ForgetRooms

if TYPE_CHECKING:
    from .hub import Hub

MAX_FORGOTTEN = 500
"""Rooms in one entry."""


async def purge(hub: Hub) -> None:
    """Purge the history of `hub`, and propose to forget the rooms that are empty.

    What a history deletes, and when, is each node's own matter.  An entry forgets the
    room, so that its ids go on alike everywhere.
    """
    for entry in hub.staying.too_long():
        with suppress(ChatError):  # it is proposed again
            unattended(hub.propose(entry))
    before = hub.forgotten
    empty = await hub.history.purge(hub.now(), hub.last_ids)
    rooms = unused(hub, empty)
    for count, start in enumerate(range(0, len(rooms), MAX_FORGOTTEN)):
        some = tuple(rooms[start : start + MAX_FORGOTTEN])
        await settled(hub.propose(ForgetRooms(some, before + count)))


def unused(hub: Hub, rooms: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Those of `rooms` that may be forgotten.

    :param rooms: folded names, each with the id of a latest message that is gone.

    A room that is open or kept is not among them, nor one where something has been said
    since.
    """
    kept = hub.room_registry.kept
    return [
        (key, id)
        for key, id in rooms
        if hub.last_ids.get(key) == id and key not in kept
    ]
