"""The file: claimed, made, upgraded, and what it takes to use it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from twisted.logger import Logger

from ..migrations import LATEST, migrate
from .errors import DatabaseError, described

log = Logger()

T = TypeVar("T")

MEMORY = ":memory:"
APPLICATION_ID = 0x74776368
"""What says that a file is ours (sqlite.org/pragma.html#pragma_application_id)."""

# Seconds to wait for another process to unlock the file.
PATIENCE = 5.0
PATIENCE_AT_START = 2.0


def transaction(
    connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], T]
) -> T:
    """Call ``job(connection)``; all of what it does is kept, or nothing.

    It raises what `job` raises, and `sqlite3.Error`.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = job(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def connect(path: str, patience: float = PATIENCE) -> sqlite3.Connection:
    """A connection to a file that has its tables.

    :param patience: seconds to wait for another process to unlock the file.
    """
    connection = sqlite3.connect(
        path,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
        uri=path.startswith("file:"),
    )
    # With a write-ahead log a commit survives the death of the process.  When the
    # power fails, the file stays whole, and only the last commits may be missing
    # (sqlite.org/pragma.html#pragma_synchronous).
    connection.execute("PRAGMA synchronous = NORMAL")
    # What is deleted is overwritten: nothing of it is left in the file's free pages.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def open_as_it_is(path: str) -> sqlite3.Connection:
    """A connection to the file at `path`, whose version stays what it is.

    Not one that is only for reading: SQLite would leave a log beside the file.

    :raises DatabaseError: one line that says why not.
    """
    try:
        connection = connect(f"{Path(path).absolute().as_uri()}?mode=rw")
        try:
            if not check_version(connection, path):
                raise DatabaseError(f"{path} is empty")
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise described(error, path) from error
    return connection


def _log_upgrade(line: str) -> None:
    log.info("{line}", line=line)


def open_file(
    path: str, tell: Callable[[str], object] = _log_upgrade
) -> sqlite3.Connection:
    """Make or upgrade the file at `path`, and prove that it can be written.

    :param tell: told, in one line, that it was upgraded.
    :raises DatabaseError: one line that says why not.
    """
    try:
        if path != MEMORY:
            # Accounts and what was said in closed rooms are nobody else's.
            os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))
        connection = connect(path, PATIENCE_AT_START)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            version = transaction(connection, lambda c: _prepare(c, path))
            if 0 < version < LATEST:
                tell(f"{path} was upgraded from version {version} to {LATEST}")
            connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise described(error, path) from error
    return connection


def check_version(connection: sqlite3.Connection, path: str) -> int:
    """The version of the tables, 0 for an empty file.

    :raises DatabaseError: for a file of another program or a newer version.
    """
    [[application]] = connection.execute("PRAGMA application_id")
    [[version]] = connection.execute("PRAGMA user_version")
    [[tables]] = connection.execute("SELECT count(*) FROM sqlite_master")
    if application != APPLICATION_ID and (application or version or tables):
        raise DatabaseError(f"{path} is the database of another program")
    if version > LATEST:
        raise DatabaseError(
            f"{path} is from a newer twisted-chat (its version is {version}, "
            f"this one knows up to {LATEST})"
        )
    return int(version)


def _prepare(connection: sqlite3.Connection, path: str) -> int:
    """Make or upgrade the tables; return their version before."""
    version = check_version(connection, path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
    migrate(connection, version)
    # A write even when nothing changed: a full or read-only disk shows now.
    connection.execute(
        "INSERT OR REPLACE INTO meta VALUES ('opened', ?)", (time.time(),)
    )
    return version


def claim(path: str) -> int:
    """Take the server's lock on `path`: two servers would use the same ids.

    The lock is on a file of its own.  POSIX drops a process's locks on a file when any
    descriptor of that file is closed (sqlite.org/howtocorrupt.html, section 2.2).

    :return: the descriptor that holds the lock until it is closed.
    :raises DatabaseError: another server has it, or it can't be opened.
    """
    try:
        descriptor = os.open(f"{path}-server", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise described(error, path) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise DatabaseError(f"{path} is in use by another server") from None
    return descriptor
