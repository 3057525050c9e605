"""What a connection is to everyone, on whichever node it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import Event
from .entries import SessionId

if TYPE_CHECKING:
    from ..fanout import Listener
    from .room import Room
    from .session import Session
    from .user import User


class SessionState:
    """The half of a session that is state of the hub; `Session` is the other.

    :ivar host: the peer's address.
    :ivar secure: nobody on the way can read along.
    :ivar can_log_in: its dialect has a way to prove a nick.
    :ivar account: what was proven before NICK; see `User.account` for after.
    :ivar device: what its client calls itself beside the account; empty for nothing.
    :ivar username: what it says that its user is called; empty for nothing.
    :ivar lobby: whether it comes into the lobby by coming in.
    :ivar user: who it is; None before NICK.
    :ivar visits: rooms in which it may speak though nobody there knows of it, until it
        ends; see `Room.visit`.
    :ivar local: the other half; None where the connection is another node's.
    :ivar listener: the way down to the connection, likewise.
    """

    __slots__ = (
        "account",
        "can_log_in",
        "device",
        "host",
        "id",
        "listener",
        "lobby",
        "local",
        "secure",
        "user",
        "username",
        "visits",
    )

    def __init__(
        self, id: SessionId, host: str, secure: bool, can_log_in: bool
    ) -> None:
        self.id = id
        self.host = host
        self.secure = secure
        self.can_log_in = can_log_in
        self.account = self.username = self.device = ""
        self.lobby = True
        self.user: User | None = None
        self.visits: tuple[Room, ...] = ()
        self.local: Session | None = None
        self.listener: Listener | None = None

    def join(self, local: Session) -> None:
        """`local` is the other half."""
        self.local = local
        self.listener = local.listener
        local.state = self
        local.listener.author = self

    def part(self) -> None:
        """The other half is gone, and nothing of it is held any more."""
        if self.listener is not None:
            self.listener.author = None
        self.local = self.listener = None

    def tell(self, event: Event) -> None:
        """Deliver `event` to the connection, if that is here."""
        if self.listener is not None:
            self.listener.tell(event)
