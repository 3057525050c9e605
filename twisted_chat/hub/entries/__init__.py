"""Every way in which the chat can change, as plain immutable data.

A session proposes an entry.  A log gives it its place and its time.  `Hub.apply`
changes the state as it says, on every node alike, or refuses it.  What had to be found
out first (a hash, what a certificate proves, the current room) is part of the entry.
Its text is clean and no longer than allowed.  Who may do what is checked when it is
applied.

``who`` is the session that asks for it; ``room`` is a room's name, empty for the whole
chat.

Servers of several versions may be one chat, while they are upgraded one by one.  So a
kind that may be in a log stays as it is, fields and all, and what is new is a new kind:

1. a NamedTuple in a module of this package, and its name at the end of `Entry`;
2. a line in `VERSIONS`: ``NewKind: 2``, as all others have that no release has had,
   which is one more than what the latest one had;
3. what it does, in the module of `changes` that is called as its own.

`Hub.propose` then refuses it with 263 until every node understands it.  Who wants to
know before asks `Hub.supports`.  A field that is new in a snapshot has a default and
comes last, so that the snapshot of a node that isn't upgraded yet can be read.
"""

from __future__ import annotations

from typing import TypeAlias

from .accounts import (
    AddCertificate,
    AddKey,
    AddTicket,
    Attempt,
    AttemptOver,
    EndGrace,
    LogIn,
    Oper,
    Prove,
    Register,
    RememberNetwork,
    RemoveCertificate,
    RemoveKey,
    RemoveToken,
    SetOperator,
    SetPassword,
    Table,
    Try,
    Unregister,
    UseToken,
    WrongWord,
)
from .messages import (
    Delete,
    Edit,
    Facts,
    ForgetAccount,
    PurgeAuthor,
    React,
    RepeatDelete,
    RepeatEdit,
)
from .moderation import (
    Announce,
    Kick,
    RecordAction,
    Release,
    RepeatBan,
    RepeatRelease,
    Restrain,
    SetException,
)
from .nodes import (
    ChangeSettings,
    Check,
    Checked,
    Configure,
    NodeGone,
    NodeUp,
    Regain,
    Return,
    Seat,
)
from .rooms import (
    ChangeTopic,
    ForgetRooms,
    Invite,
    Join,
    JoinWith,
    Part,
    RenameRoom,
    RepeatRules,
    SetOwner,
    SetRule,
    SetTopic,
    SetVoice,
)
from .sessions import (
    Connect,
    Describe,
    Disconnect,
    EndStay,
    ForgetConversation,
    Ignore,
    Introduce,
    MarkRead,
    NameDevice,
    SessionId,
    SetAway,
    SetBot,
    SetKeep,
    SetStay,
    TakeNick,
    Unignore,
    Visit,
)
from .speech import (
    Query,
    Repeat,
    Say,
    Send,
    Tag,
    Whisper,
    Write,
)

__all__ = [
    "VERSION",
    "VERSIONS",
    "AddCertificate",
    "AddKey",
    "AddTicket",
    "Announce",
    "Attempt",
    "AttemptOver",
    "ChangeSettings",
    "ChangeTopic",
    "Check",
    "Checked",
    "Configure",
    "Connect",
    "Delete",
    "Describe",
    "Disconnect",
    "Edit",
    "EndGrace",
    "EndStay",
    "Entry",
    "Facts",
    "ForgetAccount",
    "ForgetConversation",
    "ForgetRooms",
    "Ignore",
    "Introduce",
    "Invite",
    "Join",
    "JoinWith",
    "Kick",
    "LogIn",
    "MarkRead",
    "NameDevice",
    "NodeGone",
    "NodeUp",
    "Oper",
    "Part",
    "Prove",
    "PurgeAuthor",
    "Query",
    "React",
    "RecordAction",
    "Regain",
    "Register",
    "Release",
    "RememberNetwork",
    "RemoveCertificate",
    "RemoveKey",
    "RemoveToken",
    "RenameRoom",
    "Repeat",
    "RepeatBan",
    "RepeatDelete",
    "RepeatEdit",
    "RepeatRelease",
    "RepeatRules",
    "Restrain",
    "Return",
    "Say",
    "Seat",
    "Send",
    "SessionId",
    "SetAway",
    "SetBot",
    "SetException",
    "SetKeep",
    "SetOperator",
    "SetOwner",
    "SetPassword",
    "SetRule",
    "SetStay",
    "SetTopic",
    "SetVoice",
    "Table",
    "Tag",
    "TakeNick",
    "Try",
    "Unignore",
    "Unregister",
    "UseToken",
    "Visit",
    "Whisper",
    "Write",
    "WrongWord",
]

Entry: TypeAlias = (
    Connect
    | Disconnect
    | TakeNick
    | Prove
    | LogIn
    | Register
    | SetPassword
    | SetOperator
    | AddCertificate
    | RemoveCertificate
    | RememberNetwork
    | Unregister
    | EndGrace
    | Say
    | Whisper
    | Query
    | Join
    | Part
    | SetTopic
    | SetRule
    | SetOwner
    | SetVoice
    | Invite
    | ForgetRooms
    | Kick
    | Restrain
    | Release
    | RecordAction
    | Announce
    | SetAway
    | Describe
    | SetBot
    | Ignore
    | Unignore
    | NodeUp
    | NodeGone
    | Configure
    | Return
    | Attempt
    | AttemptOver
    | Checked
    | ChangeSettings
    | Tag
    | Repeat
    | AddKey
    | RemoveKey
    | Regain
    | Visit
    | JoinWith
    | SetException
    | Introduce
    | Send
    | Write
    | SetKeep
    | ForgetConversation
    | MarkRead
    | SetStay
    | EndStay
    | Edit
    | Delete
    | React
    | Check
    | PurgeAuthor
    | ForgetAccount
    | WrongWord
    | RepeatBan
    | RepeatRelease
    | RepeatRules
    | RenameRoom
    | AddTicket
    | UseToken
    | RemoveToken
    | RepeatEdit
    | RepeatDelete
    | NameDevice
    | Oper
    | ChangeTopic
)
"""Every kind of entry.

The place of a kind here is its number in a shared log; see `log.codec.Codec`.
"""

VERSIONS: dict[type[Entry], int] = {
    ChangeSettings: 2,
    Tag: 2,
    Repeat: 2,
    AddKey: 2,
    RemoveKey: 2,
    Regain: 2,
    Visit: 2,
    JoinWith: 2,
    SetException: 2,
    Introduce: 2,
    Send: 2,
    Write: 2,
    SetKeep: 2,
    ForgetConversation: 2,
    MarkRead: 2,
    SetStay: 2,
    EndStay: 2,
    Edit: 2,
    Delete: 2,
    React: 2,
    Check: 2,
    PurgeAuthor: 2,
    ForgetAccount: 2,
    WrongWord: 2,
    RepeatBan: 2,
    RepeatRelease: 2,
    RepeatRules: 2,
    RenameRoom: 2,
    AddTicket: 2,
    UseToken: 2,
    RemoveToken: 2,
    RepeatEdit: 2,
    RepeatDelete: 2,
    NameDevice: 2,
    Oper: 2,
    ChangeTopic: 2,
}
"""From which `VERSION` on a kind is understood, where that isn't 1."""

VERSION = max(VERSIONS.values(), default=1)
"""The newest kinds of entry that this program understands."""
