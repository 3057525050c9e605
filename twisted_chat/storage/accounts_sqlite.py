"""The accounts in SQLite."""

from __future__ import annotations

import sqlite3
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..events import ChatError
from ..names import fold
from .accounts import MAX_CERTIFICATES, MAX_NETWORKS, Account, Accounts
from .database import Database, DatabaseError

log = Logger()

T = TypeVar("T")


class SqliteAccounts:
    """Keeps accounts in `database`.

    When the disk doesn't do its part, what is asked fails with `ChatError` 263.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def nicks(self) -> Deferred[list[str]]:
        return self._try(self._database.read(all_nicks))

    def find(self, nick: str) -> Deferred[Account | None]:
        return self._try(self._database.read(_find, fold(nick)))

    def add(self, account: Account) -> Deferred[bool]:
        return self._try(self._database.run(_add, account))

    def set_hash(self, nick: str, hash: str) -> Deferred[bool]:
        return self._try(self._database.run(set_hash, nick, hash))

    def set_operator(self, nick: str, operator: bool) -> Deferred[bool]:
        return self._try(self._database.run(set_operator, nick, operator))

    def remove(self, nick: str) -> Deferred[bool]:
        return self._try(self._database.run(remove, nick))

    def add_network(self, nick: str, network: bytes) -> Deferred[bool]:
        return self._try(self._database.run(_add_network, fold(nick), network))

    def operators(self) -> Deferred[list[str]]:
        return self._try(self._database.read(all_operators))

    def removals(self, after: int) -> Deferred[list[tuple[int, str]]]:
        return self._try(self._database.read(removals, after))

    def certificates(self, nick: str) -> Deferred[list[str]]:
        return self._try(self._database.read(_certificates, fold(nick)))

    def add_certificate(
        self, nick: str, fingerprint: str, take: bool = False
    ) -> Deferred[bool]:
        added = self._database.run(_add_certificate, fold(nick), fingerprint, take)
        return self._try(added)

    def remove_certificate(self, nick: str, fingerprint: str) -> Deferred[bool]:
        removed = self._database.run(_remove_certificate, fold(nick), fingerprint)
        return self._try(removed)

    def find_certificate(self, fingerprint: str) -> Deferred[Account | None]:
        return self._try(self._database.read(_find_certificate, fingerprint))

    def _try(self, outcome: Deferred[T]) -> Deferred[T]:
        return outcome.addErrback(_refuse)


def _conforms(store: SqliteAccounts) -> Accounts:
    return store


def _refuse(failure: Failure) -> Any:
    failure.trap(DatabaseError)
    log.error("accounts: {why}", why=failure.getErrorMessage())
    raise ChatError(263, "The server's disk has a problem; try again later")


def all_nicks(connection: sqlite3.Connection) -> list[str]:
    return [nick for [nick] in connection.execute("SELECT nick FROM accounts")]


def all_operators(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT nick FROM accounts WHERE operator ORDER BY key")
    return [nick for [nick] in rows]


def removals(connection: sqlite3.Connection, after: int = 0) -> list[tuple[int, str]]:
    """See `Accounts.removals`; a trigger of the file keeps them."""
    rows = connection.execute(
        "SELECT serial, nick FROM removals WHERE serial > ? ORDER BY serial", (after,)
    )
    return list(rows)


def last_removal(connection: sqlite3.Connection) -> int:
    [[serial]] = connection.execute("SELECT coalesce(max(serial), 0) FROM removals")
    return int(serial)


def set_operator(connection: sqlite3.Connection, nick: str, operator: bool) -> bool:
    statement = "UPDATE accounts SET operator = ? WHERE key = ?"
    return _changed(connection, statement, (operator, fold(nick)))


def set_hash(connection: sqlite3.Connection, nick: str, hash: str) -> bool:
    statement = "UPDATE accounts SET hash = ? WHERE key = ?"
    return _changed(connection, statement, (hash, fold(nick)))


def remove(connection: sqlite3.Connection, nick: str) -> bool:
    drop_proofs(connection, nick)
    statement = "DELETE FROM accounts WHERE key = ?"
    return _changed(connection, statement, (fold(nick),))


def drop_proofs(connection: sqlite3.Connection, nick: str) -> None:
    """Forget by what else than the password the account's owner is known."""
    for table in ("certificates", "networks"):
        connection.execute(f"DELETE FROM {table} WHERE key = ?", (fold(nick),))


def _add(connection: sqlite3.Connection, account: Account) -> bool:
    statement = "INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?, ?)"
    return _changed(connection, statement, (fold(account.nick), *account[:4]))


def _find(connection: sqlite3.Connection, key: str) -> Account | None:
    row = connection.execute(
        "SELECT nick, hash, operator, created FROM accounts WHERE key = ?", (key,)
    ).fetchone()
    return row and Account(
        row[0], row[1], bool(row[2]), row[3], _networks(connection, key)
    )


def _networks(connection: sqlite3.Connection, key: str) -> tuple[bytes, ...]:
    rows = connection.execute(
        "SELECT mark FROM networks WHERE key = ? ORDER BY serial", (key,)
    )
    return tuple(network for [network] in rows)


def _add_network(connection: sqlite3.Connection, key: str, network: bytes) -> bool:
    if _find(connection, key) is None:
        return False
    connection.execute(
        "INSERT OR REPLACE INTO networks (key, mark) VALUES (?, ?)", (key, network)
    )
    connection.execute(
        """DELETE FROM networks WHERE key = ? AND serial NOT IN
            (SELECT serial FROM networks WHERE key = ? ORDER BY serial DESC LIMIT ?)""",
        (key, key, MAX_NETWORKS),
    )
    return True


def _certificates(connection: sqlite3.Connection, key: str) -> list[str]:
    rows = connection.execute(
        "SELECT fingerprint FROM certificates WHERE key = ? ORDER BY fingerprint",
        (key,),
    )
    return [fingerprint for [fingerprint] in rows]


def _add_certificate(
    connection: sqlite3.Connection, key: str, fingerprint: str, take: bool
) -> bool:
    mine = _certificates(connection, key)
    if fingerprint in mine:
        return True
    if len(mine) >= MAX_CERTIFICATES or _find(connection, key) is None:
        return False
    how = "REPLACE" if take else "IGNORE"
    statement = f"INSERT OR {how} INTO certificates VALUES (?, ?)"
    return _changed(connection, statement, (fingerprint, key))


def _remove_certificate(
    connection: sqlite3.Connection, key: str, fingerprint: str
) -> bool:
    statement = "DELETE FROM certificates WHERE fingerprint = ? AND key = ?"
    return _changed(connection, statement, (fingerprint, key))


def _find_certificate(
    connection: sqlite3.Connection, fingerprint: str
) -> Account | None:
    row = connection.execute(
        "SELECT key FROM certificates WHERE fingerprint = ?", (fingerprint,)
    ).fetchone()
    return row and _find(connection, row[0])


def _changed(
    connection: sqlite3.Connection, statement: str, values: tuple[object, ...]
) -> bool:
    return connection.execute(statement, values).rowcount > 0
