"""What a command of the line protocol is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from twisted.internet.defer import Deferred

from ..events import ChatError
from ..hub import Session

if TYPE_CHECKING:
    from .interpreter import Interpreter


Outcome: TypeAlias = Deferred[Any] | None


class Command(NamedTuple):
    """A command of the line protocol; `run` gets the rest of the line.

    It takes effect, or raises `ChatError`; or one of them comes later, by a
    Deferred, and the session's next line waits for that.
    """

    usage: str
    help: str
    run: Callable[[Interpreter, str], object]
    before_nick: bool = False


def word(
    usage: str,
    help: str,
    run: Callable[[Session, str], object],
    before_nick: bool = False,
) -> Command:
    """A command that needs exactly one word, or answers 461 with its usage."""

    def check(interpreter: Interpreter, rest: str) -> object:
        words = rest.split()
        if len(words) != 1:
            raise ChatError(461, f"Use {usage}")
        return run(interpreter.session, words[0])

    return Command(usage, help, check, before_nick)


def plain(usage: str, help: str, run: Callable[[Session, str], object]) -> Command:
    """A command that hands the rest of the line to the session."""
    return Command(usage, help, lambda i, rest: run(i.session, rest))
