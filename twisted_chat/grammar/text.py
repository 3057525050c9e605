"""FORMAT text: what a person sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from time import localtime, strftime
from typing import Any

from .. import events as e
from ..durations import show_time
from ..names import LOBBY


def _said(event: e.Said) -> str:
    room, nick, text, _, _, kind, _, reply_to, marks = event
    if reply_to or marks is not None or "\n" in text:
        return "\n".join(_lines(event))
    if kind == "action":
        return f"* {nick} {text}" if room == LOBBY else f"{room} * {nick} {text}"
    return f"{nick}: {text}" if room == LOBBY else f"{room} {nick}: {text}"


def shown(event: e.Said) -> list[str]:
    """The lines of what a history has, also of the kind "topic"."""
    if event.kind == "topic":
        return [_set_then(event)]
    return _said(event).split("\n")


def _set_then(event: e.Said) -> str:
    """What the topic was set to, and by whom."""
    room, nick, topic, *_, marks = event
    if marks is not None and marks.deleted_by:
        return f"{_place(room)}* a topic of {nick} was deleted"
    what = f"is about: {topic}" if topic else "has no topic"
    return f"* {room} {what}{_reason(nick)}"


def _lines(event: e.Said, where: str | None = None) -> list[str]:
    """As `_said`, a line for each: all begin alike, so none can be another's.

    :param where: what stands before the nick; None: the room, where one has to say it.
    """
    room, nick, text, _, _, kind, _, _, marks = event
    if where is None:
        where = _place(room)
    if marks is not None and marks.deleted_by:
        return [f"{where}* a message of {nick} was deleted"]
    start = f"* {nick}" if kind == "action" else nick
    if marks is not None and marks.quote is not None:
        start += f" (to {_quoted(marks.quote)})"
    start += " " if kind == "action" else ": "
    return [f"{where}{start}{line}" for line in text.split("\n")]


def _quoted(quote: e.Quote) -> str:
    if quote.text:
        return f"{quote.nick}: {quote.text}"
    return f"{quote.nick}: a message that is gone" if quote.nick else "what is gone"


def when(at: float, now: float) -> str:
    """When `at` was, as the server's local time; with the date if not today.

    :param at: seconds since the epoch.
    :param now: the time that it is, likewise.
    """
    time, today = localtime(at), localtime(now)
    return strftime("%H:%M" if time[:3] == today[:3] else "%Y-%m-%d %H:%M", time)


def _again(messages: Iterable[e.Said], now: float) -> list[str]:
    return [f"[{when(m.at, now)}] {line}" for m in messages for line in shown(m)]


def _replayed(event: e.Replayed) -> str:
    if event.read is None:
        return "\n".join(_again(event.messages, event.at))
    known = [message for message in event.messages if message.id <= event.read]
    new = event.messages[len(known) :]
    said = any(message.kind != "topic" for message in new)
    mark = [f"* New to you in {event.room}:"] if said else []
    return "\n".join([*_again(known, event.at), *mark, *_again(new, event.at)])


def _recalled(event: e.Recalled) -> str:
    room, messages, following, newer, n, at = event
    lines = _again(messages, at)
    if following is not None:
        where, which = ("after", "later") if newer else ("before", "earlier")
        lines.append(f"* HISTORY {room} {n} {where} {following} shows {which} ones")
    return "\n".join(lines) or f"* No messages of {room} there"


def _match(m: e.Said, now: float) -> list[str]:
    where = f"[{when(m.at, now)}] {m.room}/{m.id} "
    return [f"{where}{_set_then(m)}"] if m.kind == "topic" else _lines(m, where)


def _matched(event: e.Matched) -> str:
    if not event.messages:
        return f"* Nothing found for {event.words}"
    lines = [line for m in event.messages for line in _match(m, event.at)]
    if event.next is not None:
        lines.append(f"* SEARCH {event.words} before {event.next} shows older ones")
    return "\n".join(lines)


def _whispered(event: e.Whispered) -> str:
    to = f" > {','.join(event.to)}" if len(event.to) > 1 else ""
    if event.quote is not None:
        to += f" (to {_quoted(event.quote)})"
    start = f"PRIV {event.nick}{to}: "
    if event.kind == "action":
        start = f"PRIV * {event.nick}{to} "
    return "\n".join(f"{start}{line}" for line in event.text.split("\n"))


def _waited(event: e.Waited) -> str:
    lines = [
        f"[{when(m.at, event.at)}] {line}"
        for m in event.messages
        for line in _whispered(m).split("\n")
    ]
    if event.more:
        lines.append("* More was written to you; HISTORY @nick shows it")
    return "\n".join(lines)


def _unread(event: e.Unread) -> str:
    lines = [
        f"* {room}: {count} unread{f', you are in {named}' if named else ''}"
        f" (HISTORY {room} after {id})"
        for room, id, _, count, named in event.places
    ]
    if event.more:
        lines.append(f"* and {event.more} more")
    return "\n".join(lines) or "* Nothing is unread"


def _conversations(event: e.Conversations) -> str:
    lines = [f"* {name} (HISTORY {name})" for name, _ in event.conversations]
    if event.more:
        lines.append(f"* and {event.more} more")
    return "\n".join(lines) or "* Nothing that you wrote in private is kept"


def _mentioned(event: e.Mentioned) -> str:
    lines = [line for m in event.messages for line in _match(m, event.at)]
    if event.more:
        lines.append("* There are more; READ what you have seen")
    return "\n".join(lines) or "* Nobody has mentioned you"


def _edited(event: e.Edited) -> str:
    start = f'{_place(event.room)}* {event.nick} changed "{event.old}":'
    return "\n".join(f"{start} {line}" for line in event.text.split("\n"))


def _deleted(event: e.Deleted) -> str:
    by = f" by {event.by}" if event.by != event.nick else ""
    what = f"a message of {event.nick} was deleted{by}{_reason(event.reason)}"
    return f"{_place(event.room)}* {what}"


def _reacted(event: e.Reacted) -> str:
    how = "reacts" if event.on else "no longer reacts"
    what = f"{how} to message {event.id} with {event.reaction}"
    return f"{_place(event.room)}* {event.nick} {what}"


def _place(room: str) -> str:
    """What stands before what happened in a room, where one has to say which."""
    return "" if room == LOBBY else f"{room} "


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


def _room_renamed(event: e.RoomRenamed) -> str:
    return f"* {event.room} is now {event.name}{_reason(event.reason)}"


def _members(event: e.Members) -> str:
    people = _people(event.people)
    if event.more > 0:
        people = f"{people} and {event.more} more"
    return f"* In {event.room}: {people or 'nobody'}"


@lru_cache(16)
def _people(people: tuple[e.Person, ...]) -> str:
    """Who comes into a crowded room is shown the same twenty as who came before."""
    return ", ".join(f"{p.nick} (away)" if p.away else p.nick for p in people)


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
    node = f", on {event.node}" if event.node else ""
    silent = f"* {event.nick} has been silent for {event.idle} s"
    return f"{silent}{rooms}{away}{account}{rank}{host}{node}"


def _logged_in(event: e.LoggedIn) -> str:
    if event.account:
        return f"* You are logged in as {event.account}"
    return "* You are logged out"


def _kicked(event: e.Kicked) -> str:
    where = event.room or "the chat"
    return (
        f"* {event.nick} was kicked out of {where} by {event.by}{_reason(event.reason)}"
    )


_RULES = {
    "locked": ("is locked: only who is invited gets in", "is unlocked"),
    "moderated": ("is moderated: only voices speak", "is no longer moderated"),
    "topic_locked": ("has its topic locked", "has its topic unlocked"),
    "secret": ("is secret: nobody else is told of it", "is no longer secret"),
    "no_ctcp": ("takes no CTCP", "takes CTCP again"),
    "key": ("has a key now", "has no key any more"),
    "owner": ("has a new owner", "has an owner less"),
    "voice": ("has a new voice", "has a voice less"),
    "ban": ("has a ban", "has a ban less"),
    "mute": ("has a mute", "has a mute less"),
    "except": ("has an exception from bans", "has an exception from bans less"),
    "invex": ("lets in though it is locked", "lets in no more"),
}


def _changed(event: e.RoomChanged) -> str:
    room, by, rule, value, _ = event
    if rule == "limit":
        what = f"takes {value} people" if value != "off" else "has no limit any more"
    elif value in ("on", "off"):
        what = _RULES[rule][value == "off"]
    else:
        what = f"{_RULES[rule][value[:1] == '-']}: {value[1:]}"
    return f"* {room} {what} ({by})"


def _invited(event: e.Invited) -> str:
    return f"* {event.by} invites you to {event.room}; JOIN {event.room}"


def _bans(event: e.BanList) -> str:
    where = event.room or "the chat"
    if not event.bans:
        return f"* Nobody is banned or muted in {where}"
    lines = [f"* Banned or muted in {where}:"]
    for ban in event.bans:
        until = f" until {show_time(ban.until)}" if ban.until else ""
        line = f"* {ban.kind} {ban.mask}{until} by {ban.by}{_reason(ban.reason)}"
        lines.append(line + _meant(ban))
    return "\n".join(lines)


def _meant(ban: e.Ban) -> str:
    """Whom a ban means beyond its mask."""
    accounts = [a for a in ban.accounts if a.lower() != ban.mask.lower()]
    parts = [f"accounts: {', '.join(accounts)}"] if accounts else []
    if ban.hosts:
        parts.append(f"guests from: {', '.join(ban.hosts)}")
    return f"; {'; '.join(parts)}" if parts else ""


def _rules(event: e.RoomRules) -> str:
    parts = [
        "locked" if event.locked else "",
        "moderated" if event.moderated else "",
        "topic locked" if event.topic_locked else "",
        "secret" if event.secret else "",
        "no CTCP" if event.no_ctcp else "",
        event.key and ("has a key" if event.key == "on" else f"key {event.key}"),
        f"at most {event.limit} people" if event.limit else "",
        f"owners: {', '.join(event.owners) or 'none'}",
        f"voices: {', '.join(event.voices)}" if event.voices else "",
    ]
    return f"* {event.room}: {'; '.join(filter(None, parts))}"


RENDER: dict[type, Callable[[Any], str]] = {
    e.Said: _said,
    e.Replayed: _replayed,
    e.Recalled: _recalled,
    e.Matched: _matched,
    e.Whispered: _whispered,
    e.Waited: _waited,
    e.Read: lambda event: "",
    e.Unread: _unread,
    e.Conversations: _conversations,
    e.Mentioned: _mentioned,
    e.Edited: _edited,
    e.Deleted: _deleted,
    e.Reacted: lambda event: "",
    e.Queried: lambda event: "",
    e.Tagged: lambda event: "",
    e.Arrived: lambda event: f"* {event.nick} joined the chat!",
    e.Departed: lambda event: f"* {event.nick} left the chat!{_reason(event.reason)}",
    e.Joined: lambda event: f"* {event.nick} joined {event.room}",
    e.Parted: lambda event: f"* {event.nick} left {event.room}{_reason(event.reason)}",
    e.Crowd: _crowd,
    e.Renamed: lambda event: f"* {event.old} is now known as {event.nick}",
    e.Named: _named,
    e.TopicSet: _topic,
    e.RoomRenamed: _room_renamed,
    e.AwaySet: lambda event: "",
    e.Described: lambda event: "",
    e.Seen: lambda event: "",
    e.LoggedIn: _logged_in,
    e.AccountSet: lambda event: "",
    e.Kicked: _kicked,
    e.RoomChanged: _changed,
    e.Invited: _invited,
    e.InviteSent: lambda event: "",
    e.BanList: _bans,
    e.RoomRules: _rules,
    e.Notice: lambda event: f"* {event.text}",
    e.Failed: lambda event: f"ERR {event.code} {event.text}",
    e.Done: lambda event: "",
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
    """As `encode`, with lines that end in CRLF, which is telnet's (RFC 854)."""
    return encode(event).replace(b"\n", b"\r\n")


def encode_reactions(event: e.Event) -> bytes:
    """As `encode`, for who wants to see reactions."""
    if isinstance(event, e.Reacted):
        return f"{_reacted(event)}\n".encode()
    return encode(event)


def encode_reactions_crlf(event: e.Event) -> bytes:
    """As `encode_reactions`, with lines that end in CRLF."""
    return encode_reactions(event).replace(b"\n", b"\r\n")
