"""What was said before: paging, searching, and whether to be shown it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError
from ..hub import Session
from ..hub.recall import A_PAGE
from ..names import is_room
from .command import Command, Outcome, plain

if TYPE_CHECKING:
    from .interpreter import Interpreter

MOST_DIGITS = 18

HISTORY = "HISTORY [#room] [n] [before id|after id|around id]"
SEARCH = "SEARCH words [before id]"


def _number(word: str) -> int | None:
    if word.isascii() and word.isdecimal() and len(word) <= MOST_DIGITS:
        return int(word)
    return None


def _history(session: Session, rest: str) -> Outcome:
    words = rest.lower().split()
    room = words.pop(0) if words and is_room(words[0]) else ""
    n = _number(words[0]) if words else None
    if n is not None:
        del words[0]
    n = A_PAGE if n is None else n
    if not words:
        return session.history(room, n)
    id = _number(words[1]) if len(words) == 2 else None
    if id is None or words[0] not in ("before", "after", "around"):
        raise ChatError(461, f"Use {HISTORY}")
    return session.history(room, n, words[0], id)


def _search(session: Session, rest: str) -> Outcome:
    words = rest.split()
    if len(words) > 2 and words[-2].lower() == "before":
        before = _number(words[-1])
        if before is not None:
            return session.search(" ".join(words[:-2]), before)
    return session.search(rest)


def _replay(interpreter: Interpreter, rest: str) -> None:
    choice = rest.strip().lower()
    if choice not in ("on", "off"):
        raise ChatError(461, "Use REPLAY on or REPLAY off")
    interpreter.session.replay = choice == "on"
    interpreter.tell(
        "You are shown what was said last when you come into a room"
        if interpreter.session.replay
        else "You are not shown what was said before you come"
    )


COMMANDS: dict[str, Command] = {
    "HISTORY": plain(HISTORY, "show what was said before", _history),
    "SEARCH": plain(SEARCH, "find messages in the rooms that you are in", _search),
    "REPLAY": Command(
        "REPLAY on|off", "be shown the last messages of a room", _replay, True
    ),
}
