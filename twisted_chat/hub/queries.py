"""What somebody is told about the rooms and about a person."""

from __future__ import annotations

from ..events import Profile, RoomInfo, Rooms
from ..limits import within
from .room import REPLY_SIZE
from .user import User


def rooms(asker: User, most: int) -> Rooms:
    """The rooms that `asker` may know of, at most `most` and what a reply holds."""
    found = asker.hub.rooms_shown_to(asker)
    infos = [
        RoomInfo(room.name, len(room.members), room.topic_for(asker))
        for room in found[:most]
    ]
    shown = tuple(within(infos, _size, REPLY_SIZE))
    return Rooms(shown, len(found) - len(shown), asker.hub.now())


def profile(asker: User, user: User) -> Profile:
    """What `asker` may know about `user`; addresses are for operators."""
    now = user.hub.now()

    return Profile(
        user.nick,
        user.away,
        tuple(room.name for room in user.rooms.values() if asker in room.members),
        user.since,
        max(0, int(now - user.spoke)),
        now,
        user.account,
        user.operator,
        ", ".join(user.hosts()) if asker.operator else "",
    )


def _size(info: RoomInfo) -> int:
    """Bytes that `info` takes in a reply, at most."""
    return 4 * len(info.topic) + 100
