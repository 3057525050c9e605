"""What was said, printed; the file, verified and copied."""

from __future__ import annotations

import os
import sqlite3
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from ..events import Said
from ..grammar import json, text
from ..history import tables
from ..history.export import everything, problems
from ..names import LOBBY, fold
from ..storage.database import DatabaseError, described
from .arguments import duration

SHOWN = 20


def add_commands(commands: Any) -> None:
    export = commands.add_parser("export", help="print what was said in the rooms")
    export.add_argument("--room", metavar="R", help="only this room, such as '#dev'")
    export.add_argument(
        "--since",
        type=duration,
        metavar="D",
        help="no longer ago than D, such as 1d12h",
    )
    export.add_argument("--format", choices=("text", "json"), default="text")
    export.set_defaults(run=_export, upgrades=False)
    check = commands.add_parser("check", help="verify the file")
    check.set_defaults(run=_check, upgrades=False)
    backup = commands.add_parser("backup", help="copy the file, also while it is used")
    backup.add_argument("out", metavar="OUT", help="where to; must not exist")
    backup.set_defaults(run=_backup, upgrades=False)


def _export(connection: sqlite3.Connection, options: Namespace) -> None:
    since = time.time() - options.since if options.since else 0.0
    for message in _messages(connection, options.room, since):
        if options.format == "json":
            print(json.RENDER[type(message)](message))
        else:
            room = f"{message.room} " if message.room == LOBBY else ""
            words = text.RENDER[type(message)](message)
            print(f"{json.stamp(message.at)} {room}{words}")


def _messages(
    connection: sqlite3.Connection, room: str | None, since: float
) -> Iterator[Said]:
    rooms = tables.rooms(connection)
    if room is not None and fold(room) not in rooms:
        raise DatabaseError(f"nothing was ever said in {room}")
    key = None if room is None else fold(room)
    names = {r.number: r.name for r in rooms.values() if key in (None, r.key)}
    return everything(connection, names, since)


def _check(connection: sqlite3.Connection, options: Namespace) -> None:
    found = problems(connection, SHOWN)
    for problem in found:
        print(problem)
    if found:
        raise DatabaseError(f"{options.database} is damaged; restore a backup")
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    counts = {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("messages", "rooms", "accounts")
        if table in there
    }
    accounts = f", {counts['accounts']} accounts" if "accounts" in counts else ""
    print(
        f"{options.database} is sound: {counts['messages']} messages in "
        f"{counts['rooms']} rooms{accounts}"
    )


def _backup(connection: sqlite3.Connection, options: Namespace) -> None:
    out = options.out
    part = f"{out}.part"
    if Path(out).exists():
        raise DatabaseError(f"{out} exists already")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with closing(sqlite3.connect(part)) as copy:
                # All in one step: a server may write meanwhile, and this sees
                # the file as it was at the start.
                connection.backup(copy)
            os.rename(part, out)
        except BaseException:
            os.unlink(part)
            raise
    except (OSError, sqlite3.Error) as error:
        raise described(error, out) from None
    print(f"{out} is a copy of {options.database}")
