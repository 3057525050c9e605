"""Which servers are one chat: who of them is up, and what all of them understand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import presence
from .entries import VERSION, VERSIONS, Entry, NodeUp

if TYPE_CHECKING:
    from .hub import Hub

LOST = "lost the server"


class NodeData(NamedTuple):
    """A server of the chat that is up.

    :ivar number: as in `SessionId.node`.
    :ivar name: what people call it.
    :ivar version: the newest kinds of entry that it understands; see `VERSION`.
    :ivar since: when it came up, in seconds of the wall clock.
    """

    number: int
    name: str
    version: int
    since: float


def up(hub: Hub, entry: NodeUp) -> None:
    """The node is one of the chat from now on."""
    number, name, version = entry
    hub.nodes[number] = NodeData(number, name, version, hub.at)


def gone(hub: Hub, number: int) -> None:
    """The node is no more, and whoever was there has left, in the order of connecting.

    A node that leaves in order has ended its sessions before.  What was connected to
    this very node stays open; see `Stranded`.
    """
    hub.nodes.pop(number, None)
    hub.stranded.strand(number)
    for state in [each for each in hub.sessions.values() if each.id.node == number]:
        user = state.user
        presence.disconnect(hub, state, LOST)
        if user is not None:
            hub.devices.lost(state, user)


def version(hub: Hub) -> int:
    """The newest kinds of entry that every node understands; see `VERSION`."""
    return min((node.version for node in hub.nodes.values()), default=VERSION)


def supports(hub: Hub, kind: type[Entry]) -> bool:
    """Whether an entry of this kind may be proposed: every node understands it."""
    return not hub.nodes or VERSIONS.get(kind, 1) <= version(hub)
