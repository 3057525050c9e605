"""``header64``: 64 bytes of header, then ``[name] : text``."""

from __future__ import annotations

import re

from ... import events as e
from ...names import NICK
from ...outcomes import Outcome, run, settled
from .common import PRIVATE, SERVER, TextbookDoor, format_of, why, words
from .headers import HeaderConnection, field

WIDTH = 64
GOODBYE = "!DISCONNECT"

_BODY = re.compile(rf"\s*\[([^\]]*|\s*{NICK}\s*)\]\s*: ?(.*)", re.DOTALL)


def _message(sender: str, text: str) -> bytes:
    return field(WIDTH, f"[{sender}] : {text}")


FORMAT = format_of(
    "header64",
    {
        e.Said: lambda event: _message(event.nick, words(event)),
        e.Whispered: lambda event: _message(f"{event.nick}{PRIVATE}", words(event)),
        e.Notice: lambda event: _message(SERVER, event.text),
        e.Failed: lambda event: _message(SERVER, why(event)),
    },
)


class Header64Connection(HeaderConnection):
    """A peer of the header64 door."""

    width = WIDTH
    _name = ""

    def text_received(self, text: str) -> Outcome:
        return run(self._take(text))

    async def _take(self, text: str) -> None:
        match = _BODY.fullmatch(text)
        said = (match[2] if match else text).strip("\r\n")
        if match:
            await self._take_name(match[1].strip())
        elif said.strip() != GOODBYE:
            raise e.ChatError(400, "Start each message with [name] :")
        if self.session.user is not None and said.strip():
            await settled(self.say(said))
        if said.split()[-1:] == [GOODBYE]:
            self.end("")

    async def _take_name(self, name: str) -> None:
        # The name is compared, not the nick: the client isn't told when the hub
        # renames it.
        if name != self._name:
            await settled(self.session.set_nick(name))
            self._name = name


class Header64Door(TextbookDoor):
    format = FORMAT
    protocol = Header64Connection  # type: ignore[assignment]
