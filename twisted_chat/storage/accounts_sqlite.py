"""The accounts in SQLite: functions of a connection."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict

from ..names import fold
from .accounts import Account, Token

_COLUMNS = "nick, hash, operator, created, number, keep, stay, ignores"
# One that comes without a number, from what a server of an earlier version left, keeps
# that of the row, or gets the next of those that are older than numbers.
_PUT = f"""INSERT OR REPLACE INTO accounts (key, {_COLUMNS})
    VALUES (:key, :nick, :hash, :operator, :created, coalesce(
        nullif(:number, 0),
        (SELECT number FROM accounts WHERE key = :key),
        (SELECT count(*) + 1 FROM accounts)), :keep, :stay, :ignores)"""
PROOFS = ("certificates", "networks", "ssh_keys", "login_tokens")
"""The tables of what else than a password proves an account, or makes it known."""


def all_accounts(connection: sqlite3.Connection) -> list[Account]:
    """All of them, by folded nick."""
    certificates: dict[str, list[str]] = defaultdict(list)
    for key, print in connection.execute(
        "SELECT key, fingerprint FROM certificates ORDER BY fingerprint"
    ):
        certificates[key].append(print)
    networks: dict[str, list[bytes]] = defaultdict(list)
    for key, mark in connection.execute(
        "SELECT key, mark FROM networks ORDER BY serial"
    ):
        networks[key].append(mark)
    keys: dict[str, list[str]] = defaultdict(list)
    for key, print in connection.execute(
        "SELECT key, fingerprint FROM ssh_keys ORDER BY fingerprint"
    ):
        keys[key].append(print)
    tokens: dict[str, list[Token]] = defaultdict(list)
    for key, *fields in connection.execute(
        "SELECT key, digest, since, used, passed FROM login_tokens ORDER BY digest"
    ):
        tokens[key].append(Token(*fields))
    return [
        Account(
            nick,
            hash,
            bool(operator),
            created,
            tuple(networks[fold(nick)]),
            tuple(certificates[fold(nick)]),
            tuple(keys[fold(nick)]),
            number,
            bool(keep),
            bool(stay),
            tuple(json.loads(ignores)),
            tuple(tokens[fold(nick)]),
        )
        for nick, hash, operator, created, number, keep, stay, ignores in (
            connection.execute(f"SELECT {_COLUMNS} FROM accounts ORDER BY key")
        )
    ]


def put_account(connection: sqlite3.Connection, account: Account) -> None:
    """See `Store.put_account`."""
    key = fold(account.nick)
    ignores = json.dumps(account.ignores)
    connection.execute(_PUT, {**account._asdict(), "key": key, "ignores": ignores})
    drop_proofs(connection, account.nick)
    connection.executemany(
        "INSERT OR REPLACE INTO certificates VALUES (?, ?)",
        [(fingerprint, key) for fingerprint in account.certificates],
    )
    connection.executemany(
        "INSERT INTO ssh_keys VALUES (?, ?)",
        [(key, fingerprint) for fingerprint in account.keys],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO login_tokens VALUES (?, ?, ?, ?, ?)",
        [(token.digest, key, *token[1:]) for token in account.tokens],
    )
    connection.executemany(
        "INSERT INTO networks (key, mark) VALUES (?, ?)",
        [(key, mark) for mark in account.networks],
    )


def drop_account(connection: sqlite3.Connection, nick: str) -> None:
    """See `Store.drop_account`."""
    remove(connection, nick)


# What twisted-chat-admin does


def all_operators(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT nick FROM accounts WHERE operator ORDER BY key")
    return [nick for [nick] in rows]


def set_operator(connection: sqlite3.Connection, nick: str, operator: bool) -> bool:
    """False when there is no such account; so do the others."""
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
    for table in PROOFS:
        connection.execute(f"DELETE FROM {table} WHERE key = ?", (fold(nick),))


def _changed(
    connection: sqlite3.Connection, statement: str, values: tuple[object, ...]
) -> bool:
    return connection.execute(statement, values).rowcount > 0
