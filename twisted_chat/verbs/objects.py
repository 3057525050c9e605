"""A command as an object: ``{"do": "msg", "room": "#dev", "text": "hi"}``."""

from __future__ import annotations

from json import dumps, loads
from typing import NamedTuple

from ..events import ChatError
from .labels import MAX_LABEL

EXAMPLE = '{"do": "msg", "text": "hello"}'


class Order(NamedTuple):
    """:ivar fields: what is left without ``do`` and ``label``."""

    verb: str
    label: str
    fields: dict[str, object]


def parse_object(line: str) -> Order:
    """Read a line that begins with ``{``.  Of a key given twice the last counts.

    :raises ChatError: 461 for what is no such object; half a surrogate pair is
        none, as it is no character.
    """
    try:
        given: object = loads(line)
        dumps(given, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise ChatError(461, f"That is no JSON object; write {EXAMPLE}")
    label = given.pop("label", "")
    if not isinstance(label, str) or len(label) > MAX_LABEL:
        raise ChatError(461, f"label must be a text of at most {MAX_LABEL} characters")
    verb = given.pop("do", None)
    if not isinstance(verb, str):
        raise ChatError(461, f"What to do? Write {EXAMPLE}")
    return Order(verb.upper(), label, given)
