"""The rules that hold for everyone, as whoever runs the server chose them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..limits import Rate

LOBBY_TOPIC = ("anyone", "registered", "operators")
FLOOD = Rate(burst=5, per_second=2)
CONNECTS = Rate(burst=20, per_second=2)
ASKING = Rate(burst=120, per_second=2)
"""Tokens of the flood rule that are not asked of a network for what its people read of
their own rooms: a phone that starts asks for the history and the people of twenty."""


@dataclass(frozen=True)
class Settings:
    """The rules that hold for everyone, whatever the door, as one node was told them.

    Some of them all nodes share: what holds is in `Hub.shared`.

    :ivar max_per_ip: sessions from one address (IPv6: one /64); 0 for no
        limit.  Loopback is never limited.
    :ivar flood: lines a session may send; None for no limit.
    :ivar connects: connections from one address; they wait past that.
    :ivar asking: tokens of `flood` that are not asked of an address for what its people
        read of their own rooms.
    :ivar waiting: bytes that may wait for `flood` before the session is dropped;
        more than a transport has under way when reading is paused.
    :ivar send_queue: bytes that may wait for a session that doesn't read.
    :ivar idle: seconds of silence after which a connection is probed.
    :ivar patience: seconds that a session may take to choose a nick.
    :ivar max_here: connections that this process has files for; 0 for no limit.
    :ivar operators: folded nicks whose accounts are operators'.
    :ivar private: whether what registered people write in private is kept; None: as the
        file says.
    :ivar edit_window: seconds for which an account may change what it has written.
    :ivar lobby_topic: who sets the lobby's topic, one of `LOBBY_TOPIC`.
    """

    name: str = "twisted-chat"
    motd: tuple[str, ...] = ()
    password: str = field(default="", repr=False)
    max_clients: int = 10_000
    max_per_ip: int = 10
    flood: Rate | None = FLOOD
    connects: Rate = CONNECTS
    asking: Rate = ASKING
    waiting: int = 128 * 1024
    send_queue: int = 96 * 1024
    idle: int = 120
    patience: float = 60.0
    max_here: int = 0
    operators: frozenset[str] = frozenset()
    lobby_topic: str = "registered"
    private: bool | None = None
    edit_window: float = 24 * 3600.0
