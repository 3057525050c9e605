"""What is known at the start: what was kept of an earlier run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from ..events import Ban
from ..storage.accounts import Account
from ..storage.former import Former
from ..storage.moderation import RoomRecord
from ..storage.personal import Device, Marker, Stay, Waiting
from ..storage.places import Forks


class Stored(NamedTuple):
    """All of it is read before anybody comes in, and enters by `Hub.load`.

    :ivar rooms: those that are kept.
    :ivar bans: bans and mutes, the oldest first.
    :ivar repeated: see `Repeated.levels`.
    :ivar last_ids: the latest id in each room where something was said, by folded name.
    :ivar last_number: the highest that anybody had of `Numbers`.
    :ivar waiting: what waits for whom.
    :ivar markers: how far accounts have read.
    :ivar stays: who is in the chat also without a session.
    :ivar former: what rooms were called before.
    :ivar devices: since when each was away.
    """

    accounts: Sequence[Account] = ()
    rooms: Sequence[RoomRecord] = ()
    bans: Sequence[Ban] = ()
    last_ids: Mapping[str, int] = MappingProxyType({})
    last_number: int = 0
    repeated: Forks = ()
    waiting: Sequence[Waiting] = ()
    markers: Sequence[Marker] = ()
    stays: Sequence[Stay] = ()
    former: Sequence[Former] = ()
    devices: Sequence[Device] = ()

    @property
    def is_new(self) -> bool:
        """Nothing was kept: a chat that begins with it is no chat of its own."""
        return not (self.accounts or self.rooms or self.bans or self.last_ids)
