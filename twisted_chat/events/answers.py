"""What only one session is told: notices, refusals, and answers to PING."""

from __future__ import annotations

from typing import NamedTuple


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
