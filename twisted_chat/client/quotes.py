"""What was shown lately, so that an answer can say what it answers."""

from __future__ import annotations

from ..names import beginning, fold
from ..terminal.fields import Event, Fields

MOST = 500
_SAID = ("message", "action", "private")
_Key = tuple[str, int]


class Quotes:
    """The beginnings of the last messages, by their places and ids."""

    def __init__(self) -> None:
        self._known: dict[_Key, str] = {}

    def learn(self, event: Event, me: str) -> None:
        """Keep what `event` says, or forget it where it is gone."""
        f = Fields(event)
        key = place_of(f, me), f.number("id")
        if event["event"] == "deleted" or isinstance(event.get("deleted"), dict):
            self._known.pop(key, None)
        elif key[1] > 0 and event["event"] in (*_SAID, "edited"):
            words = beginning(f.lines("text").replace("\n", " "))
            self._known[key] = f"{f.text('nick')}: {words}"
            if len(self._known) > MOST:
                del self._known[next(iter(self._known))]

    def of(self, event: Event, me: str) -> str:
        """What `event` answers, as FORMAT text has it; empty for nothing."""
        f = Fields(event)
        if (id := f.number("reply_to")) <= 0:
            return ""
        known = self._known.get((place_of(f, me), id), "an earlier message")
        return f" (to {known})"


def place_of(f: Fields, me: str) -> str:
    """A room, or ``@`` and the others of a private conversation."""
    if room := f.text("room"):
        return fold(room)
    people = f.text("with").split(",") if f.text("with") else []
    if not people:
        people = [n for n in (f.text("nick"), *f.texts("to")) if fold(n) != fold(me)]
    return f"@{','.join(sorted({fold(name) for name in people}))}"
