"""What is kept of moderation: bans, rooms' rules, and who did what."""

from __future__ import annotations

from typing import NamedTuple

from ..events import Ban
from ..names import fold

MAX_AUDIT_ENTRIES = 100_000


class RoomRecord(NamedTuple):
    """A room as it is made again when somebody joins it.

    :ivar topic_at: when the topic was set, in seconds since the epoch.
    :ivar key: what JOIN must say; kept readable, as owners may look it up.
    :ivar limit: the most people; 0 for no limit.
    :ivar owners: accounts, likewise `voices`.
    :ivar secret: nobody outside is told that the room is there.
    :ivar no_ctcp: see `hub.rules.Rules`, also for the others.
    """

    name: str
    topic: str = ""
    topic_by: str = ""
    topic_at: float = 0.0
    key: str = ""
    locked: bool = False
    moderated: bool = False
    topic_locked: bool = False
    limit: int = 0
    owners: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    secret: bool = False
    no_ctcp: bool = False

    @property
    def closed(self) -> bool:
        """Whether it isn't open to everybody who finds it in a list."""
        return self.locked or self.secret or bool(self.key)


class AuditEntry(NamedTuple):
    """Something that an operator or an owner did.

    :ivar at: when, in seconds since the epoch.
    :ivar by: the account, or the nick of a guest.
    :ivar room: where; empty for the whole chat.
    :ivar what: the command, in upper case.
    :ivar target: whom or what it was done to.
    """

    at: float
    by: str
    what: str
    room: str
    target: str
    reason: str


def ban_key(ban: Ban) -> tuple[str, str, str]:
    """What tells a ban from others: its kind, folded room and folded mask."""
    return ban.kind, fold(ban.room), fold(ban.mask)
