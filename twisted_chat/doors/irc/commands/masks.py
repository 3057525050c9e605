"""Masks: "*" is any characters, "?" is one."""

from __future__ import annotations

import re
from functools import lru_cache

_MOST = 200


@lru_cache(maxsize=64)
def glob(mask: str) -> re.Pattern[str]:
    """A pattern for folded names.  Takes time linear in what it is matched with:
    what lies between two stars is found at the first place where it is."""
    first, *parts = re.sub(r"\*+", "*", mask.lower()[:_MOST]).split("*")
    pattern = _literal(first)
    for number, part in enumerate(parts, 1):
        if number == len(parts):
            pattern += f".*{_literal(part)}"
        else:
            pattern += f"(?>.*?{_literal(part)})"
    return re.compile(pattern, re.DOTALL)


def _literal(text: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in text)


def subject(mask: str) -> str:
    """Whom a client's ban mask means, as the hub writes it.

    User and host are made of the nick here, so whichever part says something
    says who it is: nick!*@*, *!nick@*, *!*@user/nick and *!*@*nick are the same
    person.  An address or prefix as the host is itself.
    """
    nick, bang, rest = mask.partition("!")
    if not bang:
        user_at, at, host = mask.partition("@")
        if not at:
            return mask
        nick, user = "*", user_at
    else:
        user, _, host = rest.partition("@")
    host = host.removeprefix("user/")
    for part in (nick, user.lstrip("~"), host):
        if part.strip("*"):
            return part
    return "*"
