"""Entries about a connection, and about the person whose it is."""

from __future__ import annotations

from typing import NamedTuple


class SessionId(NamedTuple):
    """Which connection, on whichever node.

    :ivar node: the number of the node that has it.
    :ivar number: counts the connections of that node.
    """

    node: int
    number: int


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


class Visit(NamedTuple):
    """A session comes in for one command, and nobody hears of it; see `User.visits`.

    :ivar room: empty: it takes a nick, and is in no room; else it may speak there.
    :ivar nick: with an empty room; as in `TakeNick`, and `token`.
    """

    who: SessionId
    room: str
    nick: str
    token: str


class Introduce(NamedTuple):
    """What a connection says before it comes in.

    :ivar username: the name of its user, as others see it; see `hosts.username_of`.
    :ivar lobby: whether it comes into the lobby by coming in.
    """

    who: SessionId
    username: str
    lobby: bool


class NameDevice(NamedTuple):
    """What a client calls itself beside the account that it proves; see `devices`."""

    who: SessionId
    device: str


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


class SetAway(NamedTuple):
    """AWAY; an empty text means to be back."""

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


class SetKeep(NamedTuple):
    """KEEP: let what the account writes in private, and is written, be kept or not."""

    who: SessionId
    keep: bool


class SetStay(NamedTuple):
    """STAY: let the account stay in its rooms without a session, or not."""

    who: SessionId
    stay: bool


class EndStay(NamedTuple):
    """Who stayed has been away for too long.

    :ivar account: the number of the account; :ivar since: see `User.absent_since`.
    """

    account: int
    since: float


class MarkRead(NamedTuple):
    """READ: the account has read up to a message.

    :ivar place: the folded name of a room, or the key of a conversation.
    """

    who: SessionId
    place: str
    id: int


class ForgetConversation(NamedTuple):
    """FORGET: delete what the account and others have written to each other.

    :ivar key: see `Conversations`.
    """

    who: SessionId
    key: str


class Ignore(NamedTuple):
    """IGNORE: don't hear somebody any more."""

    who: SessionId
    nick: str


class Unignore(NamedTuple):
    """UNIGNORE: hear somebody again, who may not be here."""

    who: SessionId
    nick: str
