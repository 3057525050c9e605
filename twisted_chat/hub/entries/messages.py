"""Entries about what was said before: changing it, deleting it, reacting to it."""

from __future__ import annotations

from typing import NamedTuple

from ...events import ONE_LINE, Extent
from .sessions import SessionId


class Facts(NamedTuple):
    """What a session has found in its own file of a message.

    Where the message was touched lately, what the hub knows of that counts instead; see
    `hub.touched`.

    :ivar author: as in `Said`, and `nick`.
    :ivar at: when it was said, in seconds of the wall clock.
    :ivar text: the beginning of what it says.
    :ivar deleted: it is gone.
    :ivar kinds: of reaction to it.
    :ivar total: how many people have the reaction that this is about.
    :ivar mine: whether the session's person has it.
    :ivar seen: when that was found, in seconds of the wall clock.
    """

    author: int
    nick: str
    at: float
    text: str
    deleted: bool
    kinds: int
    total: int
    mine: bool
    seen: float


class Edit(NamedTuple):
    """EDIT: a message of one's own says something else."""

    who: SessionId
    room: str
    id: int
    text: str
    facts: Facts


class Delete(NamedTuple):
    """DELETE: a message is gone, one's own or as an owner.

    :ivar extent: how much it was.
    """

    who: SessionId
    room: str
    id: int
    reason: str
    facts: Facts
    extent: Extent = ONE_LINE


class RepeatEdit(NamedTuple):
    """A message was edited, which the log has lost; see `Repeat`.

    :ivar nick: under which it was said.
    :ivar at: when it was edited, in seconds of the wall clock.
    """

    room: str
    id: int
    nick: str
    text: str
    at: float


class RepeatDelete(NamedTuple):
    """A message was deleted, which the log has lost; likewise."""

    room: str
    id: int
    nick: str
    by: str


class PurgeAuthor(NamedTuple):
    """PURGE: delete all that somebody wrote.

    :ivar who: None: ``twisted-chat-admin`` asks for it.
    :ivar nick: an account, or else a guest.
    :ivar room: empty for all.
    :ivar since: what was said from then on, in seconds of the wall clock.
    """

    who: SessionId | None
    nick: str
    room: str
    since: float


class ForgetAccount(NamedTuple):
    """FORGETME: delete all that an account wrote, and end it.

    :ivar token: as in `TakeNick`.
    """

    nick: str
    token: str


class React(NamedTuple):
    """REACT, UNREACT.

    :ivar on: it is put there, or taken away.
    """

    who: SessionId
    room: str
    id: int
    reaction: str
    on: bool
    facts: Facts
