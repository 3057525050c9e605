"""The rooms that somebody was in, for the next time they come."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from ..events import ChatError
from ..names import check_room, is_room

MOST = 150


def state_path() -> Path:
    """The folder for what the client keeps (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(home).expanduser() / "twisted-chat"


class Remembered:
    """A file with a room a line; what can't be read or written isn't kept.

    :param who: whose rooms these are, and on which server.
    """

    def __init__(self, who: str) -> None:
        self._path = state_path() / f"{quote(who, safe='@')[:200]}.rooms"
        self._written: tuple[str, ...] = ()

    def read(self) -> tuple[str, ...]:
        """The rooms of the last time."""
        try:
            lines = self._path.read_text("utf-8").splitlines()
        except (OSError, ValueError):
            return ()
        self._written = tuple(line for line in lines[:MOST] if _may_be(line))
        return self._written

    def write(self, rooms: Sequence[str]) -> None:
        """Keep `rooms` in place of those before; no-op where they are the same."""
        if (rooms := tuple(rooms)) == self._written:
            return
        self._written = rooms
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(number, "w", encoding="utf-8", errors="replace") as file:
                file.writelines(f"{room}\n" for room in rooms)
            new.replace(self._path)


def _may_be(room: str) -> bool:
    try:
        return is_room(room) and bool(check_room(room))
    except ChatError:
        return False
