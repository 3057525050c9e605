"""``header10``: fields of 10 bytes of header and a body; the first is the name."""

from __future__ import annotations

from ... import events as e
from ...outcomes import Outcome, run, settled
from .common import PRIVATE, SERVER, TextbookDoor, format_of, why, words
from .headers import HeaderConnection, field

WIDTH = 10


def _message(sender: str, text: str) -> bytes:
    return field(WIDTH, sender) + field(WIDTH, text)


FORMAT = format_of(
    "header10",
    {
        e.Said: lambda event: _message(event.nick, words(event)),
        e.Whispered: lambda event: _message(f"{event.nick}{PRIVATE}", words(event)),
        e.Failed: lambda event: _message(SERVER, why(event)),
    },
)


class Header10Connection(HeaderConnection):
    """A peer of the header10 door."""

    width = WIDTH

    def text_received(self, text: str) -> Outcome:
        text = text.strip()
        if self.session.user is None:
            return run(self._take_name(text))
        return self.say(text) if text else None

    async def _take_name(self, name: str) -> None:
        try:
            await settled(self.session.set_nick(name))
        except e.ChatError as error:
            self.refuse(error)


class Header10Door(TextbookDoor):
    format = FORMAT
    protocol = Header10Connection  # type: ignore[assignment]
