"""One session's way down."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from ..events import Event
from .format import Format, Piece, Writer

if TYPE_CHECKING:
    from .audience import Audience
    from .channel import Channel
    from .fanout import Fanout


class Author(Protocol):
    """Whose words an event carries; the same object for all of them.

    :ivar listener: their own way down; None where that is not here.
    """

    @property
    def listener(self) -> Listener | None: ...


class Listener:
    """One session's way down.

    :ivar author: as whom it speaks; None: as itself.
    :ivar audience: who hears the same, as `Audiences.place` has found.
    :ivar channels: where it listens; see `Channel.add`.
    :cvar named_on_entry: how many people it is told by name who comes into a room.
    :ivar deaf_to: whose words it doesn't hear; see `ignore`.
    :ivar writer: where it goes.
    :ivar told: how many bytes it was sent alone, not as one of a room.
    """

    __slots__ = (
        "_closing",
        "_echo",
        "_fanout",
        "_format",
        "_pending",
        "audience",
        "author",
        "channels",
        "deaf_to",
        "told",
        "writer",
    )

    named_on_entry = 20

    def __init__(self, fanout: Fanout, writer: Writer, format: Format) -> None:
        self._fanout = fanout
        self._format = format
        self._pending: list[Piece] = []
        self._closing = False
        self.writer = writer
        self.channels: list[Channel] = []
        self.audience: Audience | None = None
        self.author: Author | None = None
        self.deaf_to: frozenset[Author] = frozenset()
        self._echo = False
        self.told = 0

    @property
    def listener(self) -> Listener:
        """See `Author`."""
        return self

    @property
    def echo(self) -> bool:
        """Whether it hears what it says itself; a change holds from now on."""
        return self._echo

    @echo.setter
    def echo(self, echo: bool) -> None:
        self._settle()
        self._echo = echo

    @property
    def format(self) -> Format:
        """How events look to it; a change holds from now on."""
        return self._format

    @format.setter
    def format(self, format: Format) -> None:
        channels = list(self.channels)
        for channel in channels:
            channel.discard(self)
        self._format = format
        for channel in channels:
            channel.add(self)

    def tell(self, event: Event) -> None:
        """Deliver `event` to this listener alone, after all that came before."""
        self.send(self._fanout.encode(self._format, event))

    def tell_shared(self, event: Event, encoded: dict[Format, bytes]) -> None:
        """As `tell`; `encoded` keeps how the event looks, for the next listener."""
        data = encoded.get(self._format)
        if data is None:
            data = encoded[self._format] = self._fanout.encode(self._format, event)
        if data:
            self.send(data)

    def send(self, data: bytes) -> None:
        """As `tell`, for what is in this listener's format already."""
        if self._closing:
            return
        self._settle()
        self.told += len(data)
        self._pending.append(data)
        self._fanout.touch(self)

    def scope(self) -> AbstractContextManager[object] | None:
        """Within what the changes are made that are asked for now.

        So that what is told because of them is told as the answer to the command
        that is being run; None where that makes no difference.
        """
        return None

    def ignore(self, others: Iterable[Author]) -> None:
        """From now on drop what `others` say in rooms, and only that."""
        self._settle()
        self.deaf_to = frozenset(others)
        for channel in self.channels:
            channel.refresh_deaf(self)

    def _settle(self) -> None:
        """Make all that is due so far pending, ahead of what follows."""
        for channel in self.channels:
            if channel.events:
                channel.settle(self)

    def leave(self) -> None:
        """Leave every channel."""
        for channel in list(self.channels):
            channel.discard(self)

    def close(self) -> None:
        """Leave every channel; close once all that was told is delivered."""
        if not self._closing:
            self.leave()
            self._closing = True
            self._fanout.touch(self)

    def add_pending(self, piece: Piece) -> None:
        """Serve `piece` after what is pending; see `Fanout.touch`."""
        self._pending.append(piece)

    def take_pending(self) -> list[Piece]:
        """All that was pending, in order."""
        pending, self._pending = self._pending, []
        return pending

    @property
    def is_due(self) -> bool:
        """Whether there is anything to do for it when a turn ends."""
        return self._closing or bool(self._pending)

    @property
    def closing(self) -> bool:
        """Whether it was closed, and is told nothing more."""
        return self._closing

    def finish(self) -> None:
        """See `Writer`; called once what was pending is written."""
        self.writer.finish()
