"""The order of messages over all rooms, as numbers by which a search is paged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ..events import Said

BITS = 10
"""Of a position: so many messages of one millisecond can be told apart by it, as 2^n.

With the milliseconds since the epoch that is less than 2^53, what a JSON number can
say, for some two hundred years.
"""

Serials: TypeAlias = Callable[[Sequence[Said], int], Sequence[int]]
"""Gives those of messages, in order, that come after one with that serial."""


def in_turn(messages: Sequence[Said], last: int) -> range:
    """Serials of one file alone: the next numbers."""
    return range(last + 1, last + 1 + len(messages))


def positions(messages: Sequence[Said], last: int) -> list[int]:
    """Serials by the time of the log, which are the same on every node.

    So the next page of a search can be had from another node.  What a file has from
    before it was a node's has lower ones, and those of each file may differ.
    """
    found = []
    for message in messages:
        last = max(last + 1, round(message.at * 1000) << BITS)
        found.append(last)
    return found
