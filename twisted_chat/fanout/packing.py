"""What a listener gets in one turn, as one bytes object."""

from __future__ import annotations

from collections.abc import Sequence

from .format import Format, Piece

MAX_KEPT = 64


class Packer:
    """Joins and wraps what listeners get in one turn; the same pieces once.

    So a room's turn is put into a frame once, not once for each listener, and
    so is what two rooms emitted for all who are in both.  A slice of a turn is
    one listener's own and isn't kept: what is joined for one listener after
    another reuses memory that is still in the processor's cache.
    """

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        # The pieces are kept too, so that no other object gets their ids.
        self._kept: dict[tuple[object, ...], tuple[Sequence[Piece], bytes]] = {}

    def pack(self, format: Format, pieces: Sequence[Piece]) -> bytes:
        """All `pieces`, which must not change any more, as `format` wraps them."""
        if len(pieces) == 1 and format.wrap is None:
            return bytes(pieces[0])
        if memoryview in map(type, pieces):
            return _make(format, pieces)
        key = (format, *map(id, pieces))
        if key in self._kept:
            return self._kept[key][1]
        data = _make(format, pieces)
        if len(self._kept) < MAX_KEPT:
            self._kept[key] = (pieces, data)
        return data


def _make(format: Format, pieces: Sequence[Piece]) -> bytes:
    data = b"".join(pieces)
    return format.wrap(data) if format.wrap and data else data
