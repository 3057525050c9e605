"""Operators, and what they did."""

from __future__ import annotations

import json
import sqlite3
import time
from argparse import Namespace
from typing import Any

from ..events import ChatError
from ..grammar.json import stamp
from ..history.purging import purge_file
from ..names import fold
from ..storage.accounts_sqlite import (
    all_operators,
    drop_proofs,
    remove,
    set_hash,
    set_operator,
)
from ..storage.database import DatabaseError
from ..storage.moderation import AuditEntry
from ..storage.moderation_sqlite import add_audit_entry, last_audit_entries
from ..storage.passwords import HASHER, as_bytes, check_password
from ..storage.purges import Purge, put_purge
from .arguments import duration, typed_password

SHOWN = 1000


def add_commands(commands: Any) -> None:
    operator = commands.add_parser("operator", help="who may keep order everywhere")
    which = operator.add_subparsers(required=True, metavar="add|remove|list")
    for name, help in (
        ("add", "make a registered nick an operator"),
        ("remove", "make an operator an ordinary account"),
    ):
        change = which.add_parser(name, help=help)
        change.add_argument("nick")
        change.set_defaults(run=_change, ask=_ask_change, operator=name == "add")
    which.add_parser("list", help="show all operators").set_defaults(run=_list)
    account = commands.add_parser("account", help="registered nicks")
    deeds = account.add_subparsers(required=True, metavar="password|remove")
    password = deeds.add_parser("password", help="set another, asked for or on stdin")
    password.add_argument("nick")
    password.set_defaults(run=_password, ask=_ask_password)
    gone = deeds.add_parser("remove", help="give a registered nick up")
    gone.add_argument("nick")
    gone.set_defaults(run=_remove, ask=_ask_remove)
    purge = commands.add_parser("purge", help="delete all that somebody wrote")
    purge.add_argument("nick")
    purge.add_argument("--room", metavar="R", default="", help="only in this room")
    purge.add_argument(
        "--since", type=duration, metavar="D", help="only what is no older than D"
    )
    purge.add_argument("--yes", action="store_true", help="do it, and ask no more")
    purge.set_defaults(run=_purge, ask=_ask_purge)
    audit = commands.add_parser("audit", help="what operators and owners did")
    audit.add_argument(
        "--since",
        type=duration,
        metavar="D",
        help="no longer ago than D, such as 1d12h",
    )
    audit.add_argument(
        "--last", type=int, default=SHOWN, metavar="N", help="at most N [%(default)s]"
    )
    audit.add_argument("--format", choices=("text", "json"), default="text")
    audit.set_defaults(run=_audit)


def _change(connection: sqlite3.Connection, options: Namespace) -> None:
    if not set_operator(connection, options.nick, options.operator):
        raise DatabaseError(f"{options.nick} is not registered; REGISTER comes first")
    what = "OPERATOR" if options.operator else "UNOPERATOR"
    add_audit_entry(
        connection, AuditEntry(time.time(), "admin", what, "", options.nick, "")
    )
    now = "an operator" if options.operator else "no operator any more"
    print(f"{options.nick} is {now}")


def _password(connection: sqlite3.Connection, options: Namespace) -> None:
    if not set_hash(connection, options.nick, _hash(options)):
        raise DatabaseError(f"{options.nick} is not registered")
    # Whoever had got into the account may have left a way back in.
    drop_proofs(connection, options.nick)
    add_audit_entry(
        connection, AuditEntry(time.time(), "admin", "PASSWD", "", options.nick, "")
    )
    print(f"{options.nick} has another password")


def _hash(options: Namespace) -> str:
    """The hash of the password that is typed, once, or stands on stdin."""
    if "hash" not in options:
        password = typed_password(f"New password for {options.nick}: ")
        try:
            options.hash = HASHER.hash(as_bytes(check_password(password)))
        except ChatError as error:
            raise DatabaseError(error.text) from None
    hash: str = options.hash
    return hash


# What a server is asked for


def _ask_change(options: Namespace) -> tuple[str, dict[str, object]]:
    return "operator", {"nick": options.nick, "on": options.operator}


def _ask_password(options: Namespace) -> tuple[str, dict[str, object]]:
    return "password", {"nick": options.nick, "hash": _hash(options)}


def _ask_remove(options: Namespace) -> tuple[str, dict[str, object]]:
    return "remove", {"nick": options.nick}


def _remove(connection: sqlite3.Connection, options: Namespace) -> None:
    if not remove(connection, options.nick):
        raise DatabaseError(f"{options.nick} is not registered")
    add_audit_entry(
        connection, AuditEntry(time.time(), "admin", "UNREGISTER", "", options.nick, "")
    )
    print(f"{options.nick} is not registered any more")


def _check_sure(options: Namespace) -> None:
    if not options.yes:
        raise DatabaseError(
            f"that deletes all that {options.nick} wrote; to do it, add --yes"
        )


def _ask_purge(options: Namespace) -> tuple[str, dict[str, object]]:
    _check_sure(options)
    words = {"nick": options.nick, "room": options.room}
    return "purge", {**words, "seconds": str(options.since or 0)}


def _purge(connection: sqlite3.Connection, options: Namespace) -> None:
    """Nobody uses the file: it is deleted at once."""
    _check_sure(options)
    found = connection.execute(
        "SELECT number FROM accounts WHERE key = ?", (fold(options.nick),)
    )
    numbers = tuple(number for (number,) in found)
    since = time.time() - options.since if options.since else 0.0
    who = numbers, fold(options.nick), not numbers, fold(options.room)
    purge = Purge(*who, since, time.time())
    purge_file(connection, purge)
    # The next start looks once more, at what a sudden end has left beside the file too.
    put_purge(connection, purge)
    add_audit_entry(
        connection,
        AuditEntry(time.time(), "admin", "PURGE", options.room, options.nick, ""),
    )
    # SQLite zeroes what is deleted, but not a copy that it left in a page's unused part
    # when it moved the row to another page: that goes with the page.
    connection.execute("VACUUM")
    print(f"all that {options.nick} wrote is deleted")


def _list(connection: sqlite3.Connection, options: Namespace) -> None:
    for nick in all_operators(connection):
        print(nick)


def _audit(connection: sqlite3.Connection, options: Namespace) -> None:
    since = time.time() - options.since if options.since else 0.0
    for entry in last_audit_entries(connection, max(0, options.last), since):
        if options.format == "json":
            print(json.dumps({**entry._asdict(), "at": stamp(entry.at)}))
        else:
            words = (stamp(entry.at), entry.by, entry.what, entry.room, entry.target)
            reason = f"({entry.reason})" if entry.reason else ""
            print(*filter(None, (*words, reason)))
