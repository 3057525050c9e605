"""Files that servers of earlier versions wrote, to be upgraded by a test.

``python -m tests.databases`` lets the server that is installed write the one of
its version, ``version-N.sqlite.gz``: to be run before a migration is added.
"""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from twisted_chat.storage.database import APPLICATION_ID
from twisted_chat.storage.migrations import migrate

HERE = Path(__file__).parent
PASSWORD = "a-long-password"
ROOT = "root"
# What is done, line by line, by whom.  Commands that a version does not have yet
# are refused, and so is what its file has no place for.
SCENE = f"""\
{ROOT} REGISTER {PASSWORD}
alice REGISTER {PASSWORD}
alice MSG hello from an older server
bob ME waves
alice JOIN #Dev
alice TOPIC what we build
bob JOIN #dev
bob MSG caf\u00e9 and d\u00e9j\u00e0 vu
alice MSG * not an action
alice ROOM limit 7
{ROOT} BAN mallory spam
{ROOT} BAN 192.0.2.0/24 30000d noise
"""


def stored(version: int) -> Path:
    """The file of that version."""
    return HERE / f"version-{version}.sqlite.gz"


def unpack(version: int, path: Path) -> None:
    """Put the file of that version at `path`."""
    path.write_bytes(gzip.decompress(stored(version).read_bytes()))


@contextmanager
def migrated(path: Path, version: int) -> Iterator[sqlite3.Connection]:
    """A new file at `path` that only the migrations up to `version` have made."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
        migrate(connection, 0, version)
        yield connection
