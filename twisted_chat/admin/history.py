"""What was said, printed; the file, verified and copied."""

from __future__ import annotations

import os
import sqlite3
import time
from argparse import Namespace
from contextlib import closing
from pathlib import Path
from typing import Any

from ..control.client import NoServerError, ask
from ..grammar import json, text
from ..history import tables
from ..history.export import everything, problems
from ..hub.conversations import name_of, people_of
from ..names import LOBBY, fold, is_conversation
from ..storage.accounts_sqlite import all_accounts
from ..storage.database import DatabaseError, described
from ..storage.migrations import LATEST
from ..storage.moderation import AuditEntry
from ..storage.moderation_sqlite import add_audit_entry
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
    export.add_argument(
        "--private",
        metavar="ACCOUNT",
        help="what this account has written and read in private; the audit says so",
    )
    export.set_defaults(run=_export, upgrades=False)
    check = commands.add_parser("check", help="verify the file")
    check.set_defaults(run=_check, upgrades=False)
    backup = commands.add_parser("backup", help="copy the file, also while it is used")
    backup.add_argument("out", metavar="OUT", help="where to; must not exist")
    backup.set_defaults(run=_backup, upgrades=False)


def _export(connection: sqlite3.Connection, options: Namespace) -> None:
    since = time.time() - options.since if options.since else 0.0
    if options.private is not None:
        names = _conversations(connection, options.private)
        _record(connection, options)
    else:
        names = _rooms(connection, options.room)
    for message in everything(connection, names, since):
        if options.format == "json":
            print(json.placed(json.shown(message)))
        else:
            placed = message.room == LOBBY and message.kind != "topic"
            room = f"{message.room} " if placed else ""
            words = "\n".join(text.shown(message))
            print(f"{json.stamp(message.at)} {room}{words}")


def _rooms(connection: sqlite3.Connection, room: str | None) -> dict[int, str]:
    """The names of the rooms to print, by number; never a private conversation."""
    rooms = {
        key: known
        for key, known in tables.rooms(connection).items()
        if not is_conversation(key)
    }
    if room is not None and fold(room) not in rooms:
        raise DatabaseError(f"nothing was ever said in {room}")
    key = None if room is None else fold(room)
    return {r.number: r.name for r in rooms.values() if key in (None, r.key)}


def _conversations(connection: sqlite3.Connection, nick: str) -> dict[int, str]:
    """What the others of the account's conversations are called, by room's number."""
    if connection.execute("PRAGMA user_version").fetchone()[0] < LATEST:
        raise DatabaseError("the file is older than this version, and keeps none")
    nicks = {account.number: account.nick for account in all_accounts(connection)}
    found = [n for n, each in nicks.items() if fold(each) == fold(nick)]
    if not found:
        raise DatabaseError(f"{nick} is not registered")
    [mine] = found
    return {
        room.number: name_of(room.key, mine, nicks)
        for room in tables.rooms(connection).values()
        if is_conversation(room.key) and mine in people_of(room.key)
    }


def _record(connection: sqlite3.Connection, options: Namespace) -> None:
    """Put down in the audit that somebody reads what is written in private."""
    try:
        ask(options.database, "export", nick=options.private)
    except NoServerError:
        entry = AuditEntry(time.time(), "admin", "EXPORT", "", options.private, "")
        with connection:
            add_audit_entry(connection, entry)


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
    [[private]] = connection.execute("SELECT count(*) FROM rooms WHERE key GLOB '@*'")
    conversations = f" and {private} private conversations" if private else ""
    print(
        f"{options.database} is sound: {counts['messages']} messages in "
        f"{counts['rooms'] - private} rooms{conversations}{accounts}"
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
