"""Every way in which the chat can change, as plain immutable data.

A session proposes an entry, a log gives it its place and its time, and `Hub.apply`
makes it so, on every node alike, or refuses it.  What had to be found out first (a
hash, what a certificate proves, the current room) stands in it.  Text is clean and
of a length that is allowed; who may do what is judged when it is applied.

``who`` is whose doing it is; ``room`` is a room's name, empty for the whole chat.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from ..events import SpeechKind
from .shared_settings import SharedSettings


class SessionId(NamedTuple):
    """Which connection, on whichever node.

    :ivar node: the number of the node that has it.
    :ivar number: counts the connections of that node.
    """

    node: int
    number: int


# Coming and going


class Connect(NamedTuple):
    """Somebody is connected, still without a nick.

    :ivar host: the peer's address.
    :ivar secure: nobody on the way can read along.
    :ivar can_log_in: its dialect has a way to prove a nick.
    """

    who: SessionId
    host: str
    secure: bool
    can_log_in: bool


class Disconnect(NamedTuple):
    """The connection has ended.

    :ivar reason: what the others read.
    :ivar fallback: what they read where this person may not speak.
    """

    who: SessionId
    reason: str
    fallback: str = ""


class TakeNick(NamedTuple):
    """NICK: come into the chat, or take another nick.

    :ivar about: what is said of oneself; for who comes in.
    :ivar token: a random word, in hexadecimal digits: see `User.token`, and what
        `guest_nick` makes of it for whoever else wears an account's nick.
    """

    who: SessionId
    nick: str
    about: str
    token: str


# Who is who


class Prove(NamedTuple):
    """A session without a nick has proven an account, and will come in later."""

    who: SessionId
    account: str


class LogIn(NamedTuple):
    """A session has proven an account, and comes in as it.

    :ivar about: as in `TakeNick`, and `token`.
    :ivar keep_nick: the account is taken on under the nick that is worn (OPER).
    """

    who: SessionId
    account: str
    about: str
    token: str
    keep_nick: bool = False


class Register(NamedTuple):
    """REGISTER: the nick is an account now, of whoever still wears it.

    :ivar hash: of the password; see `Account.hash`.
    :ivar network: the `mark` of where it is registered from.
    """

    who: SessionId
    nick: str
    hash: str
    network: bytes

    def __repr__(self) -> str:
        return f"Register({self.who}, {self.nick!r})"


class SetPassword(NamedTuple):
    """PASSWD: the account has another password.

    :ivar alone: its certificates and networks prove nothing any more.
    """

    nick: str
    hash: str
    alone: bool = False

    def __repr__(self) -> str:
        return f"SetPassword({self.nick!r}, alone={self.alone})"


class SetOperator(NamedTuple):
    """The account is an operator's, or no longer."""

    nick: str
    operator: bool


class AddCertificate(NamedTuple):
    """CERT add.

    :ivar fingerprint: see `Account.certificates`.
    :ivar take: also from the account that has it; who asks for it holds its key.
    """

    nick: str
    fingerprint: str
    take: bool


class RemoveCertificate(NamedTuple):
    """CERT remove."""

    nick: str
    fingerprint: str


class RememberNetwork(NamedTuple):
    """Somebody has proven the account from a network, of which this is the `mark`."""

    nick: str
    network: bytes


class Unregister(NamedTuple):
    """An account is gone.

    :ivar token: as in `TakeNick`.
    """

    nick: str
    token: str


class EndGrace(NamedTuple):
    """Who wears a registered nick has not proven it in time.

    :ivar grace: which time that was; see `User.grace`.
    :ivar token: as in `TakeNick`.
    """

    who: SessionId
    grace: float
    token: str


# Speaking


class Say(NamedTuple):
    """MSG, ME: speak in a room."""

    who: SessionId
    room: str
    kind: SpeechKind
    text: str


class Whisper(NamedTuple):
    """PRIV: write to people in private."""

    who: SessionId
    nicks: tuple[str, ...]
    text: str
    kind: SpeechKind


class Query(NamedTuple):
    """A program asks another, or answers it (IRC's CTCP)."""

    who: SessionId
    nick: str
    text: str
    answer: bool


# Rooms


class Join(NamedTuple):
    who: SessionId
    room: str
    key: str


class Part(NamedTuple):
    who: SessionId
    room: str
    reason: str


class SetTopic(NamedTuple):
    who: SessionId
    room: str
    topic: str


class SetRule(NamedTuple):
    """ROOM: see `RoomRegistry.set_rule` for rules and values."""

    who: SessionId
    room: str
    rule: str
    value: str


class SetOwner(NamedTuple):
    """OWNER: let somebody decide in a room, or no longer."""

    who: SessionId
    room: str
    nick: str
    owner: bool


class SetVoice(NamedTuple):
    """VOICE: let somebody speak while the room is moderated, or no longer."""

    who: SessionId
    room: str
    nick: str
    voice: bool


class Invite(NamedTuple):
    who: SessionId
    room: str
    nick: str


class ForgetRooms(NamedTuple):
    """Of these rooms no message is left: their ids begin anew.

    :ivar rooms: folded names, each with the id of its latest message.
    """

    rooms: tuple[tuple[str, int], ...]


# Order


class Kick(NamedTuple):
    who: SessionId
    room: str
    nick: str
    reason: str


class Restrain(NamedTuple):
    """BAN, MUTE.

    :ivar kind: "ban" or "mute".
    :ivar seconds: how long; 0 for ever.
    :ivar expel: throw out who is there and banned.
    """

    who: SessionId
    kind: str
    room: str
    mask: str
    seconds: float
    reason: str
    expel: bool = True


class Release(NamedTuple):
    """UNBAN, UNMUTE."""

    who: SessionId
    kind: str
    room: str
    mask: str


class RecordAction(NamedTuple):
    """Somebody who is not here has changed something, and the audit shall say so.

    :ivar by: who; see `AuditEntry` for the others.
    """

    by: str
    what: str
    target: str


class Announce(NamedTuple):
    who: SessionId
    text: str


# Oneself


class SetAway(NamedTuple):
    """AWAY; an empty text: one is back."""

    who: SessionId
    text: str


class Describe(NamedTuple):
    """Say who one is (IRC's real name)."""

    who: SessionId
    about: str


class SetBot(NamedTuple):
    """Say that one is a program, or is none."""

    who: SessionId
    bot: bool


class Ignore(NamedTuple):
    who: SessionId
    nick: str


class Unignore(NamedTuple):
    who: SessionId
    nick: str


# The servers that are one chat


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


class Configure(NamedTuple):
    """What all nodes share of their settings."""

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
)

VERSION = 1
"""The newest kinds of entry that this program understands.

It goes up by one when a kind is added, or gets another field.
"""

VERSIONS: dict[type[Entry], int] = {}
"""From which `VERSION` on a kind is understood, where that isn't 1."""
