"""A session's own copy of what it says."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from ..events import Reacted, Said, Tagged, Whispered
from ..log import Within

if TYPE_CHECKING:
    from .session import Session
    from .session_state import SessionState

Spoken: TypeAlias = Said | Whispered | Tagged | Reacted

Copy: TypeAlias = Callable[[Spoken], None]


def give(state: SessionState, event: Spoken) -> None:
    """Hand `event` to the session that says it, where it asked for a copy."""
    if state.local is not None and state.local.own_copy is not None:
        state.local.own_copy(event)


class Copying:
    """While this is entered, what a session says is copied; see `Session.own_copy`."""

    __slots__ = ("_copy", "_session", "_within")

    def __init__(self, session: Session, copy: Copy, within: Within | None) -> None:
        self._session = session
        self._copy = copy
        self._within = within

    def __enter__(self) -> None:
        if self._within is not None:
            self._within.__enter__()
        self._session.own_copy = self._copy

    def __exit__(
        self,
        type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._session.own_copy = None
        if self._within is not None:
            self._within.__exit__(type, error, traceback)
