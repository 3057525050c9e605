"""Those who all hear the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .format import Format

if TYPE_CHECKING:
    from .channel import Channel
    from .listener import Listener


class Audience:
    """The listeners of one format that are in the same channels.

    What they get in a turn is the same for all of them, so it is made once,
    in however many channels they are.
    """

    __slots__ = ("channels", "format", "listeners")

    def __init__(self, format: Format, channels: frozenset[Channel]) -> None:
        self.format = format
        self.channels = channels
        self.listeners: set[Listener] = set()


class Audiences:
    """All the audiences of a server; each channel knows its own."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[Format, frozenset[Channel]], Audience] = {}

    def place(self, listener: Listener) -> None:
        """Move `listener` to where its format and its channels are now."""
        if listener.audience is not None:
            self._take_out(listener, listener.audience)
        listener.audience = None
        if not listener.channels:
            return
        key = listener.format, frozenset(listener.channels)
        audience = self._known.get(key)
        if audience is None:
            audience = self._known[key] = Audience(*key)
            for channel in audience.channels:
                channel.audiences.add(audience)
        audience.listeners.add(listener)
        listener.audience = audience

    def _take_out(self, listener: Listener, audience: Audience) -> None:
        audience.listeners.remove(listener)
        if not audience.listeners:
            del self._known[audience.format, audience.channels]
            for channel in audience.channels:
                channel.audiences.remove(audience)
