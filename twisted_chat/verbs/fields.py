"""What a command takes, and how it is read from a line or from an object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple, TypeAlias

from ..events import ChatError
from ..names import clean, is_room

MAX_DIGITS = 18
MAX_NAMED = 30

_WORD = re.compile(r"\s*(\S+)\s?")

Values: TypeAlias = Mapping[str, str]
"""The value of each field of a command; empty for one that was not given."""


class Kind(Enum):
    """What a field may hold."""

    WORD = "one word"
    NAMES = "one word or a list of words"
    ROOM = "the name of a room"
    NUMBER = "a number"
    TEXT = "a text"


class Field(NamedTuple):
    """One thing that a command takes.

    :ivar name: its key in an object.
    :ivar needed: whether the command makes no sense without it.
    :ivar shown: how the usage of a line shows it; None: by its name.
    :ivar apart: no line has it: there it could not be told from a text.
    """

    name: str
    kind: Kind = Kind.WORD
    needed: bool = False
    shown: str | None = None
    apart: bool = False

    @property
    def is_room(self) -> bool:
        return self.kind is Kind.ROOM

    @property
    def usage(self) -> str:
        """How the usage of a line shows it, in brackets where it isn't needed."""
        if self.shown is not None or self.apart:
            return self.shown or ""
        name = "#room" if self.kind is Kind.ROOM else self.name
        return name if self.needed else f"[{name}]"


def text(name: str = "text", needed: bool = True, shown: str | None = None) -> Field:
    """A field that takes all the rest of a line."""
    return Field(name, Kind.TEXT, needed, shown)


def word(name: str, needed: bool = True, shown: str | None = None) -> Field:
    """A field of one word, without spaces."""
    return Field(name, Kind.WORD, needed, shown)


ROOM = Field("room", Kind.ROOM)


class UsageError(ChatError):
    """Error 461: a line or an object that doesn't fit the command's usage."""

    def __init__(self, usage: str) -> None:
        super().__init__(461, f"Use {usage}")


def room_name(word: str) -> str:
    """A room as somebody calls it: ``dev`` means ``#dev``."""
    return word if not word or is_room(word) else f"#{word}"


def read_number(word: str) -> int | None:
    """The number that `word` is, of `MAX_DIGITS` ASCII digits at most; else None."""
    if word.isascii() and word.isdecimal() and len(word) <= MAX_DIGITS:
        return int(word)
    return None


def next_word(rest: str) -> tuple[str, str]:
    """The first word of `rest`, and what follows the one space behind it."""
    match = _WORD.match(rest)
    return (match[1], rest[match.end() :]) if match else ("", "")


def read_line(fields: Sequence[Field], rest: str, usage: Callable[[], str]) -> Values:
    """The fields in the rest of a line, in their order.

    A word that need not be given is read where enough others are left.  A room
    that need not be given is known by its ``#``, or by the number of words.

    :param usage: of the command, for one who is to be told.
    :raises ChatError: 461 for words too few or too many.
    """
    values = {field.name: "" for field in fields}
    fields = [field for field in fields if not field.apart]
    if fields and fields[0].kind is Kind.TEXT:
        values[fields[0].name] = rest
        return values
    count = len(rest.split())
    spare = count - sum(field.needed for field in fields)
    full = count == len(fields) and all(x.kind is not Kind.TEXT for x in fields)
    for field in fields:
        if field.kind is Kind.TEXT:
            values[field.name] = rest
            return values
        word, more = next_word(rest)
        if field.needed:
            if not word:
                raise UsageError(usage())
        elif field.kind is Kind.ROOM:
            if not full and not is_room(word):
                continue
        elif spare <= 0:
            continue
        spare -= not field.needed
        values[field.name] = room_name(word) if field.kind is Kind.ROOM else word
        rest = more
    if rest and not rest.isspace():
        raise UsageError(usage())
    return values


def read_object(
    name: str, fields: Sequence[Field], given: Mapping[str, object]
) -> Values:
    """The fields of an object, whose text stays in one piece whatever it is.

    :raises ChatError: 461 for a key that is missing, unknown, or of a wrong type.
    """
    known = {field.name: field for field in fields}
    values = dict.fromkeys(known, "")
    for key, value in given.items():
        if key not in known:
            takes = ", ".join(known) or "nothing"
            raise ChatError(461, f"{name} has no {_shown(key)}; it takes {takes}")
        values[key] = _value(known[key], value)
    for field in fields:
        if field.needed and (
            field.name not in given
            or (field.kind is not Kind.TEXT and not values[field.name])
        ):
            raise ChatError(461, f"{name} needs {field.name}: {field.kind.value}")
    return values


def _value(field: Field, value: object) -> str:
    match field.kind, value:
        case Kind.TEXT, str():
            return value
        case Kind.ROOM, str() if _is_word(value):
            return room_name(value)
        case Kind.NUMBER, int() if not isinstance(value, bool):
            if 0 <= value < 10**MAX_DIGITS:
                return str(value)
        case ((Kind.WORD | Kind.NAMES), str()) if _is_word(value):
            return value
        case Kind.NAMES, list():
            names = [name for name in value if isinstance(name, str)]
            if len(names) == len(value) and all(map(_is_name, names)):
                return ",".join(names)
    raise ChatError(461, f"{field.name} must be {field.kind.value}")


def _is_word(value: str) -> bool:
    return not any(map(str.isspace, value))


def _is_name(value: str) -> bool:
    return bool(value) and _is_word(value) and "," not in value


def _shown(key: str) -> str:
    return clean(key)[:MAX_NAMED] or "such key"
