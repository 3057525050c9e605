"""Whom the masks of IRC clients mean."""

from __future__ import annotations

from ....hub.masks import cut_source, is_pattern
from ..hosts import Hosts


def subject(mask: str, hosts: Hosts) -> str:
    """Whom a client's ban mask means, as the hub writes it.

    A host of ours says who it is, under whatever nick, for a ban is to hit; all else is
    as it stands (see `hub.masks.parse_mask`).

    :raises ChatError: 401 for the host of a guest who isn't here.
    """
    host = cut_source(mask)[2].lstrip("*")
    named = "" if is_pattern(host) else hosts.named_by(host)
    return named or mask
