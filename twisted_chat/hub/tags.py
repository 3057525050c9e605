"""What somebody shows without words: that they type, how they find a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import TAGS, ChatError, Tagged
from ..names import clean, is_room
from ..outcomes import Outcome
from . import own_copy
from .entries import Tag
from .own_copy import Copy, Copying
from .room import Room
from .session_state import SessionState
from .user import User

if TYPE_CHECKING:
    from .hub import Hub
    from .session import Session

TYPING = ("active", "paused", "done")
MAX_VALUE = 200
"""Characters in the value of one tag."""


def propose(session: Session, to: str, tags: dict[str, str], copy: Copy) -> Outcome:
    """Show `tags` to the room `to`, or to the person who is called so.

    What `TAGS` doesn't name is left out; no-op where nothing else is there.

    :param copy: is handed what this session shows, in place of its listener.
    :raises ChatError: 403, 442 for the room, 401 for a person, 404 for who may not
        speak there, 417 for a value that is too long.
    """
    known = tuple((name, clean(tags[name])) for name in TAGS if name in tags)
    known = tuple(tag for tag in known if tag[0] != "typing" or tag[1] in TYPING)
    if any(len(value) > MAX_VALUE for _, value in known):
        raise ChatError(417, f"Too long; a tag has at most {MAX_VALUE} characters")
    if not known:
        return None
    within = Copying(session, copy, session.listener.scope())
    return session.hub.propose(Tag(session.id, to, known), within, session)


def tag(
    hub: Hub, state: SessionState, me: User, to: str, tags: tuple[tuple[str, str], ...]
) -> None:
    """Show `tags`, where `me` may speak; raises `ChatError` as `propose`."""
    if is_room(to):
        _show_room(me.here(to), state, me, tags)
        return
    other = hub.user(to)
    if not other.operator:
        me.check_muted()
    event = Tagged(me.nick, other.nick, tags, hub.at)
    people = {me: None}
    if me.nick.lower() not in other.ignores:
        people[other] = None
    for session in [session for user in people for session in user.sessions]:
        if session is not state:
            session.tell(event)
    own_copy.give(state, event)
    if other is me:
        state.tell(event)


def _show_room(
    room: Room, state: SessionState, me: User, tags: tuple[tuple[str, str], ...]
) -> None:
    """In a crowded room nobody is told who is typing: that is what many do."""
    if room.restricted:
        room.rules.check_speech(room, me)
    if room.crowded:
        tags = tuple(tag for tag in tags if tag[0] != "typing")
    if not tags:
        return
    event = Tagged(me.nick, room.name, tags, room.hub.at)
    local = state.local
    hidden = () if local is None else (local.listener,)
    room.channel.emit(event, state, hidden)
    own_copy.give(state, event)
