"""Operators, and what they did."""

from __future__ import annotations

import json
import sqlite3
import time
from argparse import ArgumentTypeError, Namespace
from typing import Any

from ..accounts_sqlite import all_operators, set_operator
from ..database import DatabaseError
from ..durations import parse_duration
from ..grammar.json import stamp
from ..ledger import Deed
from ..ledger_sqlite import last_deeds, note

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
        change.set_defaults(run=_change, operator=name == "add")
    which.add_parser("list", help="show all operators").set_defaults(run=_list)
    audit = commands.add_parser("audit", help="what operators and owners did")
    audit.add_argument(
        "--since", type=_span, metavar="D", help="no longer ago than D, such as 1d12h"
    )
    audit.add_argument(
        "--last", type=int, default=SHOWN, metavar="N", help="at most N [%(default)s]"
    )
    audit.add_argument("--format", choices=("text", "json"), default="text")
    audit.set_defaults(run=_audit)


def _span(text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _change(connection: sqlite3.Connection, options: Namespace) -> None:
    if not set_operator(connection, options.nick, options.operator):
        raise DatabaseError(f"{options.nick} is not registered; REGISTER comes first")
    what = "OPERATOR" if options.operator else "UNOPERATOR"
    note(connection, Deed(time.time(), "admin", what, "", options.nick, ""))
    now = "an operator" if options.operator else "no operator any more"
    print(f"{options.nick} is {now}; a running server knows it within 3 s")


def _list(connection: sqlite3.Connection, options: Namespace) -> None:
    for nick in all_operators(connection):
        print(nick)


def _audit(connection: sqlite3.Connection, options: Namespace) -> None:
    since = time.time() - options.since if options.since else 0.0
    for deed in last_deeds(connection, max(0, options.last), since):
        if options.format == "json":
            print(json.dumps({**deed._asdict(), "at": stamp(deed.at)}))
        else:
            words = (stamp(deed.at), deed.by, deed.what, deed.room, deed.target)
            reason = f"({deed.reason})" if deed.reason else ""
            print(*filter(None, (*words, reason)))
