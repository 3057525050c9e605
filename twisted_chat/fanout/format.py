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
    :ivar wrap: packs all that a listener gets in one turn, such as into a
        WebSocket's frame; None where there is nothing to add.
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
    """The end of the way down, such as a `Wire`."""

    def write(self, data: bytes) -> None:
        """Send `data` after all before it, and don't wait for that, nor raise."""

    def send(self, data: bytes) -> int:
        """As `write`, but what isn't sent may be left to that.

        :return: how many bytes are taken care of.
        :raises OSError: none of them.
        """
        self.write(data)
        return len(data)

    def finish(self) -> None:
        """Close once all that was written is out; nor raise."""
