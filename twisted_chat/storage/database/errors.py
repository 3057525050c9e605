"""What is wrong with the file or the disk, in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class DatabaseError(Exception):
    """What is wrong with the file or the disk, as one line for a person."""


_TROUBLES = {
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_CANTOPEN: "can't be opened",
    sqlite3.SQLITE_CORRUPT: "is damaged; twisted-chat-admin check tells more",
    sqlite3.SQLITE_FULL: "can't be written: the disk is full",
    sqlite3.SQLITE_INTERRUPT: "took too long to answer",
    sqlite3.SQLITE_IOERR: "can't be read or written: the disk has an error",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_NOTADB: "is not a database",
    sqlite3.SQLITE_PERM: "may not be opened",
    sqlite3.SQLITE_READONLY: "is read-only",
}


def described(error: BaseException, path: str) -> BaseException:
    """`error` as a `DatabaseError` when the file or the disk is to blame."""
    if isinstance(error, sqlite3.Error):
        # The low 8 bits are the primary result code (sqlite.org/rescode.html).
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _TROUBLES:
            trouble = _TROUBLES[code]
            if code == sqlite3.SQLITE_CANTOPEN and not Path(path).parent.is_dir():
                trouble = f"{trouble}: there is no folder {Path(path).parent}"
            return DatabaseError(f"{path} {trouble}")
    elif isinstance(error, OSError):
        name = error.filename or path
        return DatabaseError(f"{name} can't be opened: {error.strerror}")
    return error
