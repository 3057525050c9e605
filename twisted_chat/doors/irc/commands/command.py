"""What a command of IRC is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.defer import Deferred

from ....names import fold

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..message import Message


def listed(words: str) -> list[str]:
    """What is named in a list with commas, each once, however it is written."""
    return list({fold(word): word for word in words.split(",") if word}.values())


Run = Callable[["IRCConnection", "Message"], Deferred[Any] | None]


class Command(NamedTuple):
    """A command that a client can give.

    :ivar run: does it, or raises `ChatError`.
    :ivar least: how many parameters it needs; 461 with fewer.
    :ivar early: whether it may come before the welcome; else 451.
    """

    run: Run
    least: int = 0
    early: bool = False
