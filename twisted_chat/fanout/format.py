"""How events look, and where they go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from ..events import Event

Piece: TypeAlias = bytes | memoryview
"""Encoded events: a whole turn of a room, a reply, or a slice of a turn."""


class Format:
    """How events look on the wire.

    :ivar encode: an event as bytes; empty when this format doesn't show it.
    :ivar wrap: packs what a listener gets in one turn (a frame around it).
    """

    __slots__ = ("encode", "name", "wrap")

    def __init__(
        self,
        name: str,
        encode: Callable[[Event], bytes],
        wrap: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self.name = name
        self.encode = encode
        self.wrap = wrap

    def __repr__(self) -> str:
        return f"<Format {self.name}>"


class Writer(Protocol):
    """The end of the way down.  Neither method raises."""

    def write(self, data: bytes) -> None: ...

    def finish(self) -> None:
        """Close once all that was written is out."""
