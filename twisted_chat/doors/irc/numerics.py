"""The numbers of IRC's refusals: their words, and what stands before them.

The text of the chat's own refusals names commands of the line protocol, so
an IRC client is told the usual words of its protocol where there are any.
Source: the Modern IRC Client Protocol, "Numerics".
"""

from __future__ import annotations

TEXTS: dict[int, str] = {
    400: "",
    401: "No such nick/channel",
    402: "No such server",
    403: "No such channel",
    406: "There was no such nickname",
    407: "Too many targets",
    409: "No origin specified",
    411: "No recipient given",
    412: "No text to send",
    417: "Input line was too long",
    421: "Unknown command",
    422: "MOTD File is missing",
    431: "No nickname given",
    441: "They aren't on that channel",
    442: "You're not on that channel",
    443: "is already on channel",
    451: "You have not registered",
    471: "Cannot join channel (+l)",
    472: "is unknown mode char to me",
    473: "Cannot join channel (+i)",
    475: "Cannot join channel (+k)",
    476: "Bad Channel Mask",
    478: "Channel list is full",
    481: "Permission Denied- You're not an IRC operator",
    482: "You're not channel operator",
    491: "No O-lines for your host",
    501: "Unknown MODE flag",
    502: "Cant change mode for other users",
}

ABOUT_COMMAND = frozenset({263, 400, 421, 461})
"""Refusals that repeat the command."""

ABOUT_TARGET = frozenset(
    {401, 402, 403, 404, 405, 406, 407, 416, 432, 433, 435, 437, 441, 442, 443}
    | {467, 471, 472, 473, 474, 475, 476, 477, 478, 482, 525}
)
"""Refusals that repeat what the command was about: a nick, a room, both."""

_ADVISED = frozenset({400, 404, 433, 464})
"""Refusals that may tell how to log in."""

RENUMBERED = {479: 476}
"""Where the Modern specification has another number than the hub."""


def words(code: int, otherwise: str) -> str:
    """The text of refusal `code`: IRC's where it has one, else `otherwise`."""
    return TEXTS.get(code) or (typed(otherwise) if code in _ADVISED else otherwise)


def typed(text: str) -> str:
    """`text` with a way to log in that every IRC client knows.

    Many don't know ``/login``.  People then leave the slash out, and everyone
    reads their password.
    """
    return text.replace("/login ", "/quote LOGIN ")
