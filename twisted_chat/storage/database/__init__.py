"""The one SQLite file: opened with care, written by one thread, read by another."""

from .database import Database, LogLength
from .errors import DatabaseError, described
from .opening import (
    APPLICATION_ID,
    MEMORY,
    claim,
    connect,
    open_as_it_is,
    open_file,
    transaction,
)

__all__ = [
    "APPLICATION_ID",
    "MEMORY",
    "Database",
    "DatabaseError",
    "LogLength",
    "claim",
    "connect",
    "described",
    "open_as_it_is",
    "open_file",
    "transaction",
]
