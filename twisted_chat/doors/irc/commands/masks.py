"""Whom the masks of IRC clients mean."""

from __future__ import annotations

from ..hosts import Hosts


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
