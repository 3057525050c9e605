"""Rules of rooms by the letters of MODE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Flags: TypeAlias = tuple[str, ...]
"""Flags of `hub.rules.Rules`."""

FLAGS = {
    "C": "no_ctcp",
    "i": "locked",
    "m": "moderated",
    "s": "secret",
    "t": "topic_locked",
}

DEFAULT: Flags = ("topic_locked",)
"""Of a room that an IRC client opens."""


def read_room_modes(value: str) -> Sequence[Flags]:
    """One set of flags, of ``+ts``, ``ts`` or ``none``; n, which always holds, may be.

    :raises ValueError: for letters that are none of them.
    """
    letters = "" if value == "none" else value.removeprefix("+").replace("n", "")
    if not set(letters) <= FLAGS.keys():
        known = ", ".join(FLAGS)
        raise ValueError(f"bad --irc-room-modes {value!r}: none, or some of {known}")
    return [tuple(dict.fromkeys(FLAGS[letter] for letter in letters))]
