"""What is kept of accounts beside themselves: by their numbers."""

from __future__ import annotations

from typing import NamedTuple


class Marker(NamedTuple):
    """How far an account has read somewhere.

    :ivar account: its number.
    :ivar place: the folded name of a room, or the key of a conversation.
    :ivar id: of the latest message that is read.
    :ivar chosen: somebody said so; else it was the latest when they left.
    """

    account: int
    place: str
    id: int
    chosen: bool


class Waiting(NamedTuple):
    """What was written to an account while nobody was there.

    :ivar account: its number.
    :ivar place: the key of a conversation.
    :ivar first: the id of the first message there that waits.
    :ivar senders: how much waits, each by the number of who wrote it.
    """

    account: int
    place: str
    first: int
    senders: tuple[tuple[int, int], ...]

    @property
    def total(self) -> int:
        """How many messages wait."""
        return sum(count for _, count in self.senders)


class Device(NamedTuple):
    """One of those by which an account comes in; see `hub.devices`.

    :ivar account: its number.
    :ivar since: since when it is away, in seconds since the epoch; 0: it is here.
    """

    account: int
    name: str
    since: float


class Stay(NamedTuple):
    """Somebody who is in the chat also without a session; see STAY.

    :ivar account: the number of the account.
    :ivar rooms: folded names, in the order of joining.
    :ivar since: when they were last connected, in seconds since the epoch.
    """

    account: int
    nick: str
    rooms: tuple[str, ...]
    since: float
