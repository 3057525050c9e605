"""What happens in the chat, as plain immutable data.

The hub makes events, the fan-out carries them, a format turns them into
bytes.  ``at`` is always the wall clock in seconds since the epoch (UTC).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias


class ChatError(Exception):
    """A request that the chat refuses.

    :ivar code: the number that IRC gives to this refusal (RFC 2812 section
        5.2, or the Modern IRC Client Protocol), the same on every door.
    :ivar text: what went wrong and what to do next, one line for a person.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text


# Plain strings, and no Enum: nothing to convert where they are stored or sent.
SpeechKind: TypeAlias = Literal["message", "action", "notice"]
"""What is said, what is done (ME), or a message that no program answers by itself.

The last is IRC's NOTICE; `Notice` is what the server says.
"""


class Quote(NamedTuple):
    """The beginning of a message that another one answers.

    :ivar text: in one line; empty where the message is gone.
    """

    nick: str
    text: str


NO_QUOTE = Quote("", "")


class Reaction(NamedTuple):
    """One kind of reaction to a message.

    :ivar reaction: an emoji.
    :ivar total: of how many people.
    :ivar nicks: the first of them.
    :ivar authors: whose those are; see `Said.author`.
    """

    reaction: str
    total: int
    nicks: tuple[str, ...]
    authors: tuple[int, ...]


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
    kind: SpeechKind = "message"
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


class Arrived(NamedTuple):
    """Somebody came into the chat, and so into the lobby."""

    room: str
    nick: str
    at: float


class Departed(NamedTuple):
    """Somebody left the chat, and so every room."""

    nick: str
    reason: str
    at: float


class Joined(NamedTuple):
    room: str
    nick: str
    at: float


class Parted(NamedTuple):
    room: str
    nick: str
    reason: str
    at: float


class Crowd(NamedTuple):
    """Who came and went in a crowded room since the last such event."""

    room: str
    joined: tuple[str, ...]
    left: tuple[str, ...]
    at: float


class Renamed(NamedTuple):
    old: str
    nick: str
    at: float


class RoomRenamed(NamedTuple):
    """A room is called otherwise now; ``nick`` is whose doing it is.

    :ivar room: what it was called; :ivar name: what it is called.
    """

    room: str
    name: str
    nick: str
    reason: str
    at: float


class Named(NamedTuple):
    """To a person: this is your nick now.  ``old`` is empty the first time."""

    old: str
    nick: str
    at: float


class TopicSet(NamedTuple):
    """The topic of a room; ``nick`` is who set it, empty when nobody did."""

    room: str
    nick: str
    topic: str
    at: float


class AwaySet(NamedTuple):
    """Somebody went away (``text``) or came back (empty ``text``)."""

    nick: str
    text: str
    at: float


class Described(NamedTuple):
    """Somebody says who they are (IRC's real name)."""

    nick: str
    about: str
    at: float


class Seen(NamedTuple):
    """To whoever watches them: these people came, or went."""

    nicks: tuple[str, ...]
    here: bool
    at: float


class LoggedIn(NamedTuple):
    """To a person: this is your account now; empty when it is none any more."""

    nick: str
    account: str
    at: float


class AccountSet(NamedTuple):
    """To those who share a room: somebody logged in, or out (empty).

    :ivar before: the account that they had been shown with.
    """

    nick: str
    account: str
    at: float
    before: str = ""


class Kicked(NamedTuple):
    """Somebody was thrown out of a room; out of the chat when ``room`` is empty."""

    room: str
    nick: str
    by: str
    reason: str
    at: float


class RoomChanged(NamedTuple):
    """A rule of a room changed.

    :ivar rule: "locked" (invited people only), "moderated", "topic_locked",
        "secret", "no_ctcp" or "key" with the value "on" or "off"; "limit" with a
        number or "off"; "owner", "voice", "ban", "mute", "except" or "invex" with "+"
        or "-" and whom.
    """

    room: str
    by: str
    rule: str
    value: str
    at: float


