"""Masks: "*" is any characters, "?" is one."""

from __future__ import annotations

import re
from functools import lru_cache

from ..hosts import Hosts

_MOST = 200


@lru_cache(maxsize=64)
def glob(mask: str) -> re.Pattern[str]:
    """A pattern for folded names, of the first 200 characters of `mask`.

    What is between two stars is taken where it is found first.  So a match takes
    time linear in the name.
    """
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


def subject(mask: str, hosts: Hosts) -> str:
    """Whom a client's ban mask means, as the hub writes it.

    A host of ours says who it is under whatever nick; else the nick does, else
    the user, which is the nick.  An address or prefix as the host is itself.

    :raises ChatError: 401 for the host of a guest who isn't here.
    """
    nick, bang, rest = mask.partition("!")
    if not bang:
        user_at, at, host = mask.partition("@")
        if not at:
            return mask
        nick, user = "*", user_at
    else:
        user, _, host = rest.partition("@")
    if named := hosts.named_by(host):
        return named
    for part in (nick, user.lstrip("~"), host):
        if part.strip("*"):
            return part
    return "*"
