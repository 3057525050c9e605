"""What one client alone is told: the lines that have its own nick in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from ... import events as e
from ...grammar import text
from ...names import fold
from ...outcomes import unattended
from . import batches, read_times, replies
from .capabilities.event_playback import Playback
from .capabilities.redaction import REDACTION
from .capabilities.renaming import RENAMING
from .commands.messages import place_of
from .message import finish
from .numerics import RENUMBERED, typed, words

if TYPE_CHECKING:
    from .connection import IRCConnection

Message = TypeVar("Message", e.Said, e.Whispered)


def render(connection: IRCConnection, event: e.Event) -> bytes | None:
    """`event` for this client; None when it looks the same to all."""
    make = PERSONAL.get(type(event))
    return make(connection, event) if make else None


def _named(c: IRCConnection, event: e.Named) -> bytes | None:
    old, c.nick = c.nick, event.nick
    if event.old:
        return None
    if not c.welcomed:
        c.welcomed = True
        c.host_told = c.host
        return replies.welcome(c)
    return _moved(c, old, event)


def _moved(c: IRCConnection, old: str, event: e.Named) -> bytes:
    """Somebody has become one more session of a person who was here already."""
    rooms = c.hub.rooms
    user = c.session.me
    parted = [key for key in c.shown if key not in user.rooms]
    c.shown.difference_update(parted)
    lines = [
        c.renderer.line(
            old, event.at, f"PART {rooms[key].name if key in rooms else key}"
        )
        for key in parted
    ]
    return b"".join((*lines, c.renderer.renamed(old, event.nick, event.at)))


def _members(c: IRCConnection, event: e.Members) -> bytes:
    """Told on entering a room: the moment to show the room to the client."""
    return replies.entered(c, event.room, event.at)


def _joined(c: IRCConnection, event: e.Joined) -> bytes | None:
    if event.nick != c.nick:
        return None
    return replies.entered(c, event.room, event.at)


def _parted(c: IRCConnection, event: e.Parted) -> bytes | None:
    if event.nick == c.nick:
        c.shown.discard(fold(event.room))
    return None


def _kicked(c: IRCConnection, event: e.Kicked) -> bytes | None:
    if event.nick == c.nick:
        c.shown.discard(fold(event.room))
    return None


LINKED = "Forwarding to another channel"
"""Source: ERR_LINKCHANNEL, as other servers have it."""


def _room_renamed(c: IRCConnection, event: e.RoomRenamed) -> bytes:
    """RENAME, or as if they had left and come (IRCv3 channel-rename, Fallback)."""
    old, new = fold(event.room), fold(event.name)
    if not event.nick:
        return _forwarded(c, event)
    if old not in c.shown:
        return _as_text(c, event)
    c.shown.discard(old)
    read_times.moved(c, old, new)
    if RENAMING.name in c.caps:
        c.shown.add(new)
        rest = f"RENAME {event.room} {event.name} :{event.reason}"
        return c.renderer.line(event.nick, event.at, rest)
    if old == new:
        c.shown.add(new)
        return b""
    reason = f" :{event.reason}" if event.reason else ""
    part = c.renderer.line(c.nick, event.at, f"PART {event.room}{reason}")
    return part + replies.entered(c, event.name, event.at)


def _forwarded(c: IRCConnection, event: e.RoomRenamed) -> bytes:
    """They asked for the room's former name (IRCv3 channel-rename, redirection)."""
    if RENAMING.name not in c.caps:
        return c.numeric_line(470, event.room, event.name, LINKED)
    what = f"CHANNEL_RENAMED {event.room} {event.name}"
    return finish(f":{c.server} FAIL JOIN {what} :The channel has been renamed")


def _dated(message: Message, now: float) -> Message:
    """`message` with the time in front of its first words; not where it is deleted."""
    if not message.text:
        return message
    when, words = text.when(message.at, now), message.text.lstrip("\n")
    return message._replace(text=f"[{when}] {words}")


def _replayed(c: IRCConnection, event: e.Replayed) -> bytes:
    """The time in front only for who isn't told it by a tag."""
    data = b"".join(_again(c, message, event.at) for message in event.messages)
    if "batch" not in c.caps:
        return data
    return batches.batch(data, f"chathistory {event.room}", c.server, c.reference())


def _again(c: IRCConnection, said: e.Said, now: float) -> bytes:
    if said.kind == "topic":
        # Outside of a batch it would be the topic now.
        return Playback(c, (), said.room).topic(said) if "batch" in c.caps else b""
    dated = "server-time" not in c.caps
    return c.renderer.speech(_dated(said, now) if dated else said)


def _whispered(c: IRCConnection, event: e.Whispered) -> bytes:
    if event.nick != c.nick or c.nick in event.to:
        return c.renderer.whisper(event, c.nick)
    return b"".join(c.renderer.whisper(event, to) for to in event.to)


