"""Entries by which owners and operators keep order."""

from __future__ import annotations

from typing import NamedTuple

from ...events import Ban
from .sessions import SessionId


class Kick(NamedTuple):
    """KICK: out of a room, or out of the chat where `room` is empty."""

    who: SessionId
    room: str
    nick: str
    reason: str


class Restrain(NamedTuple):
    """BAN, MUTE.

    :ivar kind: "ban" or "mute".
    :ivar seconds: how long; 0 for ever.
    :ivar expel: throw out who is there and banned.
    """

    who: SessionId
    kind: str
    room: str
    mask: str
    seconds: float
    reason: str
    expel: bool = True


class Release(NamedTuple):
    """UNBAN, UNMUTE."""

    who: SessionId
    kind: str
    room: str
    mask: str


class SetException(NamedTuple):
    """ROOM except, ROOM invex: let in despite bans, or although a room is locked.

    :ivar kind: "except" or "invex".
    :ivar on: from now on, or no longer.
    """

    who: SessionId
    kind: str
    room: str
    mask: str
    on: bool


class RepeatBan(NamedTuple):
    """What the log has lost holds again; see `Repeat`."""

    ban: Ban


class RepeatRelease(NamedTuple):
    """That `ban` was lifted, which the log has lost, is so again."""

    ban: Ban


class RecordAction(NamedTuple):
    """Put into the audit what somebody has changed who is not connected.

    :ivar by: who; see `AuditEntry` for the others.
    """

    by: str
    what: str
    target: str


class Announce(NamedTuple):
    """ANNOUNCE: an operator tells everyone."""

    who: SessionId
    text: str
