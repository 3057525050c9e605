"""What one person writes to another, or to several, and nobody else reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..events import ChatError, Notice, Queried, SpeechKind, Whispered
from ..names import fold, is_room
from .room import Room
from .session_state import SessionState
from .user import User

if TYPE_CHECKING:
    from .hub import Hub


def whisper(
    hub: Hub,
    state: SessionState,
    me: User,
    nicks: Sequence[str],
    text: str,
    kind: SpeechKind,
) -> None:
    """PRIV: write to people in private.

    Those who are here get it even when others are not.

    :param state: by which session `me` writes it.
    :raises ChatError: 401 naming who isn't here, 404 for the muted.
    """
    found: dict[User, None] = {}
    missing = []
    for nick in nicks:
        user = hub.users.get(fold(nick))
        if user is None:
            missing.append(nick)
        else:
            found[user] = None
    if me.muted is not None and not all(user.operator for user in found):
        me.check_muted()
    to = tuple(user.nick for user in found)
    event = Whispered(me.nick, to, text, hub.at, kind)
    _deliver(state, me, list(found), event)
    if missing:
        raise hub.nobody(*missing)


def _deliver(
    state: SessionState, me: User, people: list[User], event: Whispered
) -> None:
    if not people:
        return
    for user in people:
        if fold(me.nick) in user.ignores:
            continue
        user.last_writer = me
        if user is not me:
            user.tell(event)
        if user.away and event.kind != "notice":
            text = f"{user.nick} is away: {user.away}"
            state.tell(Notice(text, event.at, "person-away", user.nick))
    for other in me.sessions:
        if other is not state:
            other.tell(event)
    if state.local is not None:
        state.local.wrote(event, to_oneself=me in people)


def query(
    hub: Hub, state: SessionState, me: User, nick: str, text: str, answer: bool
) -> None:
    """Let this person's program ask that of `nick`, or answer it.

    :param nick: or a room, for those of all who are there.
    :raises ChatError: 401 when `nick` isn't here, 404 for the muted; 403, 442, and 404
        for a room that takes none.
    """
    if is_room(nick):
        _query_room(me.here(nick), state, me, text, answer)
        return
    other = hub.user(nick)
    me.check_muted()
    if fold(me.nick) not in other.ignores:
        other.tell(Queried(me.nick, other.nick, text, answer, hub.at))


def _query_room(
    room: Room, state: SessionState, me: User, text: str, answer: bool
) -> None:
    room.rules.check_speech(room, me)
    if room.rules.no_ctcp:
        raise ChatError(404, f"{room.name} takes no CTCP")
    event = Queried(me.nick, room.name, text, answer, room.hub.at)
    room.channel.emit(event, state)
