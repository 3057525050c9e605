"""Entries about the servers that are one chat."""

from __future__ import annotations

from typing import NamedTuple

from ..shared_settings import SharedSettings
from .sessions import SessionId


class NodeUp(NamedTuple):
    """A server is one of the chat from now on.

    :ivar node: its number; see `SessionId.node`.
    :ivar name: what people call it.
    :ivar version: the newest kinds of entry that it understands; see `VERSION`.
    """

    node: int
    name: str
    version: int


class NodeGone(NamedTuple):
    """A server is no more; whoever was connected there has left."""

    node: int


class Checked(NamedTuple):
    """What a node has found to be so after a record of the log; see `Checks`.

    :ivar position: of that record.
    :ivar checksum: see `Hub.checksum`.
    """

    node: int
    position: tuple[int, int]
    checksum: str


class Check(NamedTuple):
    """All nodes shall see whether they agree after the record that has this.

    :ivar node: which one wants to know.
    """

    node: int


class Configure(NamedTuple):
    """What all nodes share of their settings."""

    shared: SharedSettings


class ChangeSettings(NamedTuple):
    """What all nodes share of their settings is changed while they run.

    :ivar before: what it is changed from: whoever knew something else is refused.
    """

    before: SharedSettings
    shared: SharedSettings


class Seat(NamedTuple):
    """A room where somebody was.

    :ivar since: when it was made; see `Room.since`.
    """

    room: str
    since: float


class Return(NamedTuple):
    """Somebody is back whose node was gone, over the same connection as before.

    :ivar who: what the connection is called from now on.
    :ivar host: as in `Connect`, and what follows.
    :ivar account: what they had proven to be; empty for a guest.
    :ivar about: as in `User`, and what follows.
    :ivar ignores: folded nicks.
    """

    who: SessionId
    host: str
    secure: bool
    can_log_in: bool
    nick: str
    account: str
    about: str
    away: str
    bot: bool
    rooms: tuple[Seat, ...]
    ignores: tuple[str, ...]
    token: str


class Regain(NamedTuple):
    """What somebody was and had beside that, who is back by `Return`.

    :ivar token: as in `Return`: nobody else gets it.
    :ivar since: as in `User`.
    :ivar voices: rooms where they had a voice as a guest.
    :ivar owned: rooms that they owned while they were there.
    :ivar invitations: rooms that let them in once.
    :ivar writer: the nick of who last wrote to them, empty for nobody.
    :ivar writer_token: that person's `User.token`.
    :ivar author: the number of the guest they were, whose words are still theirs: see
        `User.author`; 0: they had an account.
    :ivar was: as in `User`.
    """

    who: SessionId
    token: str
    since: float
    voices: tuple[Seat, ...]
    owned: tuple[Seat, ...]
    invitations: tuple[Seat, ...]
    writer: str
    writer_token: str
    author: int = 0
    was: int = 0
