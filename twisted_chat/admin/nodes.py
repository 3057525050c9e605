"""The servers that are one chat, by asking one of them."""

from __future__ import annotations

from argparse import Namespace
from typing import Any


def add_commands(commands: Any) -> None:
    """Add ``nodes`` and ``bus open`` to the command line."""
    nodes = commands.add_parser("nodes", help="list the servers that are one chat")
    nodes.set_defaults(ask=_nodes)
    bus = commands.add_parser("bus", help="the log that they share")
    which = bus.add_subparsers(required=True, metavar="open")
    force = which.add_parser("open", help="go on without those that don't come back")
    force.set_defaults(ask=_open)


def _nodes(options: Namespace) -> tuple[str, dict[str, object]]:
    return "nodes", {}


def _open(options: Namespace) -> tuple[str, dict[str, object]]:
    return "bus-open", {}
