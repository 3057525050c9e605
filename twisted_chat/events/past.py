"""What was said before, and how far it is read: answers to those who come or ask."""

from __future__ import annotations

from typing import NamedTuple

from .messages import Said


class Replayed(NamedTuple):
    """To whoever enters a room: what was said last, or what they haven't read.

    :ivar more: whether there is more than that.
    :ivar read: the id up to which they have read; None: nobody knows.
    """

    room: str
    messages: tuple[Said, ...]
    more: bool
    at: float
    read: int | None = None


class Recalled(NamedTuple):
    """The answer to HISTORY, in ascending order.

    :ivar next: the id from which to ask for more, in the direction that was
        asked for: the `newer` messages or the older ones; None: no more.
    :ivar n: how many were asked for.
    """

    room: str
    messages: tuple[Said, ...]
    next: int | None
    newer: bool
    n: int
    at: float


class Matched(NamedTuple):
    """The answer to SEARCH, the newest first.

    :ivar next: with what to search ``before`` for older ones; None: no more.
    """

    words: str
    messages: tuple[Said, ...]
    next: int | None
    at: float


class Read(NamedTuple):
    """To the other sessions of a person: they have read up to the message ``id``.

    :ivar room: a room's name, or ``@`` and the nicks of the others.
    :ivar unread: how many messages there are after it, of others.
    :ivar mentions: in how many of those they are mentioned.
    """

    room: str
    id: int
    unread: int
    mentions: int
    at: float


class UnreadPlace(NamedTuple):
    """Where something is unread; see `Read`.

    :ivar last: the id of the latest message.
    """

    room: str
    id: int
    last: int
    unread: int
    mentions: int


class Unread(NamedTuple):
    """The answer to UNREAD.

    :ivar more: places that were left out.
    """

    places: tuple[UnreadPlace, ...]
    more: int
    at: float


class Conversation(NamedTuple):
    """What somebody has written with others in private, as it is kept.

    :ivar room: ``@`` and the nicks of the others, with commas.
    :ivar last: the id of the latest message.
    """

    room: str
    last: int


class Conversations(NamedTuple):
    """The answer to CONVERSATIONS, those last written in first.

    :ivar more: how many were left out.
    """

    conversations: tuple[Conversation, ...]
    more: int
    at: float


class Mentioned(NamedTuple):
    """The answer to MENTIONS: unread messages that mention somebody, the newest first.

    :ivar more: whether there are more.
    """

    messages: tuple[Said, ...]
    more: bool
    at: float
