"""The scripts that Redis runs, each all or nothing: see the directory ``lua``."""

from __future__ import annotations

from enum import Enum
from hashlib import sha1
from importlib.resources import files

_DIRECTORY = files(__package__) / "lua"
_COMMON = (_DIRECTORY / "common.lua").read_bytes()


class Script(Enum):
    """One script an operation.

    :ivar source: as Redis is given it.
    :ivar digest: by which Redis then knows it.
    """

    LOOK = "look"
    ENTER = "enter"
    APPEND = "append"
    RENEW = "renew"
    REMOVE = "remove"
    PUT_SNAPSHOT = "put_snapshot"
    SNAPSHOT = "snapshot"
    TRIM = "trim"
    REPORT = "report"
    OPEN = "open"

    def __init__(self, name: str) -> None:
        self.source = _COMMON + (_DIRECTORY / f"{name}.lua").read_bytes()
        self.digest = sha1(self.source, usedforsecurity=False).hexdigest()


SOURCES = tuple(script.source for script in Script)
