"""What a queue of frames has on its two sides: where bytes come from, and who takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred

F = TypeVar("F")


class Source(Protocol):
    """Where the bytes come from, as far as a queue minds: a transport."""

    def pauseProducing(self) -> object: ...

    def resumeProducing(self) -> object: ...


class NoSource:
    """The source of a peer that is gone."""

    def pauseProducing(self) -> None:
        pass

    def resumeProducing(self) -> None:
        pass


class Taker(Protocol[F]):
    """Who cuts the frames of a queue and takes them: a connection."""

    def cut(self, data: bytes) -> list[F]:
        """The frames that `data` completes."""
        ...

    def cut_end(self) -> list[F]:
        """The frame that the end of the peer's bytes completes, if any, once."""
        ...

    def take(self, frame: F) -> Deferred[Any] | None:
        """Do what `frame` says, and raise nothing.

        A Deferred, which must not fail, holds back the frames behind this one
        until it fires.
        """
        ...

    def take_speech(self, frames: Sequence[F]) -> bool:
        """As `take` for each of `frames`, if all that they do is to speak.

        Else, and where one of them may be refused, none is taken.
        """
        ...

    def asks(self, frame: F) -> bool:
        """Whether `frame` may overtake others while a queue is suspended."""
        ...

    def speaks(self, frame: F) -> bool:
        """Whether `frame` says something in one room, and nothing else.

        Such are heard, or refused, in the order in which they were taken.
        """
        ...

    def heard(self) -> Deferred[Any] | None:
        """Fires when all is heard, or refused, that was said; None: it is already."""
        ...

    def told(self) -> int | None:
        """How many bytes all answers had so far; None while answers are free."""
        ...

    def endless(self) -> None:
        """Over `frames.MAX_UNFINISHED` bytes have completed no frame."""
        ...

    def flooded(self) -> None:
        """More bytes wait than may."""
        ...

    def all_taken(self) -> None:
        """The peer has sent its last byte, and all is taken."""
        ...
