"""What IRC servers show as somebody's user and host: never an address.

The host stays the same under whatever nick, so that a ban of it hits: it is made of
the account, or, for a guest, of a random word that is theirs while they are here.  It
has letters, digits and hyphens alone, which all clients and bots can read.  It has no
dot, for clients that ban a domain take what is behind the first one.
"""

from __future__ import annotations

import re
from functools import lru_cache

ACCOUNT = "account-"
GUEST = "guest-"
USERNAME_LENGTH = 16
CACHED = 4096

_NOT_IN_USERNAME = re.compile(r"[^A-Za-z0-9._-]")
_ODD = re.compile(r"[^a-z0-9]")
_ESCAPED = re.compile(r"-([0-9a-f]{2})")


def username_of(text: str) -> str:
    """What is shown of a user's name that somebody gave, behind a ``~``.

    Anybody can give any: it proves nothing (RFC 1413 is not asked).
    """
    return _NOT_IN_USERNAME.sub("", text)[:USERNAME_LENGTH] or "user"


@lru_cache(maxsize=CACHED)
def host_of(account: str, token: str) -> str:
    """The host of who is logged in to `account`, or of a guest; see `User.token`.

    What isn't a letter or a digit in an account is ``-`` and two hexadecimal digits.
    """
    if not account:
        return f"{GUEST}{token}"
    name = _ODD.sub(lambda match: f"-{ord(match[0]):02x}", account.lower())
    return f"{ACCOUNT}{name}"


@lru_cache(maxsize=CACHED)
def origin_of(username: str, account: str, token: str) -> str:
    """user@host of somebody."""
    return f"~{username}@{host_of(account, token)}"


def account_in(host: str) -> str:
    """The account, folded, that `host` is made of; empty for another host."""
    if not host.startswith(ACCOUNT):
        return ""
    name = host.removeprefix(ACCOUNT)
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), name)
