"""What happens in the chat, as plain immutable data.

The hub makes events, the fan-out carries them, a format turns them into
bytes.  ``at`` is always the wall clock in seconds since the epoch (UTC).
"""

from __future__ import annotations

from typing import TypeAlias

from .answers import (
    Done,
    Failed,
    Notice,
    Pong,
)
from .errors import (
    ChatError,
)
from .messages import (
    EDITED,
    NAMED,
    NO_QUOTE,
    ONE_LINE,
    TAGS,
    Deleted,
    Edited,
    Extent,
    Marks,
    Queried,
    Quote,
    Reacted,
    Reaction,
    Reactor,
    Said,
    SaidKind,
    SpeechKind,
    Tagged,
    Waited,
    Whispered,
    extent_of,
)
from .past import (
    Conversation,
    Conversations,
    Matched,
    Mentioned,
    Read,
    Recalled,
    Replayed,
    Unread,
    UnreadPlace,
)
from .people import (
    AccountSet,
    Arrived,
    AwaySet,
    Departed,
    Described,
    LoggedIn,
    Named,
    Profile,
    Renamed,
    Seen,
)
from .rooms import (
    Ban,
    BanList,
    Crowd,
    Invited,
    InviteSent,
    Joined,
    Kicked,
    Members,
    Parted,
    Person,
    RoomChanged,
    RoomInfo,
    RoomRenamed,
    RoomRules,
    Rooms,
    TopicSet,
    topic_of,
)

__all__ = [
    "EDITED",
    "NAMED",
    "NO_QUOTE",
    "ONE_LINE",
    "TAGS",
    "AccountSet",
    "Arrived",
    "AwaySet",
    "Ban",
    "BanList",
    "ChatError",
    "Conversation",
    "Conversations",
    "Crowd",
    "Deleted",
    "Departed",
    "Described",
    "Done",
    "Edited",
    "Event",
    "Extent",
    "Failed",
    "InviteSent",
    "Invited",
    "Joined",
    "Kicked",
    "LoggedIn",
    "Marks",
    "Matched",
    "Members",
    "Mentioned",
    "Named",
    "Notice",
    "Parted",
    "Person",
    "Pong",
    "Profile",
    "Queried",
    "Quote",
    "Reacted",
    "Reaction",
    "Reactor",
    "Read",
    "Recalled",
    "Renamed",
    "Replayed",
    "RoomChanged",
    "RoomInfo",
    "RoomRenamed",
    "RoomRules",
    "Rooms",
    "Said",
    "SaidKind",
    "Seen",
    "SpeechKind",
    "Tagged",
    "TopicSet",
    "Unread",
    "UnreadPlace",
    "Waited",
    "Whispered",
    "extent_of",
    "topic_of",
]

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
