"""What somebody asks about the chat: nothing changes by it.

Each function tells `session` the answer or raises `ChatError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Notice, Profile, RoomInfo, Rooms
from ..limits import within
from .room import REPLY_SIZE, Room
from .user import User

if TYPE_CHECKING:
    from .session import Session

MAX_ROOMS_LISTED = 100


def who(session: Session, name: str = "") -> None:
    """WHO: who is in the room `name`, or in the current one.

    :raises ChatError: 403, 404, 442 for the room.
    """
    room = session.hub.room(name, session.me) if name else session.target("")
    if not room.rules.open_to(room, session.me):
        raise ChatError(442, f"You are not in {room.name}; JOIN it first")
    session.listener.tell(room.roster(session.now()))


def whois(session: Session, nick: str) -> None:
    """WHOIS: about the person `nick`; raises `ChatError` 401."""
    session.listener.tell(_profile(session.me, session.hub.user(nick)))


def list_rooms(session: Session) -> None:
    """ROOMS: which rooms there are."""
    session.charge(rows=len(session.hub.rooms))
    session.listener.tell(_rooms(session.me, MAX_ROOMS_LISTED))


def show_topic(session: Session, name: str = "") -> None:
    """TOPIC: that of the room `name`, or of the current one.

    :raises ChatError: 403, 404, 442 for the room.
    """
    session.listener.tell(session.target(name).topic_event(session.now()))


def show_rules(session: Session, room: Room) -> None:
    """ROOM: its rules, owners and voices; raises `ChatError` 442."""
    me = session.me
    if me not in room.members and not room.rules.may_administer(me):
        raise ChatError(442, f"You are not in {room.name}; JOIN it first")
    session.listener.tell(room.rules.describe(room, me, session.now()))


def list_bans(session: Session, name: str = "") -> None:
    """BANS: who is banned or muted in the room `name`, or in the whole chat.

    :raises ChatError: 403, 481, 482.
    """
    hub, me = session.hub, session.me
    room = hub.room(name, me) if name else None
    session.listener.tell(hub.moderation.list_bans(me, room))


def list_ignored(session: Session) -> None:
    """IGNORE: whom they don't hear."""
    nicks = session.hub.ignoring.names(session.me)
    text = f"You ignore {', '.join(nicks) or 'nobody'}"
    session.listener.tell(Notice(text, session.now(), "ignores", ",".join(nicks)))


def _rooms(asker: User, most: int) -> Rooms:
    """The rooms that `asker` may know of, at most `most` and what a reply holds."""
    found = asker.hub.rooms_shown_to(asker)
    infos = [
        RoomInfo(room.name, len(room.members), room.topic_for(asker))
        for room in found[:most]
    ]
    shown = tuple(within(infos, _size, REPLY_SIZE))
    return Rooms(shown, len(found) - len(shown), asker.hub.now())


def _profile(asker: User, user: User) -> Profile:
    """What `asker` may know about `user`; addresses and nodes are for operators."""
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
        nodes_shown(asker, user),
    )


def nodes_shown(asker: User, user: User) -> str:
    """On which nodes `user` is, by name, as far as `asker` may know.

    Only an operator may, and where there is but one there is nothing to know.
    """
    nodes = asker.hub.nodes
    if not asker.operator or len(nodes) < 2:
        return ""
    numbers = dict.fromkeys(state.id.node for state in user.sessions)
    return ", ".join(nodes[number].name for number in numbers if number in nodes)


def _size(info: RoomInfo) -> int:
    """Bytes that `info` takes in a reply, at most."""
    return 4 * len(info.topic) + 100
