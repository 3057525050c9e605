"""The capabilities that the door itself looks at: what every line or answer has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..commands.accounts import mechanisms
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection


def _sasl(c: IRCConnection) -> str:
    return ",".join(mechanisms(c))


LINES = (
    Capability("server-time", "when it was, in the tag ``time``", renders=True),
    Capability("account-tag", "the writer's account, in a tag", renders=True),
    Capability("echo-message", "your own words come back"),
    Capability("labeled-response", "replies carry your label"),
    Capability("batch", "what belongs together, such as history, is marked so"),
    Capability("standard-replies", "``FAIL``"),
    Capability("cap-notify", "always on for version 302", sticky=True),
    Capability(
        "sasl", "``PLAIN``; ``EXTERNAL`` for who shows a certificate", offer=_sasl
    ),
    Capability("draft/chathistory", "history on request; nothing is replayed unasked"),
    Capability("extended-join", "account and real name on ``JOIN``", renders=True),
    Capability("multi-prefix", "``@+nick``"),
    Capability("userhost-in-names", "``nick!user@host`` in ``NAMES``"),
    Capability(
        "no-implicit-names",
        "no list of names on entering a room",
        aliases=("draft/no-implicit-names",),
    ),
)
