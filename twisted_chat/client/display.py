"""What a person sees of an event: pieces of text, each with its style.

Knows neither the connection nor the terminal.  Nothing that a server sends is
trusted: a field may be missing, of another type, or full of escape sequences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from ..names import clean, fold

LOBBY = "#lobby"

Event = dict[str, Any]


class Style(Enum):
    PLAIN = "plain"
    TIME = "time"
    NICK = "nick"
    ROOM = "room"
    NOTICE = "notice"
    ERROR = "error"


class Piece(NamedTuple):
    text: str
    style: Style = Style.PLAIN


class Line(NamedTuple):
    """One line to show.

    :ivar at: local time, or None when the server told none.
    :ivar again: it was said before; this is a replay.
    :ivar loud: it is addressed to whoever reads it.
    """

    pieces: tuple[Piece, ...]
    at: datetime | None
    again: bool = False
    loud: bool = False

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def lines_for(event: Event, me: str) -> list[Line]:
    """The lines to show for `event` to whoever is called `me`."""
    if event["event"] == "private" and _same(_text(event, "nick"), me):
        event = {**event, "sent": True}
    show = _SHOW.get(str(event["event"]), _unknown)
    again = event.get("replay") is True
    at = _time(event.get("at"))
    loud = not again and _is_loud(event, me)
    lines = [Line(tuple(pieces), at, again, loud) for pieces in show(event)]
    for message in _dicts(event, "messages"):
        if message.get("event") in ("message", "action"):
            lines += lines_for({**message, "replay": True}, me)
    return lines + [Line(tuple(pieces), at) for pieces in _after(event)]


def speech(nick: str, text: str, room: str = "") -> tuple[Piece, ...]:
    """What `nick` says."""
    return (*_place(room), Piece(nick, Style.NICK), Piece(f": {text}"))


def notice(text: str) -> tuple[Piece, ...]:
    return (Piece(f"* {text}", Style.NOTICE),)


def mentions(text: str, nick: str) -> bool:
    """Whether `nick` stands in `text` as a word."""
    return bool(nick) and bool(
        re.search(
            rf"(?<![A-Za-z0-9_-]){re.escape(nick)}(?![A-Za-z0-9_-])",
            text,
            re.IGNORECASE | re.ASCII,
        )
    )


def _is_loud(event: Event, me: str) -> bool:
    if _same(_text(event, "nick"), me):
        return False
    kind = event["event"]
    if kind in ("message", "action"):
        return mentions(_text(event, "text"), me)
    return kind in ("private", "invite")


def is_own(event: Event, me: str) -> bool:
    """Whether `event` is the echo of what `me` said."""
    speech = event["event"] in ("message", "action", "private")
    return speech and _same(_text(event, "nick"), me)


def _same(nick: str, other: str) -> bool:
    return fold(nick) == fold(other)


# Fields


def _text(event: Event, name: str) -> str:
    value = event.get(name)
    return clean(value) if isinstance(value, str) else ""


def _number(event: Event, name: str) -> int:
    value = event.get(name)
    return value if isinstance(value, int) and abs(value) < 1e15 else 0


def _texts(event: Event, name: str) -> list[str]:
    value = event.get(name)
    words = value if isinstance(value, list) else []
    return [clean(word) for word in words if isinstance(word, str)]


def _dicts(event: Event, name: str) -> list[Event]:
    value = event.get(name)
    things = value if isinstance(value, list) else []
    return [thing for thing in things if isinstance(thing, dict)]


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value)).astimezone()
    except (ValueError, OverflowError):
        return None


# Kinds of events

Pieces = Iterable[Piece]


def _place(room: str) -> Pieces:
    return () if room in ("", LOBBY) else (Piece(f"{room} ", Style.ROOM),)


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def _message(event: Event) -> list[Pieces]:
    room, nick, text = (_text(event, name) for name in ("room", "nick", "text"))
    return [speech(nick, text, room)]


def _action(event: Event) -> list[Pieces]:
    nick = Piece(_text(event, "nick"), Style.NICK)
    action = Piece(f" {_text(event, 'text')}")
    return [(*_place(_text(event, "room")), Piece("* "), nick, action)]


def _private(event: Event) -> list[Pieces]:
    to = _texts(event, "to")
    others = f" > {','.join(to)}" if len(to) > 1 or event.get("sent") else ""
    nick = Piece(_text(event, "nick"), Style.NICK)
    head = Piece("PRIV ", Style.ROOM)
    return [(head, nick, Piece(f"{others}: {_text(event, 'text')}"))]


def _told(form: Callable[[Event], str]) -> Callable[[Event], list[Pieces]]:
    def show(event: Event) -> list[Pieces]:
        text = form(event)
        return [notice(text)] if text else []

    return show


def _join(event: Event) -> str:
    nick = _text(event, "nick")
    if event.get("arrived"):
        return f"{nick} joined the chat!"
    return f"{nick} joined {_text(event, 'room')}"


def _leave(event: Event) -> str:
    what = f"left {room}" if (room := _text(event, "room")) else "left the chat!"
    return f"{_text(event, 'nick')} {what}{_in_brackets(_text(event, 'reason'))}"


def _crowd(event: Event) -> str:
    changes = [
        f"{word}: {_some(_texts(event, name), _number(event, f'{name}_count'))}"
        for word, name in (("joined", "joined"), ("left", "left"))
        if _texts(event, name)
    ]
    return f"{_text(event, 'room')} {'; '.join(changes)}"


def _some(words: list[str], count: int) -> str:
    more = count - len(words)
    return ", ".join(words) + (f" and {more} more" if more > 0 else "")


def _nick(event: Event) -> str:
    nick = _text(event, "nick")
    if event.get("you"):
        return f"You are now known as {nick}"
    return f"{_text(event, 'old')} is now known as {nick}"


def _topic(event: Event) -> str:
    room, topic = _text(event, "room"), _text(event, "topic")
    if not topic:
        return f"{room} has no topic"
    return f"{room} is about: {topic}{_in_brackets(_text(event, 'nick'))}"


def _who(event: Event) -> str:
    people = [
        _text(person, "nick") + (" (away)" if _text(person, "away") else "")
        for person in _dicts(event, "people")
    ]
    shown = _some(people, len(people) + _number(event, "more"))
    return f"In {_text(event, 'room')}: {shown or 'nobody'}"


def _rooms(event: Event) -> list[Pieces]:
    lines = []
    for room in _dicts(event, "rooms"):
        topic = _text(room, "topic")
        about = f": {topic}" if topic else ""
        lines.append(
            notice(f"{_text(room, 'room')} ({_number(room, 'people')}){about}")
        )
    if more := _number(event, "more"):
        lines.append(notice(f"and {more} more rooms"))
    return [*lines]


def _whois(event: Event) -> str:
    rooms, away = _texts(event, "rooms"), _text(event, "away")
    return (
        f"{_text(event, 'nick')} has been silent for {_number(event, 'idle')} s"
        + (f", with you in {', '.join(rooms)}" if rooms else "")
        + (f", away: {away}" if away else "")
    )


def _error(event: Event) -> list[Pieces]:
    text = f"ERR {_number(event, 'code')} {_text(event, 'text')}"
    return [(Piece(text, Style.ERROR),)]


def _pong(event: Event) -> list[Pieces]:
    text = f"PONG {_text(event, 'token')}".rstrip()
    return [(Piece(text, Style.NOTICE),)]


def _unknown(event: Event) -> list[Pieces]:
    """An event of a newer server: its fields as they are."""
    fields = [
        f"{clean(name)}: {clean(str(value))}"
        for name, value in event.items()
        if name not in ("event", "at") and isinstance(value, str | int | float)
    ]
    return [notice(f"{clean(str(event['event']))} {', '.join(fields)}".rstrip())]


def _after(event: Event) -> list[Pieces]:
    """What stands under a list of messages."""
    if event["event"] not in ("history", "search"):
        return []
    messages = _dicts(event, "messages")
    if not messages:
        return [notice("Nothing found")]
    if not event.get("more"):
        return []
    if event["event"] == "search":
        more = f"SEARCH {_text(event, 'query')} before {_text(event, 'next')}"
    else:
        more = f"HISTORY {_text(event, 'room')} before {_number(messages[0], 'id')}"
    return [notice(f"/{more.lower()} shows earlier ones")]


def _nothing(event: Event) -> list[Pieces]:
    return []


_SHOW: dict[str, Callable[[Event], list[Pieces]]] = {
    "message": _message,
    "action": _action,
    "private": _private,
    "join": _told(_join),
    "leave": _told(_leave),
    "crowd": _told(_crowd),
    "nick": _told(_nick),
    "topic": _told(_topic),
    "away": _nothing,
    "notice": _told(lambda event: _text(event, "text")),
    "error": _error,
    "pong": _pong,
    "who": _told(_who),
    "rooms": _rooms,
    "whois": _told(_whois),
    "history": _nothing,
    "search": _nothing,
}
