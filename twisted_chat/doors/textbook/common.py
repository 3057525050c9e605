"""What the textbook doors share: how their formats show things, their errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ...events import ChatError, Failed, Kicked, Said, Whispered
from ...fanout import Format
from ...hub import Hub
from ...names import clean
from ...outcomes import Outcome
from ..base import Connection, Door
from ..taker import F

SERVER = "server"
PRIVATE = " (private)"

# Their advice is about commands of the line protocol.
_NO_ADVICE = frozenset((401, 404, 412, 431, 451, 464))

# What people type who know from elsewhere, such as IRC, how to log in.
_PASSWORD = re.compile(
    r"\W*(?:(?:quote|raw)\s+)?"
    r"(?:(?:(?:msg|notice|priv|privmsg|query|squery)\s+)?@?(?:nickserv|ns)\b\W*)?"
    r"(?:identify|login|passwd|register|unregister)[\s:=]+\S",
    re.IGNORECASE,
)


def format_of(name: str, shows: Mapping[type, Callable[[Any], bytes]]) -> Format:
    """A format that shows the events in `shows`, and nothing else.

    Who shows `Failed` shows in the same way that somebody was kicked.
    """
    shows = dict(shows)
    if failed := shows.get(Failed):
        shows[Kicked] = lambda event: failed(Failed(465, _kicked(event), event.at))

    def encode(event: object) -> bytes:
        show = shows.get(type(event))
        if show is None:
            return b""
        if isinstance(event, Said | Whispered) and "\n" in event.text:
            # A message for each line that is not blank: it can't be another's then.
            lines = filter(None, event.text.split("\n"))
            return b"".join(show(event._replace(text=line)) for line in lines)
        return show(event)

    return Format(name, encode)


def _kicked(event: Kicked) -> str:
    reason = f" ({event.reason})" if event.reason else ""
    where = event.room or "the chat"
    return f"{event.nick} was kicked out of {where} by {event.by}{reason}"


def line(text: str) -> bytes:
    """`text` and LF, in UTF-8."""
    return f"{text}\n".encode()


def words(event: Said | Whispered) -> str:
    """What somebody said; what somebody did, as these formats can say it."""
    return f"* {event.text}" if event.kind == "action" else event.text


def why(event: Failed) -> str:
    """What went wrong, without advice that no textbook client could follow."""
    text = clean(event.text)
    return text.partition(";")[0] if event.code in _NO_ADVICE else text


def decoded(data: bytes) -> str:
    """`data` as text.

    :raises ChatError: 400 when it is not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ChatError(
            400, "That message is not UTF-8; nobody else has seen it"
        ) from None


def check_no_password(text: str) -> None:
    """Refuse `text` that is meant to tell the server a password.

    Nobody can log in at these doors, so everyone would be shown it.

    :raises ChatError: 421 for such a text.
    """
    if any(map(_PASSWORD.match, map(clean, text.splitlines()))):
        raise ChatError(
            421,
            "That reads like a password, so nobody was shown it: "
            "there is no logging in at this door",
        )


class TextbookDoor(Door):
    """A door of one textbook format.

    The sender name ``server`` is its own: see `names.RESERVED`.
    """

    format: Format
    logs_in = False

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub, f"textbook {self.format.name}")


class TextbookConnection(Connection[F]):
    """A connection whose format is its door's."""

    factory: TextbookDoor

    def connectionMade(self) -> None:
        self.format = self.factory.format
        super().connectionMade()

    def say(self, text: str) -> Outcome:
        """As `Session.say`, but never a password: see `check_no_password`."""
        check_no_password(text)
        return self.session.say(clean(text))

    def put(self, data: bytes) -> None:
        """Deliver `data` as it is; only before there is a nick."""
        self.listener.add_pending(data)
        self.hub.fanout.touch(self.listener)
