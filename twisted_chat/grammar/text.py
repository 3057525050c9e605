"""FORMAT text: what a person sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .. import events as e

LOBBY = "#lobby"


def _said(event: e.Said) -> str:
    if event.room == LOBBY:
        return f"{event.nick}: {event.text}"
    return f"{event.room} {event.nick}: {event.text}"


def _acted(event: e.Acted) -> str:
    if event.room == LOBBY:
        return f"* {event.nick} {event.text}"
    return f"{event.room} * {event.nick} {event.text}"


def _whispered(event: e.Whispered) -> str:
    to = f" > {','.join(event.to)}" if len(event.to) > 1 else ""
    if event.kind == "action":
        return f"PRIV * {event.nick}{to} {event.text}"
    return f"PRIV {event.nick}{to}: {event.text}"


def _reason(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _crowd(event: e.Crowd) -> str:
    changes = [
        f"{word} {_some(nicks)}"
        for word, nicks in (("joined:", event.joined), ("left:", event.left))
        if nicks
    ]
    return f"* {event.room} {'; '.join(changes)}"


def _some(nicks: tuple[str, ...], most: int = 10) -> str:
    return _and_more(nicks[:most], len(nicks) - most)


def _and_more(things: Iterable[str], more: int) -> str:
    listed = ", ".join(things)
    return f"{listed} and {more} more" if more > 0 else listed


def _named(event: e.Named) -> str:
    return f"* You are now known as {event.nick}"


def _topic(event: e.TopicSet) -> str:
    if not event.topic:
        return f"* {event.room} has no topic"
    return f"* {event.room} is about: {event.topic}{_reason(event.nick)}"


def _members(event: e.Members) -> str:
    people = (f"{nick} (away)" if away else nick for nick, away in event.people)
    return f"* In {event.room}: {_and_more(people, event.more) or 'nobody'}"


def _rooms(event: e.Rooms) -> str:
    lines = [
        f"* {room} ({people}){f': {topic}' if topic else ''}"
        for room, people, topic in event.rooms
    ]
    if event.more:
        lines.append(f"* and {event.more} more rooms")
    return "\n".join(lines)


def _profile(event: e.Profile) -> str:
    away = f", away: {event.away}" if event.away else ""
    rooms = f", with you in {', '.join(event.rooms)}" if event.rooms else ""
    account = f", logged in as {event.account}" if event.account else ""
    rank = ", operator" if event.operator else ""
    host = f", from {event.host}" if event.host else ""
    silent = f"* {event.nick} has been silent for {event.idle} s"
    return f"{silent}{rooms}{away}{account}{rank}{host}"


def _logged_in(event: e.LoggedIn) -> str:
    if event.account:
        return f"* You are logged in as {event.account}"
    return "* You are logged out"


RENDER: dict[type, Callable[[Any], str]] = {
    e.Said: _said,
    e.Noted: _said,
    e.Acted: _acted,
    e.Whispered: _whispered,
    e.Queried: lambda event: "",
    e.Arrived: lambda event: f"* {event.nick} joined the chat!",
    e.Departed: lambda event: f"* {event.nick} left the chat!{_reason(event.reason)}",
    e.Joined: lambda event: f"* {event.nick} joined {event.room}",
    e.Parted: lambda event: f"* {event.nick} left {event.room}{_reason(event.reason)}",
    e.Crowd: _crowd,
    e.Renamed: lambda event: f"* {event.old} is now known as {event.nick}",
    e.Named: _named,
    e.TopicSet: _topic,
    e.AwaySet: lambda event: "",
    e.Described: lambda event: "",
    e.Seen: lambda event: "",
    e.LoggedIn: _logged_in,
    e.AccountSet: lambda event: "",
    e.Notice: lambda event: f"* {event.text}",
    e.Failed: lambda event: f"ERR {event.code} {event.text}",
    e.Pong: lambda event: f"PONG {event.token}".rstrip(),
    e.Members: _members,
    e.Rooms: _rooms,
    e.Profile: _profile,
}


def encode(event: e.Event) -> bytes:
    """`event` as lines for a person, ending in LF; empty when not shown."""
    line = RENDER[type(event)](event)
    return f"{line}\n".encode() if line else b""


def encode_crlf(event: e.Event) -> bytes:
    """As `encode` with lines ending in CRLF, as telnet wants it (RFC 854)."""
    return encode(event).replace(b"\n", b"\r\n")
