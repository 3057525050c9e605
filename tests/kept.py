"""A store whose tables a test can look at."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from twisted_chat.events import Ban
from twisted_chat.hub import Stored
from twisted_chat.storage.accounts import Account
from twisted_chat.storage.accounts_sqlite import all_accounts
from twisted_chat.storage.database import MEMORY, DatabaseError, open_file, transaction
from twisted_chat.storage.former import all_former
from twisted_chat.storage.moderation import AuditEntry, RoomRecord
from twisted_chat.storage.moderation_sqlite import (
    all_bans,
    all_rooms,
    last_audit_entries,
)
from twisted_chat.storage.pending import Batch
from twisted_chat.storage.personal import Marker, Waiting
from twisted_chat.storage.personal_sqlite import (
    all_devices,
    all_markers,
    all_stays,
    all_waiting,
)
from twisted_chat.storage.recorder import RETRY, Recorder
from twisted_chat.storage.sqlite import SqliteStore, perform


class Kept(SqliteStore):
    """Keeps at once, in tables in memory, as long as the disk has room.

    :ivar full: the disk has none.
    :ivar bugs: what else went wrong.
    """

    def __init__(self) -> None:
        self.connection = open_file(MEMORY)
        self.clock = Clock()
        self.full = False
        self.bugs: list[Exception] = []
        self.recorder = Recorder(self._write, self.clock, lambda line: None)
        super().__init__(self.recorder, self.turn)

    def turn(self) -> None:
        """End the turn."""
        self.recorder.hold(lambda: None)

    def fill(self) -> None:
        """From now on nothing can be written, which has been noticed."""
        self.full = True
        self.add_audit_entry(AuditEntry(0.0, "", "", "", "", ""))
        assert self.troubled

    def empty(self) -> None:
        """The disk has room again, and what was missed is written."""
        self.full = False
        self.clock.advance(RETRY)

    def _write(self, batch: Batch) -> Deferred[None]:
        if self.full:
            return fail(DatabaseError("the disk is full"))
        job: Callable[..., list[Exception]] = lambda c: perform(c, batch.writes)  # noqa: E731
        self.bugs += transaction(self.connection, job)
        return succeed(None)

    def stored(self) -> Stored:
        """What the next server begins with."""
        return Stored(
            self.accounts(),
            self.rooms(),
            self.bans(),
            waiting=self.waiting(),
            stays=all_stays(self.connection),
            markers=self.markers(),
            former=all_former(self.connection),
            devices=all_devices(self.connection),
        )

    def waiting(self) -> list[Waiting]:
        return all_waiting(self.connection)

    def markers(self) -> list[Marker]:
        return all_markers(self.connection)

    def accounts(self) -> list[Account]:
        return all_accounts(self.connection)

    def bans(self) -> list[Ban]:
        return all_bans(self.connection)

    def rooms(self) -> list[RoomRecord]:
        return all_rooms(self.connection)

    def audit_entries(self, most: int = 1000, since: float = 0.0) -> list[AuditEntry]:
        return last_audit_entries(self.connection, most, since)
