"""Whether all nodes have come to the same, by checksums that they tell each other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from twisted.logger import Logger

from .entries import Checked

if TYPE_CHECKING:
    from .hub import Hub

log = Logger()


class Differs(Exception):  # noqa: N818
    """This node has come to something else than the others: it can't go on."""


class Checks:
    """Compares what this node has found to be so with what the others have.

    After the same record each node that is up takes its checksum and proposes it.  A
    node stops when others are right:

    - Of three or more, those are that more than half of them agree with: one that has
      gone astray stops, also the one that has been up for the longest time.
    - Of two that differ nobody can say which is right.  The one with the lower number
      goes on, which has been up for longer, and the other one stops: there is one chat
      again, though perhaps not the one that should be.
    - Where more differ from each other, the largest group is right, and of several that
      are as large the one with the lowest number.

    All of this is one node's own and changes nothing of the state.  A node that is gone
    before it has told its checksum is not waited for; where it takes with it what the
    others needed to know, the next check tells.

    :ivar asked_by: the node that wants them to compare after this record; 0: none.
    :ivar agreed: the record after which most had what this node had, the last time.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.asked_by = 0
        self.agreed = (0, 0)
        self._position = (0, 0)
        self._own = ""
        self._nodes: frozenset[int] = frozenset()
        self._told: dict[int, str] = {}

    def take(self, position: tuple[int, int]) -> Checked | None:
        """See what is so after the record at that position.

        Gives what to tell the others; None where this node is not up, or alone.  So it
        is while nodes of several versions are up, for the newer ones know more.
        """
        hub = self._hub
        self.asked_by = 0
        self._position, self._told = position, {}
        self._nodes = frozenset(hub.nodes)
        self._own = ""
        versions = {node.version for node in hub.nodes.values()}
        if hub.node not in hub.nodes or len(hub.nodes) < 2 or len(versions) > 1:
            return None
        self._own = hub.checksum()
        return Checked(hub.node, position, self._own)

    def compare(self, told: Checked) -> None:
        """A node has told what it has found; raises `Differs`."""
        if not self._own or told.position != self._position:
            return
        self._told[told.node] = told.checksum
        nodes = self._nodes & self._hub.nodes.keys()
        agreed = _agreed(nodes, self._told)
        if agreed and agreed != self._own:
            raise Differs(
                f"this node has come to {self._own} by {_shown(self._position)},"
                f" and the others to {agreed}"
            )
        if agreed:
            self.agreed = self._position
        if nodes <= self._told.keys():
            log.info(
                "{n} nodes have come to {checksum} by {position}",
                n=len(nodes),
                checksum=self._own,
                position=_shown(self._position),
            )


def _agreed(nodes: frozenset[int], told: dict[int, str]) -> str:
    """Which checksum is right; empty where that isn't known yet."""
    there = {node: told[node] for node in sorted(nodes) if node in told}
    # The first of equals is the one that the lowest number has told.
    most = Counter(there.values()).most_common(1)
    for checksum, count in most:
        if 2 * count > len(nodes) or len(there) == len(nodes):
            return checksum
    return ""


def _shown(position: tuple[int, int]) -> str:
    ms, seq = position
    return f"{ms}-{seq}"
