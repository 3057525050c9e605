"""What is said, and what befalls it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Final, Literal, NamedTuple, TypeAlias

# Plain strings, and no Enum: nothing to convert where they are stored or sent.
SpeechKind: TypeAlias = Literal["message", "action", "notice"]
"""What is said, what is done (ME), or a message that no program answers by itself.

The last is IRC's NOTICE; `Notice` is what the server says.
"""

SaidKind: TypeAlias = SpeechKind | Literal["topic"]
"""What a history has: what somebody said, or what they set the topic to."""


class Quote(NamedTuple):
    """The beginning of a message that another one answers.

    :ivar text: in one line; empty where the message is gone.
    """

    nick: str
    text: str


NO_QUOTE = Quote("", "")


NAMED: Final = 20
"""Of so many people who react alike the nicks are shown."""


class Reactor(NamedTuple):
    """Somebody who reacted: the number, the nick, and when; see `Reaction`."""

    author: int
    nick: str
    at: float


class Reaction(NamedTuple):
    """One kind of reaction to a message.

    :ivar reaction: an emoji.
    :ivar total: of how many people.
    :ivar nicks: the first of them; `NAMED` at most are shown.
    :ivar authors: whose those are; see `Said.author`.
    :ivar times: when they reacted, in seconds of the wall clock; fewer, or 0, where
        that isn't known.
    """

    reaction: str
    total: int
    nicks: tuple[str, ...]
    authors: tuple[int, ...]
    times: tuple[float, ...] = ()

    def people(self) -> Iterator[Reactor]:
        """Who they are, in order."""
        times = chain(self.times, repeat(0.0))
        return map(Reactor, self.authors, self.nicks, times)


class Marks(NamedTuple):
    """What there is to a message beside its words.

    :ivar quote: of what it answers.
    :ivar changed: when it was last edited; None: never.
    :ivar deleted_by: who deleted it; empty: nobody, and its text is there.
    :ivar deleted_at: when.
    """

    quote: Quote | None = None
    changed: float | None = None
    deleted_by: str = ""
    deleted_at: float = 0.0
    reactions: tuple[Reaction, ...] = ()


class Said(NamedTuple):
    """What somebody said in a room.  ``id`` grows by one within the room.

    In a history it is also, as the kind "topic", what somebody set the topic to: empty
    where they took it away.  While that happens it is `TopicSet`.

    :ivar author: the number of whose it is (`User.author`): nobody is shown it.  0:
        of nobody any more, as it is older than that.
    :ivar reply_to: the id of the message of this room that it answers; 0: none.
    :ivar marks: None for a message of which there is no more to say, as most.
    """

    room: str
    nick: str
    text: str
    at: float
    id: int
    kind: SaidKind = "message"
    author: int = 0
    reply_to: int = 0
    marks: Marks | None = None


class Edited(NamedTuple):
    """Somebody has changed a message of theirs.

    :ivar nick: under which they wrote it.
    :ivar old: the beginning of what it said before.
    :ivar place: as in `Whispered`, where it was written in private; likewise below.
    """

    room: str
    id: int
    nick: str
    text: str
    old: str
    at: float
    place: str = ""


class Extent(NamedTuple):
    """How much a message was that is gone: some were shown it in several pieces.

    :ivar lines: with text in them; :ivar size: bytes in UTF-8, at most.
    :ivar action: somebody did it.
    """

    lines: int = 1
    size: int = 0
    action: bool = False


ONE_LINE = Extent()


def extent_of(said: Said) -> Extent:
    """That of `said`; of one that was edited it may have been anything before."""
    edited = said.marks is not None and said.marks.changed is not None
    size = max(len(said.text.encode()), EDITED * edited)
    lines = sum(map(bool, map(str.strip, said.text.split("\n"))))
    return Extent(lines, size, said.kind == "action")


EDITED = 4000
"""Bytes that a message may have had which says something else now."""


class Deleted(NamedTuple):
    """A message of `nick` is gone; `by` is who deleted it."""

    room: str
    id: int
    nick: str
    by: str
    reason: str
    at: float
    place: str = ""
    extent: Extent = ONE_LINE


class Reacted(NamedTuple):
    """Somebody reacts to a message, or (not `on`) takes that back.

    :ivar total: how many people have that reaction now.
    """

    room: str
    id: int
    nick: str
    reaction: str
    on: bool
    total: int
    at: float
    place: str = ""


class Whispered(NamedTuple):
    """What somebody wrote to one person or several in private.

    :ivar id: grows by one within their conversation; 0 where it isn't kept.
    :ivar author: the number of the writer's account; 0 where it isn't kept.
    :ivar reply_to: the id of what it answers there; 0: nothing.
    :ivar quote: of that.
    :ivar place: the key of the conversation, which nobody is shown; empty where it
        isn't kept.
    """

    nick: str
    to: tuple[str, ...]
    text: str
    at: float
    kind: SpeechKind = "message"
    id: int = 0
    author: int = 0
    reply_to: int = 0
    quote: Quote | None = None
    place: str = ""


class Waited(NamedTuple):
    """To a person who has come: what was written to them while they weren't here.

    :ivar more: whether there is more, which HISTORY shows.
    """

    messages: tuple[Whispered, ...]
    more: bool
    at: float


class Queried(NamedTuple):
    """One person's program asks or answers another's (IRC's CTCP).

    :ivar to: a nick, or a room for the programs of all who are there.
    """

    nick: str
    to: str
    text: str
    answer: bool
    at: float


class Tagged(NamedTuple):
    """Somebody shows something without words: that they type, how they find a message.

    It is not kept.  A door whose clients show nothing of the kind drops it.

    :ivar to: the room, or the nick of who alone is shown it.
    :ivar tags: names and values; the names are `TAGS`.
    """

    nick: str
    to: str
    tags: tuple[tuple[str, str], ...]
    at: float


TAGS = ("typing", "reply", "draft/reply", "draft/react", "draft/unreact")
"""IRC's client tags that mean something here (IRCv3 typing, reply, react)."""
