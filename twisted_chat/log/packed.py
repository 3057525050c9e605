"""A snapshot as it is kept in a stream: a line about the log, and the state.

The line says where the latest generations began, and the sequence of each node's last
record, by which the nodes go on when a generation is opened from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from .lineage import MAX_GENERATIONS, Lineage
from .machine import Start
from .stream import MAX_MEMBERS, Malformed, Position

MAX_MARK = 1024
"""The longest mark of a `Start`, in characters; a longer one is left out."""

_MAX_ROW = 64
_MAX_ESCAPED = 6 * MAX_MARK
MAX_HEADER = MAX_GENERATIONS * (_MAX_ROW + _MAX_ESCAPED) + (MAX_MEMBERS + 1) * _MAX_ROW


class Packed(NamedTuple):
    """:ivar sequences: of the last record of each node that was up, by its number."""

    lineage: Lineage
    sequences: Mapping[int, int]
    data: bytes

    def pack(self) -> bytes:
        starts = [
            [number, *position, mark if len(mark) <= MAX_MARK else ""]
            for number, position, mark in self.lineage.starts
        ]
        header = [starts, list(self.sequences.items())]
        return json.dumps(header).encode() + b"\n" + self.data


def unpack(packed: bytes) -> Packed:
    """What `Packed.pack` made; raises `Malformed`."""
    end = packed.find(b"\n", 0, MAX_HEADER)
    try:
        rows, counts = json.loads(packed[: max(end, 0)])
        starts = [_start(*row) for row in rows]
        sequences = {int(node): int(sequence) for node, sequence in counts}
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Malformed("a snapshot doesn't say its generation") from None
    if not starts:
        raise Malformed("a snapshot is of no generation")
    return Packed(Lineage(starts), sequences, packed[end + 1 :])


def _start(generation: int, ms: int, seq: int, mark: str = "", *_: object) -> Start:
    return Start(int(generation), Position(int(ms), int(seq)), str(mark)[:MAX_MARK])
