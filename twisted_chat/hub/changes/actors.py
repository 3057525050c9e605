"""Whose doing an entry is, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...events import ChatError
from .. import entries as e
from ..room import Room
from ..session_state import SessionState
from ..user import User

if TYPE_CHECKING:
    from ..hub import Hub


def state_of(hub: Hub, who: e.SessionId) -> SessionState:
    """The session; raises `ChatError` 451 where it is gone."""
    try:
        return hub.sessions[who]
    except KeyError:
        raise ChatError(451, "You are gone") from None


def user_of(hub: Hub, who: e.SessionId) -> User:
    """Who has come in by it; raises `ChatError` 451 where nobody has."""
    user = state_of(hub, who).user
    if user is None:
        raise ChatError(451, "Choose a nick first; use NICK name")
    return user


def where_of(hub: Hub, who: e.SessionId, room: str) -> tuple[User, Room | None]:
    """Whose doing it is, and where; None for the whole chat."""
    user = user_of(hub, who)
    return user, hub.room(room, user) if room else None


def inside(hub: Hub, who: e.SessionId, room: str) -> tuple[User, Room]:
    """As `where_of`, in a room where they are; raises `ChatError` 403, 442."""
    user = user_of(hub, who)
    return user, user.here(room)
