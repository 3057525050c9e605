"""This node while what it shares with the others is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..clock import Timer
from ..events import ChatError
from ..limits import Allowance

if TYPE_CHECKING:
    from .hub import Hub

CUT_OFF = "This server has lost the others; what you send waits until it is back"
REJOINED = "This server is with the others again"


class CutOff(ChatError):  # noqa: N818
    """What was asked for has come to nothing, for this server was cut off.

    :ivar certain: it has not been done, and won't be; else nobody knows.
    """

    def __init__(self, certain: bool) -> None:
        then = "try again" if certain else "see whether it was done"
        super().__init__(263, f"This server was cut off; {then}")
        self.certain = certain


SAID_AFTER: Final = 2.0
"""In seconds: a shorter time is nobody's concern."""

MOST_WAITING: Final = 8 * 2**20
"""In bytes: how much of what people have sent may wait on a node."""


class Isolation:
    """Has what would change the chat wait while its log is away, and people told.

    They stay connected, and what only asks is answered.  Nobody new comes in.

    :ivar active: the log is away.
    :ivar told: who is here was told so.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._telling = Timer(hub.clock)
        self._allowance = Allowance(MOST_WAITING)
        self.active = self.told = False

    def begin(self, already: float = 0.0) -> None:
        """The log is away.  No-op when that is known.

        :param already: for how many seconds it has been.
        """
        if not self.active:
            self.active = True
            self._telling.start(max(0.0, SAID_AFTER - already), self._tell)
            for session in self._hub.connected():
                session.link.suspend(self._allowance)

    def end(self) -> None:
        """It is back: what waits is done.  No-op when it wasn't away."""
        if not self.active:
            return
        self.active = False
        self._telling.stop()
        told, self.told = self.told, False
        if told:
            self._hub.tell_here(REJOINED, "reunited")
        for session in self._hub.connected():
            session.link.resume()

    def stop(self) -> None:
        """The server ends."""
        self._telling.stop()

    def _tell(self) -> None:
        self.told = True
        self._hub.tell_here(CUT_OFF, "cut-off")
