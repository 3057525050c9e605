"""What Tab makes of the word before the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..names import fold
from .chat import Chat
from .emoji import EMOJI

_ROOMS_AFTER = ("/join", "/j", "/part", "/leave", "/close")
_NAMES_AFTER = ("/go",)
_COMMANDS_AFTER = ("/help",)


class Completions(NamedTuple):
    """:ivar start: where what is completed begins.
    :ivar choices: what may stand there, the likeliest first.
    """

    start: int
    choices: list[str]


def completions(
    text: str, at: int, chat: Chat, commands: Iterable[str], known_rooms: Iterable[str]
) -> Completions:
    """What the word that ends at `at` may become."""
    start = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at)) + 1
    word, before = text[start:at], text[:start]
    verb = before.split(" ", 1)[0].lower()
    found: Iterable[str]
    if not before and word.startswith("/") and not word.startswith("//"):
        found = _starting(word[1:], commands, "/", " ")
    elif verb in _COMMANDS_AFTER:
        found = _starting(word, commands)
    elif verb in _NAMES_AFTER:
        found = [c.name for c in chat.conversations.matching(word)]
    elif word.startswith("#") or verb in _ROOMS_AFTER:
        found = _rooms(word, chat, known_rooms)
    elif word.startswith(":"):
        found = [
            f"{EMOJI[n]} " for n in sorted(EMOJI) if n.startswith(word[1:].lower())
        ]
    else:
        found = _nicks(word, before, chat)
    return Completions(start, list(dict.fromkeys(found)))


def _starting(
    part: str, words: Iterable[str], head: str = "", tail: str = ""
) -> list[str]:
    return [f"{head}{w}{tail}" for w in sorted(words) if w.startswith(part.lower())]


def _rooms(word: str, chat: Chat, known: Iterable[str]) -> list[str]:
    names = [c.name for c in chat.conversations.all() if c.is_room]
    return [
        f"{name} " for name in dict.fromkeys((*names, *known)) if _begins(name, word)
    ]


def _begins(room: str, word: str) -> bool:
    """Whether `room` begins with `word`, whose ``#`` may be missing."""
    name, part = fold(room), fold(word)
    return name.startswith(part) or name.lstrip("#").startswith(part)


def _nicks(word: str, before: str, chat: Chat) -> list[str]:
    current = chat.conversations.current
    if current is None:
        return []
    sign = "@" if word.startswith("@") else ""
    part = fold(word.removeprefix("@"))
    others = [c.name for c in chat.conversations.all() if not c.is_room]
    tail = " " if before or sign else ": "
    return [
        f"{sign}{nick}{tail}"
        for nick in (*current.nicks(), *others)
        if fold(nick).startswith(part) and fold(nick) != fold(chat.me)
    ]
