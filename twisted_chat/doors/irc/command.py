"""What a command of IRC is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.defer import Deferred

from ...names import fold

if TYPE_CHECKING:
    from .connection import IRCConnection
    from .message import Message


def listed(words: str) -> list[str]:
    """What is named in a list with commas, each once, however it is written."""
    if "," not in words:
        return [words] if words else []
    return list({fold(word): word for word in words.split(",") if word}.values())


Run = Callable[["IRCConnection", "Message"], Deferred[Any] | None]


Asks = Callable[["IRCConnection", "Message"], bool]


def never(c: IRCConnection, message: Message) -> bool:
    """For a command that changes something."""
    return False


def always(c: IRCConnection, message: Message) -> bool:
    """For a command that only asks."""
    return True


def alone(c: IRCConnection, message: Message) -> bool:
    """For a command that only asks where it names a room or a nick, and no more."""
    return len(message.params) <= 1


class Command(NamedTuple):
    """A command that a client can give.

    :ivar run: does it, or raises `ChatError`.
    :ivar least: how many parameters it needs; 461 with fewer.
    :ivar early: whether it may come before the welcome; else 451.
    :ivar asks: whether such a message only asks, and changes nothing.
    :ivar usage: its parameters, as somebody writes them.
    :ivar about: what it does, for HELP and docs/irc.rst, in whose markup it is.
    """

    run: Run
    least: int = 0
    early: bool = False
    asks: Asks = never
    usage: str = ""
    about: str = ""
