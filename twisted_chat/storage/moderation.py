"""What outlives its moment in moderation: bans, rooms' rules, who did what.

The in-memory store is here, SQLite's in `twisted_chat.storage.moderation_sqlite`.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred, succeed

from ..events import Ban
from ..names import fold

MAX_AUDIT_ENTRIES = 100_000


class RoomRecord(NamedTuple):
    """A room as it is made again when somebody joins it.

    :ivar key: what JOIN must say; kept readable, as owners may look it up.
    :ivar limit: the most people; 0 for no limit.
    :ivar owners: accounts, likewise `voices`.
    :ivar secret: nobody outside is told that the room is there.
    """

    name: str
    topic: str = ""
    topic_by: str = ""
    topic_at: float = 0.0
    key: str = ""
    locked: bool = False
    moderated: bool = False
    topic_locked: bool = False
    limit: int = 0
    owners: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    secret: bool = False

    @property
    def closed(self) -> bool:
        """Whether it isn't open to everybody who finds it in a list."""
        return self.locked or self.secret or bool(self.key)


class AuditEntry(NamedTuple):
    """Something that an operator or an owner did.

    :ivar room: where; empty for the whole chat.
    :ivar what: the command, in upper case.
    :ivar target: whom or what it was done to.
    """

    at: float
    by: str
    what: str
    room: str
    target: str
    reason: str


class ModerationStore(Protocol):
    """Keeps these.  Rooms and masks are compared by their fold."""

    def bans(self) -> Deferred[list[Ban]]:
        """All bans and mutes, the oldest first."""

    def put_ban(self, ban: Ban) -> Deferred[None]:
        """Keep `ban` in place of one with the same kind, room and mask."""

    def drop_ban(self, ban: Ban) -> Deferred[None]:
        """Forget what has the kind, room and mask of `ban`."""

    def rooms(self) -> Deferred[list[RoomRecord]]:
        """All rooms that are kept, by their folded names."""

    def put_room(self, record: RoomRecord) -> Deferred[None]:
        """Keep `record` in place of one with the same name."""

    def drop_room(self, name: str) -> Deferred[None]: ...

    def add_audit_entry(self, entry: AuditEntry) -> Deferred[None]:
        """Keep `entry`; only the latest 100,000 stay."""

    def audit_entries(
        self, most: int, since: float = 0.0
    ) -> Deferred[list[AuditEntry]]:
        """The last `most` entries from `since` on, the oldest first."""


def ban_key(ban: Ban) -> tuple[str, str, str]:
    return ban.kind, fold(ban.room), fold(ban.mask)


class MemoryModerationStore:
    """Keeps all of it as long as the process lives."""

    def __init__(self) -> None:
        self._bans: dict[tuple[str, str, str], Ban] = {}
        self._rooms: dict[str, RoomRecord] = {}
        self._audit_entries: deque[AuditEntry] = deque(maxlen=MAX_AUDIT_ENTRIES)

    def bans(self) -> Deferred[list[Ban]]:
        return succeed(list(self._bans.values()))

    def put_ban(self, ban: Ban) -> Deferred[None]:
        self._bans.pop(ban_key(ban), None)
        self._bans[ban_key(ban)] = ban
        return succeed(None)

    def drop_ban(self, ban: Ban) -> Deferred[None]:
        self._bans.pop(ban_key(ban), None)
        return succeed(None)

    def rooms(self) -> Deferred[list[RoomRecord]]:
        return succeed([self._rooms[key] for key in sorted(self._rooms)])

    def put_room(self, record: RoomRecord) -> Deferred[None]:
        self._rooms[fold(record.name)] = record
        return succeed(None)

    def drop_room(self, name: str) -> Deferred[None]:
        self._rooms.pop(fold(name), None)
        return succeed(None)

    def add_audit_entry(self, entry: AuditEntry) -> Deferred[None]:
        self._audit_entries.append(entry)
        return succeed(None)

    def audit_entries(
        self, most: int, since: float = 0.0
    ) -> Deferred[list[AuditEntry]]:
        found = [entry for entry in self._audit_entries if entry.at >= since]
        return succeed(found[-most:] if most else [])


def _conforms(store: MemoryModerationStore) -> ModerationStore:
    return store
