"""An IRC client's way down: what is told to it alone, and labelled replies."""

from __future__ import annotations

from collections.abc import Callable

from ...events import Event
from ...fanout import Fanout, Format, Listener, Writer


class IRCListener(Listener):
    """Tells some events in a way made for one person (their nick is in it).

    :ivar collected: while not None, what is told is kept here, to be sent
        later as the one reply to a labelled command.
    """

    __slots__ = ("_personal", "collected")

    def __init__(
        self,
        fanout: Fanout,
        writer: Writer,
        format: Format,
        personal: Callable[[Event], bytes | None],
    ) -> None:
        super().__init__(fanout, writer, format)
        self._personal = personal
        self.collected: list[bytes] | None = None

    def detach(self) -> None:
        """The connection, of which `personal` is made, is gone."""
        self._personal = _nothing

    def tell(self, event: Event) -> None:
        data = self._personal(event)
        if data is None:
            data = self._fanout.encode(self.format, event)
        if data:
            self.send(data)

    def tell_shared(self, event: Event, encoded: dict[Format, bytes]) -> None:
        self.tell(event)

    def send(self, data: bytes) -> None:
        if self.collected is None:
            super().send(data)
        else:
            self.collected.append(data)


def _nothing(event: Event) -> bytes:
    """Nobody is told any more."""
    return b""
