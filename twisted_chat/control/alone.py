"""What can't be asked of a server that is alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..events import ChatError
from .server import Command, Request


def commands() -> Mapping[str, Command]:
    """Those of a cluster's node: a server that is alone says that it is."""
    return dict.fromkeys(("nodes", "bus-open"), _refuse)


async def _refuse(request: Request) -> Sequence[str]:
    raise ChatError(400, "this server is alone: it was started without --bus")
