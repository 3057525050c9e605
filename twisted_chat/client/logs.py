"""What was said, kept in text files: one for each room or person."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from ..events import ChatError
from ..names import check_nick, check_room, fold, is_room
from ..terminal.fields import Event, Fields
from .display import lines_for


class Logs:
    """Appends to ``folder/room.log``; what can't be written isn't kept.

    :param folder: is made if it isn't there; only its owner may look into it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: dict[str, int] = {}
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def event(self, event: Event, me: str) -> None:
        """Keep what was said, and what was missed, once."""
        f = Fields(event)
        if event["event"] in ("message", "action"):
            room, id = f.text("room"), f.number("id")
            if f.flag("replay") and id <= self._last.get(fold(room), id):
                return  # it is there, from this run or an earlier one
            self._last[fold(room)] = id
            self._write(room, event, me)
        elif event["event"] == "private":
            own = fold(f.text("nick")) == fold(me)
            for name in f.texts("to") if own else (f.text("nick"),):
                self._write(name, event, me)

    def _write(self, name: str, event: Event, me: str) -> None:
        try:
            check_room(name) if is_room(name) else check_nick(name)
        except ChatError:
            return
        path = self._folder / f"{quote(fold(name), safe='#')}.log"
        with suppress(OSError):
            number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(number, "a", encoding="utf-8", errors="replace") as file:
                for line in lines_for(event, me):
                    when = f"{line.at:%Y-%m-%d %H:%M:%S} " if line.at else ""
                    file.write(f"{when}{line.text}\n")
