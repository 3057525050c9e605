"""The store in the SQLite file, by way of the recorder."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..events import Ban
from . import messages_sqlite
from .accounts import Account
from .accounts_sqlite import PROOFS, drop_account, put_account
from .changes import DeleteMessage, DropReaction, EditMessage, PutReaction
from .database import DatabaseError, described
from .former import Former, put_former
from .moderation import AuditEntry, RoomRecord
from .moderation_sqlite import (
    add_audit_entry,
    drop_ban,
    drop_room,
    last_audit_entries,
    put_ban,
    put_room,
)
from .personal import Device, Marker, Stay, Waiting
from .personal_sqlite import (
    TABLES,
    drop_personal,
    drop_places,
    drop_stay,
    drop_waiting,
    put_devices,
    put_markers,
    put_stay,
    put_waiting,
)
from .places import Forks, Place, Starts, put_place, put_repeated, put_starts
from .purges import put_purge
from .recorder import Recorder
from .writes import (
    AddAuditEntry,
    Adopt,
    AdoptReactions,
    DropAccount,
    DropBan,
    DropPersonal,
    DropPlaces,
    DropRoom,
    DropStay,
    DropWaiting,
    ForgetRoom,
    MoveRoom,
    PutAccount,
    PutBan,
    PutDevices,
    PutFormer,
    PutMarkers,
    PutPlace,
    PutPurge,
    PutRepeated,
    PutRoom,
    PutStarts,
    PutStay,
    PutWaiting,
    Write,
)

C = TypeVar("C")

# So many entries others may have added since a server died, and not hide its own.
_OTHERS = 1000


class SqliteStore:
    """Hands what is to be kept to `recorder`.

    :param end_turn: has the turn end soon, also where nothing is to be shown: with
        it what was handed over goes to the disk.
    """

    def __init__(self, recorder: Recorder, end_turn: Callable[[], object]) -> None:
        self._recorder = recorder
        self._end_turn = end_turn

    @property
    def troubled(self) -> bool:
        return self._recorder.troubled

    def put_account(self, account: Account) -> None:
        self._keep(PutAccount(account))

    def drop_account(self, nick: str) -> None:
        self._keep(DropAccount(nick))

    def put_ban(self, ban: Ban) -> None:
        self._keep(PutBan(ban))

    def drop_ban(self, ban: Ban) -> None:
        self._keep(DropBan(ban))

    def put_room(self, record: RoomRecord) -> None:
        self._keep(PutRoom(record))

    def drop_room(self, name: str) -> None:
        self._keep(DropRoom(name))

    def put_former(self, former: Former) -> None:
        self._keep(PutFormer(former))

    def add_audit_entry(self, entry: AuditEntry) -> None:
        self._keep(AddAuditEntry(entry))

    def put_place(self, place: Place) -> None:
        self._keep(PutPlace(place))

    def put_starts(self, starts: Starts) -> None:
        self._keep(PutStarts(starts))

    def put_repeated(self, forks: Forks) -> None:
        self._keep(PutRepeated(forks))

    def put_markers(self, markers: Sequence[Marker]) -> None:
        self._keep(PutMarkers(tuple(markers)))

    def put_waiting(self, waiting: Waiting) -> None:
        self._keep(PutWaiting(waiting))

    def drop_waiting(self, account: int) -> None:
        self._keep(DropWaiting(account))

    def put_stay(self, stay: Stay) -> None:
        self._keep(PutStay(stay))

    def drop_stay(self, account: int) -> None:
        self._keep(DropStay(account))

    def put_devices(self, account: int, devices: Sequence[Device]) -> None:
        self._keep(PutDevices(account, tuple(devices)))

    def drop_places(self, places: Sequence[str]) -> None:
        self._keep(DropPlaces(tuple(places)))

    def drop_personal(self, account: int) -> None:
        self._keep(DropPersonal(account))

    def adopt(self, everything: Adopt) -> None:
        self._keep(everything)

    def _keep(self, write: Write) -> None:
        self._recorder.keep(write)
        self._end_turn()


if TYPE_CHECKING:
    from .store import Store

    def _conforms(store: SqliteStore) -> Store:
        return store


# In the database's threads


def _adopt(
    connection: sqlite3.Connection,
    accounts: Sequence[Account],
    rooms: Sequence[RoomRecord],
    bans: Sequence[Ban],
    markers: Sequence[Marker],
    waiting: Sequence[Waiting],
    stays: Sequence[Stay],
    former: Sequence[Former],
    devices: Sequence[Device],
) -> None:
    """See `Store.adopt`."""
    tables = ("accounts", *PROOFS, "bans", "rules", *TABLES)
    connection.execute("DELETE FROM former_names")
    for names in former:
        put_former(connection, names)
    for table in tables:
        connection.execute(f"DELETE FROM {table}")
    put_markers(connection, markers)
    for each in waiting:
        put_waiting(connection, each)
    for stay in stays:
        put_stay(connection, stay)
    for number in {device.account for device in devices}:
        theirs = [device for device in devices if device.account == number]
        put_devices(connection, number, theirs)
    for account in accounts:
        put_account(connection, account)
    for record in rooms:
        put_room(connection, record)
    for ban in bans:
        put_ban(connection, ban)


def _whole(
    kind: Callable[..., C], job: Callable[[sqlite3.Connection, C], None]
) -> Callable[..., None]:
    """What calls `job` with the write itself, of the fields that it is given."""
    return lambda connection, *fields: job(connection, kind(*fields))


_JOBS: dict[type[Write], Callable[..., None]] = {
    EditMessage: _whole(EditMessage, messages_sqlite.edit),
    DeleteMessage: _whole(DeleteMessage, messages_sqlite.delete),
    PutReaction: _whole(PutReaction, messages_sqlite.put_reaction),
    DropReaction: _whole(DropReaction, messages_sqlite.drop_reaction),
    PutPurge: put_purge,
    PutAccount: put_account,
    DropAccount: drop_account,
    PutBan: put_ban,
    DropBan: drop_ban,
    PutRoom: put_room,
    DropRoom: drop_room,
    ForgetRoom: messages_sqlite.forget_room,
    MoveRoom: messages_sqlite.move_room,
    PutFormer: put_former,
    AddAuditEntry: add_audit_entry,
    PutPlace: put_place,
    PutStarts: put_starts,
    PutRepeated: put_repeated,
    Adopt: _adopt,
    AdoptReactions: messages_sqlite.adopt_reactions,
    PutMarkers: put_markers,
    PutWaiting: put_waiting,
    DropWaiting: drop_waiting,
    PutStay: put_stay,
    DropStay: drop_stay,
    PutDevices: put_devices,
    DropPlaces: drop_places,
    DropPersonal: drop_personal,
}


def perform(connection: sqlite3.Connection, writes: Iterable[Write]) -> list[Exception]:
    """Bring `writes` to the tables, inside the caller's transaction.

    A bug in one costs that one only: gives the bugs.  Raises where the disk is to
    blame.
    """
    bugs: list[Exception] = []
    for write in writes:
        connection.execute("SAVEPOINT write")
        try:
            _JOBS[type(write)](connection, *write)
        except Exception as error:
            if isinstance(described(error, ""), DatabaseError):
                raise
            connection.execute("ROLLBACK TO write")
            bugs.append(error)
        connection.execute("RELEASE write")
    return bugs


def perform_again(
    connection: sqlite3.Connection, writes: Sequence[Write]
) -> list[Exception]:
    """As `perform`, where a server that died may have done it already.

    Of all writes only an audit entry would be there twice.
    """
    count = sum(isinstance(write, AddAuditEntry) for write in writes)
    there = set(last_audit_entries(connection, count and count + _OTHERS, 0.0))
    return perform(
        connection,
        (
            write
            for write in writes
            if not (isinstance(write, AddAuditEntry) and write.entry in there)
        ),
    )
