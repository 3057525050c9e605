"""Every way in which the chat can change, as plain immutable data.

A session proposes an entry.  A log gives it its place and its time.  `Hub.apply`
changes the state as it says, on every node alike, or refuses it.  What had to be found
out first (a hash, what a certificate proves, the current room) is part of the entry.
Its text is clean and no longer than allowed.  Who may do what is checked when it is
applied.

``who`` is the session that asks for it; ``room`` is a room's name, empty for the whole
chat.
"""

from __future__ import annotations

from typing import TypeAlias

from .accounts import (
    AddCertificate,
    Attempt,
    AttemptOver,
    EndGrace,
    LogIn,
    Prove,
    Register,
    RememberNetwork,
    RemoveCertificate,
    SetOperator,
    SetPassword,
    Table,
    Try,
    Unregister,
)
from .moderation import (
    Announce,
    Kick,
    RecordAction,
    Release,
    Restrain,
)
from .nodes import (
    Checked,
    Configure,
    NodeGone,
    NodeUp,
    Return,
    Seat,
)
from .rooms import (
    ForgetRooms,
    Invite,
    Join,
    Part,
    SetOwner,
    SetRule,
    SetTopic,
    SetVoice,
)
from .sessions import (
    Connect,
    Describe,
    Disconnect,
    Ignore,
    SessionId,
    SetAway,
    SetBot,
    TakeNick,
    Unignore,
)
from .speech import (
    Query,
    Say,
    Whisper,
)

__all__ = [
    "VERSION",
    "VERSIONS",
    "AddCertificate",
    "Announce",
    "Attempt",
    "AttemptOver",
    "Checked",
    "Configure",
    "Connect",
    "Describe",
    "Disconnect",
    "EndGrace",
    "Entry",
    "ForgetRooms",
    "Ignore",
    "Invite",
    "Join",
    "Kick",
    "LogIn",
    "NodeGone",
    "NodeUp",
    "Part",
    "Prove",
    "Query",
    "RecordAction",
    "Register",
    "Release",
    "RememberNetwork",
    "RemoveCertificate",
    "Restrain",
    "Return",
    "Say",
    "Seat",
    "SessionId",
    "SetAway",
    "SetBot",
    "SetOperator",
    "SetOwner",
    "SetPassword",
    "SetRule",
    "SetTopic",
    "SetVoice",
    "Table",
    "TakeNick",
    "Try",
    "Unignore",
    "Unregister",
    "Whisper",
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
)
"""Every kind of entry.

The place of a kind here is its number in a shared log; see `log.codec.Codec`.
"""

VERSION = 1
"""The newest kinds of entry that this program understands.

It goes up by one when a kind is added, or gets another field.
"""

VERSIONS: dict[type[Entry], int] = {}
"""From which `VERSION` on a kind is understood, where that isn't 1."""
