"""``at``: the first message is the nick, ``@nick:text`` goes to one person."""

from __future__ import annotations

import re

from ... import events as e
from ...outcomes import Outcome, run, settled
from .common import TextbookDoor, check_no_password, format_of, line, why, words
from .lines import LinesConnection

_TO = re.compile(r"\s*(@[^\s@:]+(?:\s*@[^\s@:]+)*)\s*:(.*)", re.DOTALL)


def _online(event: e.Arrived | e.Joined) -> bytes:
    return line(f"{event.nick.upper()} is online now")


def _offline(event: e.Departed | e.Parted) -> bytes:
    return line(f"{event.nick.upper()} is offline now")


def _crowd(event: e.Crowd) -> bytes:
    lines = [f"{nick.upper()} is online now\n" for nick in event.joined]
    lines += [f"{nick.upper()} is offline now\n" for nick in event.left]
    return "".join(lines).encode()


FORMAT = format_of(
    "at",
    {
        e.Said: lambda event: line(f"{event.nick}: {words(event)}"),
        e.Whispered: lambda event: line(f"{event.nick}: {words(event)}"),
        e.Arrived: _online,
        e.Joined: _online,
        e.Departed: _offline,
        e.Parted: _offline,
        e.Crowd: _crowd,
        e.Renamed: lambda event: line(
            f"{event.old.upper()} is {event.nick.upper()} now"
        ),
        e.Notice: lambda event: line(event.text),
        e.Failed: lambda event: line(why(event)),
    },
)


class AtConnection(LinesConnection):
    """A peer of the at door."""

    def text_received(self, text: str) -> Outcome:
        session = self.session
        if session.user is None:
            return session.set_nick(text.strip())
        if to := _TO.fullmatch(text):
            nicks = to[1].replace("@", " ").split()
            self._note("in private")
            check_no_password(to[2])
            return session.whisper(nicks, to[2].lstrip())
        return run(self._say_to_all(text))

    async def _say_to_all(self, text: str) -> None:
        await settled(self.say(text))
        self._note("to everyone")

    def _note(self, whom: str) -> None:
        """Note in the log's order of events who wrote; never what, or to whom."""
        self.hub.presence_log.record(f"{self.session.me.nick} wrote {whom}")


class AtDoor(TextbookDoor):
    format = FORMAT
    protocol = AtConnection  # type: ignore[assignment]
