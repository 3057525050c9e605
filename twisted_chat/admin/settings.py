"""The settings that all servers of a chat share, by asking one of them."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..hub.setting_values import read_password
from ..storage.database import DatabaseError
from ..storage.passwords import HASHER, as_bytes
from .arguments import typed_password


def add_commands(commands: Any) -> None:
    """Add ``settings`` to the command line."""
    settings = commands.add_parser(
        "settings", help="what all servers of a chat share, while they run"
    )
    settings.set_defaults(ask=_list)
    which = settings.add_subparsers(metavar="set|unset")
    put = which.add_parser("set", help="change one; a password is asked for, or stdin")
    put.add_argument("name", help="as the option of twistd chat, such as max-clients")
    put.add_argument("value", nargs="?")
    put.set_defaults(ask=_set)
    drop = which.add_parser("unset", help="as if the option were not given")
    drop.add_argument("name")
    drop.set_defaults(ask=_unset)


def _list(options: Namespace) -> tuple[str, dict[str, object]]:
    return "settings", {}


def _set(options: Namespace) -> tuple[str, dict[str, object]]:
    name, value = options.name, options.value
    if name == "password":
        if value is not None:
            # Others could read it in the list of processes.
            raise DatabaseError("a password is asked for, or stands on stdin")
        try:
            word = read_password(typed_password("New password of the server: "))
        except ValueError as error:
            raise DatabaseError(str(error)) from None
        value = HASHER.hash(as_bytes(word))
    elif value is None:
        raise DatabaseError(f"what shall {name} be?")
    return "setting", {"name": name, "value": value}


def _unset(options: Namespace) -> tuple[str, dict[str, object]]:
    return "setting", {"name": options.name, "value": None}
