"""sts: clients that support it come by TLS only, for as long as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from twisted.internet.interfaces import ISSLTransport

from ....durations import parse_duration
from .capability import Capability

if TYPE_CHECKING:
    from ..connection import IRCConnection


class Sts(NamedTuple):
    """What clients are told.

    :ivar port: where TLS is.
    :ivar duration: in seconds; 0: what they were told before holds no more.
    """

    port: int
    duration: int


def read_sts(value: str) -> list[Sts]:
    """``port:duration``; the duration may be 0.

    :raises ValueError: for anything else.
    """
    port, _, duration = value.partition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= 65535):
        raise ValueError(f"--irc-sts {value!r}: give port:duration, such as 6697:30d")
    try:
        seconds = 0 if duration == "0" else parse_duration(duration)
    except ValueError as error:
        raise ValueError(f"--irc-sts: {error}") from None
    return [Sts(int(port), seconds)]


def _policy(c: IRCConnection) -> str | None:
    """On TLS how long to come by it; else where that is."""
    sts = c.factory.sts
    if sts is None or c.registration.version < 302:
        return None
    if ISSLTransport.providedBy(c.transport):
        return f"duration={sts.duration}"
    return f"port={sts.port}"


STS = Capability(
    "sts",
    "where and how long to come by TLS only, with ``--irc-sts``",
    offer=_policy,
    askable=False,
)
