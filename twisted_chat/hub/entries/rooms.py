"""Entries about rooms and their rules."""

from __future__ import annotations

from typing import NamedTuple

from ...storage.moderation import RoomRecord
from .sessions import SessionId


class Join(NamedTuple):
    """JOIN: enter a room; who is the first in it makes it.

    :ivar key: what is said to enter a room that has a key; empty for nothing.
    """

    who: SessionId
    room: str
    key: str


class JoinWith(NamedTuple):
    """As `Join`; a room that is made by it begins with these rules.

    :ivar rules: flags of `Rules` that are on.
    """

    who: SessionId
    room: str
    key: str
    rules: tuple[str, ...]


class Part(NamedTuple):
    """PART: leave a room."""

    who: SessionId
    room: str
    reason: str


class SetTopic(NamedTuple):
    """As `ChangeTopic`, which the room's history does not have."""

    who: SessionId
    room: str
    topic: str


class ChangeTopic(NamedTuple):
    """TOPIC; an empty one takes the topic away."""

    who: SessionId
    room: str
    topic: str


class SetRule(NamedTuple):
    """ROOM: see `administering.set_rule` for rules and values."""

    who: SessionId
    room: str
    rule: str
    value: str


class SetOwner(NamedTuple):
    """OWNER: let somebody decide in a room, or no longer."""

    who: SessionId
    room: str
    nick: str
    owner: bool


class SetVoice(NamedTuple):
    """VOICE: let somebody speak while the room is moderated, or no longer."""

    who: SessionId
    room: str
    nick: str
    voice: bool


class Invite(NamedTuple):
    """INVITE: ask somebody into a room."""

    who: SessionId
    room: str
    nick: str


class RepeatRules(NamedTuple):
    """What had been changed of a kept room, and the log has lost, is so again.

    :ivar fork: as in `Repeat`.
    :ivar before: what was kept there; of a room that wasn't, its name alone.
    :ivar after: what it had become.
    """

    fork: tuple[int, int]
    before: RoomRecord
    after: RoomRecord


class RenameRoom(NamedTuple):
    """Call a room otherwise; see `renaming`.

    :ivar name: the new one.
    """

    who: SessionId
    room: str
    name: str
    reason: str


class ForgetRooms(NamedTuple):
    """Of these rooms no message is left: their ids begin anew.

    :ivar rooms: folded names, each with the id of its latest message.
    :ivar after: how often rooms had been forgotten when that was seen; see
        `Hub.forgotten`.
    """

    rooms: tuple[tuple[str, int], ...]
    after: int
