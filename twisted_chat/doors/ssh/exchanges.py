"""How often the connections of a door agree on keys: that takes a millisecond each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from ...clock import Clock
from ...events import ChatError
from ...fair_queue import FairQueue, Requester

PER_SECOND: Final = 100
MOST_WAITING: Final = 300
"""For three seconds.  To choose who goes of more takes as long as an exchange."""


class Exchanges:
    """Does one after the other, the networks in turn, at most `PER_SECOND`.

    So ten thousand who come at once take a fixed part of a core, and those of other
    networks hardly wait.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue = FairQueue(1, MOST_WAITING, "The server is busy; try again later")

    def submit(
        self, network: str, agree: Callable[[], None], agreed: Callable[[str], None]
    ) -> None:
        """Call `agree` in its turn, and then `agreed`.

        :param agreed: is told why that could not be; nothing if it could.
        """

        def do() -> Deferred[None]:
            pause: Deferred[None] = Deferred()
            self._clock.callLater(1 / PER_SECOND, pause.callback, None)
            try:
                agree()
            except Exception:
                agreed("that can't be agreed on")
            else:
                agreed("")
            return pause

        def refused(failure: Failure) -> None:
            failure.trap(ChatError)
            agreed(str(failure.value))

        self._queue.submit(Requester((network,)), do).addErrback(refused)
