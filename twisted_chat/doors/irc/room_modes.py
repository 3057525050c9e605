"""Rules of rooms by the letters of MODE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ...hub import User
from ...hub.masks import is_source
from ...names import fold

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


_LETTERS = {
    "locked": "i",
    "moderated": "m",
    "topic_locked": "t",
    "secret": "s",
    "key": "k",
    "limit": "l",
    "owner": "o",
    "voice": "v",
    "no_ctcp": "C",
    "ban": "b",
    "mute": "q",
    "except": "e",
    "invex": "I",
}


def mode(rule: str, value: str, users: Mapping[str, User]) -> str:
    """A change of a room's rules in MODE's words; the key itself is not told."""
    letter = _LETTERS[rule]
    if rule in ("owner", "voice", "ban", "mute", "except", "invex"):
        sign, who = value[0], value[1:]
        if letter in "ov":
            user = users.get(fold(who))
            return f"{sign}{letter} {user.nick if user else who}"
        return f"{sign}{letter} {mask_of(who)}"
    if value == "off":
        return f"-{letter}" + (" *" if rule == "key" else "")
    words = {"key": " *", "limit": f" {value}"}
    return f"+{letter}{words.get(rule, '')}"


def mask_of(subject: str) -> str:
    """The mask of a ban of `subject`, as an IRC client expects to see it."""
    if is_source(subject):
        return subject
    if set(subject) & set(".:/"):
        return f"*!*@{subject}"
    return f"{subject}!*@*"
