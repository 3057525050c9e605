"""How kinds of messages are written, alike in the spool and in the tables."""

from __future__ import annotations

from ..events import SaidKind

KINDS: tuple[SaidKind, ...] = ("message", "action", "notice", "topic")
"""The kinds of message, at the number under which they are stored."""


class Diverged(Exception):  # noqa: N818
    """The file has something else than what was said, and shall be kept."""


NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
