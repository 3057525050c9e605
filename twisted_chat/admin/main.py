"""The command line of ``twisted-chat-admin``."""

from __future__ import annotations

import os
import sqlite3
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ..control.client import NoServerError, RefusedError, ask
from ..storage.database import (
    DatabaseError,
    claim,
    described,
    open_as_it_is,
    open_file,
)
from . import history, nodes, people, settings

DATABASE = "twisted-chat.sqlite"
TOPICS = (people, history, settings, nodes)


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says.

    :raises SystemExit: with 1 and one line on stderr when it can't be done.
    """
    parser = ArgumentParser(
        prog="twisted-chat-admin", description="Look after what a chat server keeps."
    )
    parser.add_argument(
        "--database", default=DATABASE, metavar="F", help="the file [%(default)s]"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for topic in TOPICS:
        topic.add_commands(commands)
    parser.set_defaults(upgrades=True, ask=None, run=None)
    options = parser.parse_args(arguments)
    path = options.database
    try:
        if not Path(path).is_file():
            raise DatabaseError(f"there is no file {path}")
        if options.ask is None or not _asked(path, options):
            _work_on_file(path, options)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()
    except (DatabaseError, RefusedError, OSError, sqlite3.Error) as error:
        raise SystemExit(f"twisted-chat-admin: {described(error, path)}") from None


def _asked(path: str, options: Namespace) -> bool:
    """Have the server that uses the file do it; False where there is none."""
    do, fields = options.ask(options)
    try:
        lines = ask(path, do, **fields)
    except NoServerError:
        return False
    for line in lines:
        print(line)
    return True


def _work_on_file(path: str, options: Namespace) -> None:
    if options.run is None:
        raise DatabaseError(f"no server uses {path} now")
    # A server that can't be asked would not notice what changes.
    lock = claim(path) if options.ask is not None else None
    try:
        with closing(_open(path, options.upgrades)) as connection:
            options.run(connection, options)
    finally:
        if lock is not None:
            os.close(lock)


def _open(path: str, upgrades: bool) -> sqlite3.Connection:
    """What changes something needs tables of today; looking at a file doesn't."""
    if not upgrades:
        return open_as_it_is(path)
    return open_file(path, lambda line: print(line, file=sys.stderr))
