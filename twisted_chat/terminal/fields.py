"""The fields of an event of the server, none of which is trusted.

A field may be missing, of another type, or full of escape sequences.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from ..names import clean

Event = dict[str, Any]


class Fields:
    """Reads the fields of one event, each as the type it should have.

    A field that is missing or of another type is empty, 0 or False.
    """

    def __init__(self, event: Event) -> None:
        self._event = event

    def has(self, name: str) -> bool:
        """Whether it is there, of whatever type."""
        return name in self._event

    def text(self, name: str) -> str:
        """A text, without what could act on a terminal: see `clean`."""
        value = self._event.get(name)
        return clean(value) if isinstance(value, str) else ""

    def lines(self, name: str) -> str:
        """A text that may have lines, each of them as by `text`."""
        value = self._event.get(name)
        if not isinstance(value, str):
            return ""
        if "\n" not in value:
            return clean(value)
        return "\n".join(map(clean, value.split("\n")))

    def number(self, name: str) -> int:
        """A whole number; 0 also for one with more than 15 digits."""
        value = self._event.get(name)
        return value if isinstance(value, int) and abs(value) < 1e15 else 0

    def flag(self, name: str) -> bool:
        return self._event.get(name) is True

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, each as by `text`; what is none is left out."""
        value = self._event.get(name)
        words = value if isinstance(value, list) else []
        return tuple(clean(word) for word in words if isinstance(word, str))

    def events(self, name: str) -> list[Event]:
        """A list of objects, which are events or parts of one; others are left out."""
        value = self._event.get(name)
        things = value if isinstance(value, list) else []
        return [thing for thing in things if isinstance(thing, dict)]

    def parts(self, name: str) -> list[Fields]:
        """As `events`, each ready to be read."""
        return [Fields(thing) for thing in self.events(name)]

    def time(self, name: str, zone: tzinfo | None = None) -> datetime | None:
        """A time in `zone`, by default the local one; None for none."""
        try:
            return datetime.fromisoformat(self.text(name)).astimezone(zone)
        except (ValueError, OverflowError):
            return None

    def seconds(self, name: str) -> float:
        """A time in seconds since the epoch; 0 for none."""
        time = self.time(name)
        try:
            return time.timestamp() if time else 0.0
        except (ValueError, OverflowError):
            return 0.0
