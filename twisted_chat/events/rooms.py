"""What happens to rooms, who is in them, and what holds there."""

from __future__ import annotations

from typing import NamedTuple

from .messages import Said


class Joined(NamedTuple):
    room: str
    nick: str
    at: float


class Parted(NamedTuple):
    room: str
    nick: str
    reason: str
    at: float


class Crowd(NamedTuple):
    """Who came and went in a crowded room since the last such event."""

    room: str
    joined: tuple[str, ...]
    left: tuple[str, ...]
    at: float


class RoomRenamed(NamedTuple):
    """A room is called otherwise now; ``nick`` is whose doing it is.

    To who comes into it by a name that it had before ``nick`` is empty.

    :ivar room: what it was called; :ivar name: what it is called.
    """

    room: str
    name: str
    nick: str
    reason: str
    at: float


class TopicSet(NamedTuple):
    """The topic of a room; ``nick`` is who set it, empty when nobody did.

    :ivar id: of the change among the room's messages; 0 where none is told.
    """

    room: str
    nick: str
    topic: str
    at: float
    id: int = 0


def topic_of(said: Said) -> TopicSet:
    """What happened then, of what a history has as the kind "topic"."""
    return TopicSet(said.room, said.nick, said.text, said.at, said.id)


class Kicked(NamedTuple):
    """Somebody was thrown out of a room; out of the chat when ``room`` is empty."""

    room: str
    nick: str
    by: str
    reason: str
    at: float


class RoomChanged(NamedTuple):
    """A rule of a room changed.

    :ivar rule: "locked" (invited people only), "moderated", "topic_locked",
        "secret", "no_ctcp" or "key" with the value "on" or "off"; "limit" with a
        number or "off"; "owner", "voice", "ban", "mute", "except" or "invex" with "+"
        or "-" and whom.
    """

    room: str
    by: str
    rule: str
    value: str
    at: float


class Invited(NamedTuple):
    """To a person: ``by`` invites you into ``room``."""

    room: str
    nick: str
    by: str
    at: float


class InviteSent(NamedTuple):
    """To those in a room: ``by`` has invited ``nick`` into it."""

    room: str
    nick: str
    by: str
    at: float


class Ban(NamedTuple):
    """Somebody is kept out, or kept silent.

    :ivar kind: "ban" or "mute"; in a room also "except", for whom these don't hold,
        and "invex", for whom a lock doesn't.
    :ivar room: where; empty for the whole chat.
    :ivar mask: a nick, also with ``*`` and ``?``, an address or a prefix.
    :ivar until: seconds since the epoch; 0 for ever.
    :ivar accounts: whom it means beyond the mask, under whatever nick.
    :ivar hosts: addresses and prefixes; it holds for guests who come from there.
    :ivar temporary: it ends when nobody is in the room any more, and is nowhere kept.
    """

    kind: str
    room: str
    mask: str
    by: str
    reason: str
    since: float
    until: float
    accounts: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    temporary: bool = False


class BanList(NamedTuple):
    """The bans and mutes of a room, or of the whole chat."""

    room: str
    bans: tuple[Ban, ...]
    at: float


class RoomRules(NamedTuple):
    """The rules of a room.  ``key`` is told to its owners, else "on"."""

    room: str
    locked: bool
    moderated: bool
    topic_locked: bool
    secret: bool
    no_ctcp: bool
    key: str
    limit: int
    owners: tuple[str, ...]
    voices: tuple[str, ...]
    at: float


class Person(NamedTuple):
    """:ivar rank: in that room: "owner", "voice" or empty."""

    nick: str
    away: str
    rank: str = ""


class Members(NamedTuple):
    """Who is in a room.  ``more`` counts the people left out of ``people``."""

    room: str
    people: tuple[Person, ...]
    more: int
    at: float


class RoomInfo(NamedTuple):
    room: str
    people: int
    topic: str


class Rooms(NamedTuple):
    """The rooms, the largest first.  ``more`` counts the rooms left out."""

    rooms: tuple[RoomInfo, ...]
    more: int
    at: float
