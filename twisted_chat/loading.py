"""What a file has for a hub that begins."""

from __future__ import annotations

from functools import partial

from .history import History
from .history.sqlite import SqliteHistory
from .history.tables import last_author
from .hub import Hub, Stored
from .storage.accounts_sqlite import all_accounts
from .storage.database import Database
from .storage.former import all_former
from .storage.moderation_sqlite import all_bans, all_rooms
from .storage.personal_sqlite import (
    all_devices,
    all_markers,
    all_stays,
    all_waiting,
    keeps_private,
    set_keeps_private,
)
from .storage.places import repeated


def load_stored(database: Database, history: History) -> Stored:
    """All that is kept; raises `DatabaseError`."""
    load = database.load
    # First: it brings to the tables what a server that died had still to write.
    last_ids = load(history.load) if isinstance(history, SqliteHistory) else {}
    accounts, rooms, bans = load(all_accounts), load(all_rooms), load(all_bans)
    return Stored(
        accounts,
        rooms,
        bans,
        last_ids,
        load(last_author),
        load(repeated),
        load(all_waiting),
        load(all_markers),
        load(all_stays),
        load(all_former),
        load(all_devices),
    )


def settle_private(database: Database, hub: Hub) -> None:
    """Keep what is written in private as the command line says, or the file.

    Who wrote in private on a server of an earlier version was told that nothing of it
    is kept.

    :raises DatabaseError: the file can't be read, or written.
    """
    chosen = hub.settings.private
    if chosen is None:
        chosen = database.load(keeps_private)
    elif not database.in_memory:
        database.load(partial(set_keeps_private, private=chosen))
    hub.told = hub.told._replace(private=chosen)
    hub.shared = hub.shared._replace(private=chosen)
    hub.history.retain(hub.told.retention)
