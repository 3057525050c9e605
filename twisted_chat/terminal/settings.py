"""What a person may choose about the interface."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple


class Settings(NamedTuple):
    """:ivar colours: 0, 16 or 256.
    :ivar links: whether links are told to the terminal (OSC 8).
    :ivar bell: whether it rings for what is addressed to oneself.
    :ivar notify: desktop notifications by OSC 9, 99 or 777; 0 for none.
    :ivar ignored: codes of notices that aren't shown.
    :ivar rooms: to be entered at first.
    :ivar zone: of the times shown; None is the local one.
    :ivar probe: seconds between looks at how late answers come; 0 for never.
    """

    colours: int = 256
    links: bool = False
    bell: bool = True
    notify: int = 0
    ignored: frozenset[str] = frozenset()
    rooms: tuple[str, ...] = ()
    zone: tzinfo | None = None
    probe: float = 30.0