class Invited(NamedTuple):
    """To a person: ``by`` invites you into ``room``."""

    room: str
    nick: str
    by: str
    at: float


class InviteSent(NamedTuple):
    """To those in a room: ``by`` has invited ``nick`` into it."""

    room: str
    nick: str
    by: str
    at: float


class Ban(NamedTuple):
    """Somebody is kept out, or kept silent.

    :ivar kind: "ban" or "mute"; in a room also "except", for whom these don't hold,
        and "invex", for whom a lock doesn't.
    :ivar room: where; empty for the whole chat.
    :ivar mask: a nick, also with ``*`` and ``?``, an address or a prefix.
    :ivar until: seconds since the epoch; 0 for ever.
    :ivar accounts: whom it means beyond the mask, under whatever nick.
    :ivar hosts: addresses and prefixes; it holds for guests who come from there.
    :ivar temporary: it ends when nobody is in the room any more, and is nowhere kept.
    """

    kind: str
    room: str
    mask: str
    by: str
    reason: str
    since: float
    until: float
    accounts: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    temporary: bool = False


class BanList(NamedTuple):
    """The bans and mutes of a room, or of the whole chat."""

    room: str
    bans: tuple[Ban, ...]
    at: float


class RoomRules(NamedTuple):
    """The rules of a room.  ``key`` is told to its owners, else "on"."""

    room: str
    locked: bool
    moderated: bool
    topic_locked: bool
    secret: bool
    no_ctcp: bool
    key: str
    limit: int
    owners: tuple[str, ...]
    voices: tuple[str, ...]
    at: float


class Notice(NamedTuple):
    """The server says something to a person.

    :ivar code: a word for programs, as `Failed.code` is a number: which notice
        this is, whatever its text.
    :ivar value: what it is about, for programs: a room, a nick; may be empty.
    """

    text: str
    at: float
    code: str
    value: str = ""


class Failed(NamedTuple):
    """A refusal on its way to whoever asked; see `ChatError`."""

    code: int
    text: str
    at: float


class Done(NamedTuple):
    """To a program: its command is done, and there was nothing else to tell."""

    at: float


class Pong(NamedTuple):
    token: str
    at: float


class Person(NamedTuple):
    """:ivar rank: in that room: "owner", "voice" or empty."""

    nick: str
    away: str
    rank: str = ""


class Members(NamedTuple):
    """Who is in a room.  ``more`` counts the people left out of ``people``."""

    room: str
    people: tuple[Person, ...]
    more: int
    at: float


class RoomInfo(NamedTuple):
    room: str
    people: int
    topic: str


class Rooms(NamedTuple):
    """The rooms, the largest first.  ``more`` counts the rooms left out."""

    rooms: tuple[RoomInfo, ...]
    more: int
    at: float


class Profile(NamedTuple):
    """About a person.  ``idle`` is in seconds, ``rooms`` are those you share.

    ``account`` is empty for a guest, ``host`` is only told to operators, and so is
    ``node``, where the chat is on several: the names of those where the person is.
    """

    nick: str
    away: str
    rooms: tuple[str, ...]
    since: float
    idle: int
    at: float
    account: str = ""
    operator: bool = False
    host: str = ""
    node: str = ""


Event: TypeAlias = (
    Said
    | Replayed
    | Recalled
    | Matched
    | Whispered
    | Waited
    | Read
    | Unread
    | Conversations
    | Mentioned
    | Edited
    | Deleted
    | Reacted
    | Queried
    | Tagged
    | Arrived
    | Departed
    | Joined
    | Parted
    | Crowd
    | Renamed
    | Named
    | TopicSet
    | RoomRenamed
    | AwaySet
    | Described
    | Seen
    | LoggedIn
    | AccountSet
    | Kicked
    | RoomChanged
    | Invited
    | InviteSent
    | BanList
    | RoomRules
    | Notice
    | Failed
    | Done
    | Pong
    | Members
    | Rooms
    | Profile
)
