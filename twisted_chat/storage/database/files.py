"""The files of an open database: whether they are there, and how they come back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from .errors import described

SUFFIXES = ("", "-wal", "-shm", "-server")

Identities = dict[str, tuple[int, int]]
"""Device and inode of each file that there is, by suffix."""


def identities(path: str) -> Identities:
    """Those of the database's files that are at `path` now."""
    found: Identities = {}
    for suffix in SUFFIXES:
        with suppress(FileNotFoundError, NotADirectoryError):
            status = os.stat(f"{path}{suffix}")
            found[suffix] = status.st_dev, status.st_ino
    return found


def copy(connection: sqlite3.Connection, path: str) -> str:
    """All that `connection` sees, in a file beside `path`; return its name.

    :raises DatabaseError: when that can't be written.
    """
    part = f"{path}-part"
    try:
        Path(part).unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(part)) as new:
            connection.backup(new)
    except (OSError, sqlite3.Error) as error:
        raise described(error, part) from error
    return part


def put_in_place(part: str, path: str, ours: Identities) -> str:
    """Make `part` the file at `path`, whose connections have been closed.

    :param ours: the files that were there; others are not deleted, but renamed.
    :return: what another database is called now; empty where there was none.
    """
    there, aside = identities(path), ""
    if there.get("", ours[""]) != ours[""]:
        aside = next(
            name for n in count(1) if not os.path.lexists(name := f"{path}-found-{n}")
        )
        os.rename(path, aside)
    for suffix in ("-wal", "-shm"):
        if aside and suffix in there and there[suffix] != ours.get(suffix):
            os.rename(f"{path}{suffix}", f"{aside}{suffix}")
        # Ours is copied already; SQLite would take it for the copy's.
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    os.rename(part, path)
    return aside
