"""Entries about what is said, in rooms and in private."""

from __future__ import annotations

from typing import NamedTuple

from ...events import Quote, SpeechKind
from .sessions import SessionId


class Say(NamedTuple):
    """MSG, ME: speak in a room."""

    who: SessionId
    room: str
    kind: SpeechKind
    text: str


class Send(NamedTuple):
    """Speak in a room, in several lines or to answer a message.

    :ivar reply_to: as in `Said`.
    :ivar quote: of that message, as its sender found it; without a nick for none.
    """

    who: SessionId
    room: str
    kind: SpeechKind
    text: str
    reply_to: int
    quote: Quote


class Repeat(NamedTuple):
    """What was said in a room, and the log has lost, is said once more.

    A node that had shown it proposes it, where the log went on without it.

    :ivar fork: the position after which the log went on, in milliseconds and a count.
    :ivar id: that the message had.
    :ivar nick: who said it, and need not be here.
    :ivar author: see `Said`; 0 for one who came after the fork.
    :ivar reply_to: see `Said`; 0 where that is lost, too.
    """

    fork: tuple[int, int]
    room: str
    id: int
    nick: str
    kind: SpeechKind
    text: str
    author: int = 0
    reply_to: int = 0


class Whisper(NamedTuple):
    """PRIV: write to people in private."""

    who: SessionId
    nicks: tuple[str, ...]
    text: str
    kind: SpeechKind


class Write(NamedTuple):
    """PRIV: write to people in private, and keep it where that may be.

    :ivar reply_to: the id of what it answers in their conversation; 0 for nothing.
    :ivar quote: of that message, as in `Send`.
    """

    who: SessionId
    nicks: tuple[str, ...]
    kind: SpeechKind
    text: str
    reply_to: int
    quote: Quote


class Query(NamedTuple):
    """A program asks another, or answers it (IRC's CTCP)."""

    who: SessionId
    nick: str
    text: str
    answer: bool


class Tag(NamedTuple):
    """Somebody shows something without words (IRC's TAGMSG); see `events.Tagged`."""

    who: SessionId
    to: str
    tags: tuple[tuple[str, str], ...]
