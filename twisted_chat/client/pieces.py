"""What a line on a screen is made of."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import NamedTuple

from ..names import LOBBY


class Style(Enum):
    """What a piece of a line is; a screen knows how to show it."""

    PLAIN = "plain"
    TIME = "time"
    NICK = "nick"
    ROOM = "room"
    NOTICE = "notice"
    ERROR = "error"


class Piece(NamedTuple):
    """Some text of one style, without what could act on a terminal."""

    text: str
    style: Style = Style.PLAIN


Pieces = tuple[Piece, ...]


class Line(NamedTuple):
    """One line to show.

    :ivar at: local time, or None when the server told none.
    :ivar again: it was said before; this is a replay.
    :ivar loud: it is addressed to whoever reads it.
    """

    pieces: Pieces
    at: datetime | None
    again: bool = False
    loud: bool = False

    @property
    def text(self) -> str:
        """All of it, without styles."""
        return "".join(piece.text for piece in self.pieces)


def notice(text: str) -> Pieces:
    """What the client itself has to say."""
    return (Piece(f"* {text}", Style.NOTICE),)


def place(room: str) -> Pieces:
    """Where something was said, as the start of a line; nothing for the lobby."""
    return () if room in ("", LOBBY) else (Piece(f"{room} ", Style.ROOM),)