def _changed(c: IRCConnection, event: e.Edited | e.Deleted | e.Reacted) -> bytes | None:
    """Something was done to a message that was written in private."""
    if not event.place:
        return None
    by = event.by if isinstance(event, e.Deleted) else event.nick
    to = event.room.removeprefix("@") if by == c.nick else c.nick
    if isinstance(event, e.Deleted) and REDACTION.name not in c.caps:
        to = c.nick  # the server says so
    return c.renderer.encode(event._replace(room=to))


def _read(c: IRCConnection, event: e.Read) -> bytes:
    """Another session of this person has read something."""
    if read_times.READ_MARKER in c.caps:
        target = event.room.removeprefix("@")
        place = place_of(c, target)
        if place:
            unattended(read_times.report(c, fold(place), target))
    return b""


def _waited(c: IRCConnection, event: e.Waited) -> bytes:
    """As `_replayed`."""
    messages: Iterable[e.Whispered] = event.messages
    if "server-time" not in c.caps:
        messages = (_dated(message, event.at) for message in messages)
    return b"".join(_whispered(c, message) for message in messages)


def _logged_in(c: IRCConnection, event: e.LoggedIn) -> bytes:
    line = replies.logged_in(c, event.account)
    before, c.host_told = c.host_told, c.host
    if "chghost" in c.caps and before != c.host:
        line += c.renderer.chghost(event.nick, before, c.host, event.at)
    if "account-notify" in c.caps:
        line += c.renderer.line(event.nick, event.at, f"ACCOUNT {event.account or '*'}")
    return line + operator(c) + _ranks(c, event)


def operator(c: IRCConnection) -> bytes:
    """MODE of oneself, where being an operator has begun or ended.

    Source: the Modern specification, OPER.
    """
    before, c.operator_told = c.operator_told, c.session.me.operator
    if before == c.operator_told:
        return b""
    sign = "+" if c.operator_told else "-"
    return c.renderer.line(c.nick, c.hub.now(), f"MODE {c.nick} :{sign}o")


def _ranks(c: IRCConnection, event: e.LoggedIn) -> bytes:
    """What the account makes of the person in the rooms that they are in."""
    me = c.session.me
    return b"".join(
        finish(f":{c.server} MODE {room.name} +o {me.nick}")
        for room in me.rooms.values()
        if fold(room.name) in c.shown and room.rules.is_owner(me)
    )


def _seen(c: IRCConnection, event: e.Seen) -> bytes:
    # RPL_MONONLINE, RPL_MONOFFLINE (IRCv3 monitor)
    if event.here:
        return c.numeric_line(730, ",".join(map(c.renderer.source, event.nicks)))
    return c.numeric_line(731, ",".join(event.nicks))


TOLD_ALWAYS = ("muted", "unmuted")
NEVER_TOLD = ("unchanged",)
"""No answer to MODE says that already."""

NUMBERED = {
    "away": (306, "You have been marked as being away"),
    "back": (305, "You are no longer marked as being away"),
}
"""Notices that IRC has a number for (Modern specification, AWAY)."""


def _notice(c: IRCConnection, event: e.Notice) -> bytes:
    if event.code in NUMBERED:
        return c.numeric_line(*NUMBERED[event.code])
    if event.code == "operator":
        return operator(c)
    if event.code == "rejoined":
        c.shown.clear()  # who is in the rooms may have changed: show them anew
    hushed = c.listener.hushed and event.code not in TOLD_ALWAYS
    told = typed(event.text) if event.code == "nick-registered" else event.text
    return b"" if hushed or event.code in NEVER_TOLD else c.notice_line(told)


def _as_text(c: IRCConnection, event: e.Event) -> bytes:
    """What IRC has no reply for, in the words of the line protocol."""
    lines = text.RENDER[type(event)](event).splitlines()
    return b"".join(c.notice_line(line.removeprefix("* ")) for line in lines)


def _failed(c: IRCConnection, event: e.Failed) -> bytes:
    code = RENUMBERED.get(event.code, event.code)
    return c.numeric_line(code, words(code, event.text))


def _nothing(c: IRCConnection, event: e.Event) -> bytes:
    """What the door tells in its own way, when asked."""
    return b""


PERSONAL: dict[type, Callable[[IRCConnection, Any], bytes | None]] = {
    e.Named: _named,
    e.Members: _members,
    e.Joined: _joined,
    e.Parted: _parted,
    e.Kicked: _kicked,
    e.Whispered: _whispered,
    e.Waited: _waited,
    e.Edited: _changed,
    e.Deleted: _changed,
    e.Reacted: _changed,
    e.Queried: lambda c, event: c.renderer.queried(event),
    e.LoggedIn: _logged_in,
    e.Seen: _seen,
    e.Notice: _notice,
    e.Replayed: _replayed,
    e.Recalled: _as_text,
    e.Matched: _as_text,
    e.Unread: _as_text,
    e.Conversations: _as_text,
    e.Mentioned: _as_text,
    e.Read: _read,
    e.BanList: _as_text,
    e.RoomRules: _as_text,
    e.Failed: _failed,
    e.TopicSet: _nothing,
    e.RoomRenamed: _room_renamed,
    e.Rooms: _nothing,
    e.Profile: _nothing,
}
