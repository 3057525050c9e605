"""What each entry does: the one table by which the chat changes.

A change takes effect or raises `ChatError`.  It looks at nothing but the state of the
hub, the entry and its time (`Hub.at`): never at a clock, the disk or chance, and not at
whether a listener is there, so that it comes out alike on every node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import entries as e
from ..entering import MAX_ROOMS
from . import accounts, moderation, nodes, rooms, sessions, speech

if TYPE_CHECKING:
    from ..hub import Hub

__all__ = ["CHANGES", "MAX_ROOMS"]

CHANGES: dict[type[e.Entry], Callable[[Hub, Any], None]] = {
    **sessions.CHANGES,
    **accounts.CHANGES,
    **speech.CHANGES,
    **rooms.CHANGES,
    **moderation.CHANGES,
    **nodes.CHANGES,
}
