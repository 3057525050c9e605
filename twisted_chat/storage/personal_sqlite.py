"""What is kept of accounts beside themselves, in SQLite: functions of a connection."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from .personal import Device, Marker, Stay, Waiting

TABLES = ("markers", "waiting", "stays", "devices")


def put_markers(connection: sqlite3.Connection, markers: Iterable[Marker]) -> None:
    """See `Store.put_markers`."""
    connection.executemany(
        "INSERT OR REPLACE INTO markers (account, place, id, chosen) "
        "VALUES (?, ?, ?, ?)",
        markers,
    )


def drop_places(connection: sqlite3.Connection, places: Iterable[str]) -> None:
    """See `Store.drop_places`."""
    for table in ("markers", "waiting"):
        connection.executemany(
            f"DELETE FROM {table} WHERE place = ?", [(place,) for place in places]
        )


def all_markers(connection: sqlite3.Connection) -> list[Marker]:
    found = connection.execute("SELECT account, place, id, chosen FROM markers")
    return [
        Marker(account, place, id, bool(chosen)) for account, place, id, chosen in found
    ]


def put_waiting(connection: sqlite3.Connection, waiting: Waiting) -> None:
    """See `Store.put_waiting`."""
    connection.execute(
        "INSERT OR REPLACE INTO waiting (account, place, first, senders) "
        "VALUES (?, ?, ?, ?)",
        (*waiting[:3], json.dumps(waiting.senders)),
    )


def drop_waiting(connection: sqlite3.Connection, account: int) -> None:
    """See `Store.drop_waiting`."""
    connection.execute("DELETE FROM waiting WHERE account = ?", (account,))


def all_waiting(connection: sqlite3.Connection) -> list[Waiting]:
    found = connection.execute(
        "SELECT account, place, first, senders FROM waiting ORDER BY account, place"
    )
    return [
        Waiting(account, place, first, tuple(map(tuple, json.loads(senders))))
        for account, place, first, senders in found
    ]


def put_stay(connection: sqlite3.Connection, stay: Stay) -> None:
    """See `Store.put_stay`."""
    connection.execute(
        "INSERT OR REPLACE INTO stays (account, nick, rooms, since) "
        "VALUES (?, ?, ?, ?)",
        (stay.account, stay.nick, json.dumps(stay.rooms), stay.since),
    )


def drop_stay(connection: sqlite3.Connection, account: int) -> None:
    """See `Store.drop_stay`."""
    connection.execute("DELETE FROM stays WHERE account = ?", (account,))


def all_stays(connection: sqlite3.Connection) -> list[Stay]:
    found = connection.execute(
        "SELECT account, nick, rooms, since FROM stays ORDER BY account"
    )
    return [
        Stay(account, nick, tuple(json.loads(rooms)), since)
        for account, nick, rooms, since in found
    ]


def put_devices(
    connection: sqlite3.Connection, account: int, devices: Iterable[Device]
) -> None:
    """See `Store.put_devices`."""
    connection.execute("DELETE FROM devices WHERE account = ?", (account,))
    connection.executemany(
        "INSERT INTO devices (place, account, name, since) VALUES (?, ?, ?, ?)",
        ((place, *device) for place, device in enumerate(devices)),
    )


def all_devices(connection: sqlite3.Connection) -> list[Device]:
    found = connection.execute(
        "SELECT account, name, since FROM devices ORDER BY account, place"
    )
    return [Device(*row) for row in found]


def drop_personal(connection: sqlite3.Connection, account: int) -> None:
    """See `Store.drop_personal`."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table} WHERE account = ?", (account,))


def keeps_private(connection: sqlite3.Connection) -> bool:
    """Whether what is written in private is kept where nobody says otherwise."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'private'")
    return all(value for (value,) in found)


def set_keeps_private(connection: sqlite3.Connection, private: bool) -> None:
    """Let that be so from now on."""
    with connection:
        connection.execute(
            "INSERT OR REPLACE INTO meta VALUES ('private', ?)", (private,)
        )
