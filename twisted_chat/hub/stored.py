"""What is known at the start: what was kept of an earlier run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..events import Ban
from ..storage.moderation_store import RoomRecord


class Stored(NamedTuple):
    """All of it is read before anybody comes in, and enters by `Hub.load`.

    :ivar nicks: the registered ones, as they were registered.
    :ivar rooms: those that are kept.
    :ivar bans: bans and mutes, the oldest first.
    """

    nicks: Sequence[str] = ()
    rooms: Sequence[RoomRecord] = ()
    bans: Sequence[Ban] = ()
