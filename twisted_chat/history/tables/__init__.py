"""The history's tables: what runs in the database's threads."""

from .deleting import (
    Moment,
    cut_changes,
    cut_off,
    delete_messages,
    old_messages,
    purge_long,
    purge_old,
)
from .messages import COLUMNS, differing, insert
from .meta import last_author, last_serial, set_token, token
from .pages import between, id_at, latest, with_serials
from .rooms import (
    Room,
    drop_forgotten,
    empty_rooms,
    forgotten_rooms,
    last_number,
    rooms,
)
from .words import index, search

__all__ = [
    "COLUMNS",
    "Moment",
    "Room",
    "between",
    "cut_changes",
    "cut_off",
    "delete_messages",
    "differing",
    "drop_forgotten",
    "empty_rooms",
    "forgotten_rooms",
    "id_at",
    "index",
    "insert",
    "last_author",
    "last_number",
    "last_serial",
    "latest",
    "old_messages",
    "purge_long",
    "purge_old",
    "rooms",
    "search",
    "set_token",
    "token",
    "with_serials",
]
