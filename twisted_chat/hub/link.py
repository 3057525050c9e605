"""What a session asks of the connection that it is one of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred

from ..limits import Allowance


class Link(Protocol):
    """What a session asks of the connection that it is one of: a door's."""

    def end(self, reason: str) -> None:
        """Leave the chat, and close once all that was told is out."""

    def failed(self, error: Exception) -> None:
        """Show why something is not done that the peer asked for."""

    def spoke(self) -> None:
        """What the peer has just said is still to be heard, or to fail."""

    def hold(self, outcome: Deferred[Any]) -> None:
        """What the peer sends next waits for `outcome`; its failure is shown."""

    def suspend(self, allowance: Allowance) -> None:
        """Until `resume`, do of what the peer sends only what asks; the rest waits.

        :param allowance: bytes, of all connections of this node, that may wait.
        """

    def resume(self) -> None:
        """Do what waits, in order.  No-op where nothing was suspended."""

    def certificate(self) -> str:
        """The SHA-256 of the certificate that the peer's TLS has proven.

        In hexadecimal digits; empty without one.
        """
        ...

    def offered_keys(self) -> Sequence[str]:
        """The fingerprints of the keys of ssh that the peer's client has offered."""
        ...

    def token(self) -> str:
        """The digest of the token by which the peer's browser stays logged in.

        See `Token.digest`; empty without one.
        """
        ...


class _Gone:
    """The link of a session whose connection is gone."""

    def end(self, reason: str) -> None:
        pass

    def failed(self, error: Exception) -> None:
        pass

    def spoke(self) -> None:
        pass

    def hold(self, outcome: Deferred[Any]) -> None:
        pass

    def suspend(self, allowance: Allowance) -> None:
        pass

    def resume(self) -> None:
        pass

    def certificate(self) -> str:
        return ""

    def offered_keys(self) -> Sequence[str]:
        return ()

    def token(self) -> str:
        return ""


NO_LINK = _Gone()
