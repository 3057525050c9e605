"""Who comes and goes, and what they are called."""

from __future__ import annotations

from typing import NamedTuple


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


class Renamed(NamedTuple):
    old: str
    nick: str
    at: float


class Named(NamedTuple):
    """To a person: this is your nick now.  ``old`` is empty the first time."""

    old: str
    nick: str
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
