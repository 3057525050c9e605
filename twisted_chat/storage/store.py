"""What the chat asks to have kept for the next start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ..events import Ban
from .accounts import Account
from .former import Former
from .moderation import AuditEntry, RoomRecord
from .personal import Device, Marker, Stay, Waiting
from .places import Forks, Place, Starts
from .writes import Adopt


class Store(Protocol):
    """Keeps the state of the hub.  It only writes, at once or soon, and never raises.

    All is kept in the order of the calls, with the messages of the same turn.  Nicks,
    rooms and masks are compared by their fold.
    """

    @property
    def troubled(self) -> bool:
        """Whether what is put now may be lost with the server."""

    def put_account(self, account: Account) -> None:
        """Keep `account`, with all that proves it."""

    def drop_account(self, nick: str) -> None: ...

    def put_ban(self, ban: Ban) -> None:
        """Keep `ban` in place of one with the same kind, room and mask."""

    def drop_ban(self, ban: Ban) -> None:
        """Forget what has the kind, room and mask of `ban`."""

    def put_room(self, record: RoomRecord) -> None:
        """Keep `record` in place of one with the same name."""

    def drop_room(self, name: str) -> None: ...

    def put_former(self, former: Former) -> None:
        """Keep what that room was called before; without names, nothing of it."""

    def add_audit_entry(self, entry: AuditEntry) -> None:
        """Keep `entry`; only the latest `MAX_AUDIT_ENTRIES` stay."""

    def put_place(self, place: Place) -> None:
        """All up to there in a shared log has been put before this."""

    def put_starts(self, starts: Starts) -> None:
        """These generations led to what is put from now on; see `Place.starts`."""

    def put_repeated(self, forks: Forks) -> None:
        """Keep what has been said once more; see `Repeated`."""

    def put_markers(self, markers: Sequence[Marker]) -> None:
        """Keep these in place of those of the same accounts and places."""

    def put_waiting(self, waiting: Waiting) -> None:
        """Keep it in place of what waited for that account in that place."""

    def drop_waiting(self, account: int) -> None:
        """Nothing waits any more for the account with that number."""

    def put_stay(self, stay: Stay) -> None:
        """Keep it in place of one of the same account."""

    def drop_stay(self, account: int) -> None:
        """The account with that number doesn't stay."""

    def put_devices(self, account: int, devices: Sequence[Device]) -> None:
        """These are the devices of the account with that number, in their order."""

    def drop_places(self, places: Sequence[str]) -> None:
        """Forget all markers, and what waits, of these rooms and conversations."""

    def drop_personal(self, account: int) -> None:
        """Forget markers and devices of that account, what waits for it, its stay."""

    def adopt(self, everything: Adopt) -> None:
        """Keep this, in place of all that there is."""


class NullStore:
    """Keeps nothing: for a server whose chat ends with it."""

    troubled = False

    def put_account(self, account: Account) -> None:
        pass

    def drop_account(self, nick: str) -> None:
        pass

    def put_ban(self, ban: Ban) -> None:
        pass

    def drop_ban(self, ban: Ban) -> None:
        pass

    def put_room(self, record: RoomRecord) -> None:
        pass

    def drop_room(self, name: str) -> None:
        pass

    def put_former(self, former: Former) -> None:
        pass

    def add_audit_entry(self, entry: AuditEntry) -> None:
        pass

    def put_place(self, place: Place) -> None:
        pass

    def put_starts(self, starts: Starts) -> None:
        pass

    def put_repeated(self, forks: Forks) -> None:
        pass

    def put_markers(self, markers: Sequence[Marker]) -> None:
        pass

    def put_waiting(self, waiting: Waiting) -> None:
        pass

    def drop_waiting(self, account: int) -> None:
        pass

    def put_stay(self, stay: Stay) -> None:
        pass

    def drop_stay(self, account: int) -> None:
        pass

    def put_devices(self, account: int, devices: Sequence[Device]) -> None:
        pass

    def drop_places(self, places: Sequence[str]) -> None:
        pass

    def drop_personal(self, account: int) -> None:
        pass

    def adopt(self, everything: Adopt) -> None:
        pass


if TYPE_CHECKING:

    def _conforms(store: NullStore) -> Store:
        return store
