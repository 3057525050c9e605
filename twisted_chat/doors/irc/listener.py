"""An IRC client's way down: what is told to it alone, and labelled replies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import NamedTuple

from ...events import Event
from ...fanout import Fanout, Format, Listener, Writer


class Telling(NamedTuple):
    """How a client is told what comes of the command that is being run.

    :ivar collected: where that is kept, to be sent later as the one reply to a
        labelled command; None: it is sent.
    :ivar hushed: the hub's notices are dropped, for the door says it in numbers.
    """

    listener: IRCListener
    collected: list[bytes] | None
    hushed: bool = False


# A command that waits goes on in the context that it was started in.
_telling: ContextVar[Telling | None] = ContextVar("telling", default=None)


class IRCListener(Listener):
    """Tells some events in a way made for one person (their nick is in it)."""

    __slots__ = ("_personal",)

    # The door names them all; see `replies.entered`.
    named_on_entry = 0

    def __init__(
        self,
        fanout: Fanout,
        writer: Writer,
        format: Format,
        personal: Callable[[Event], bytes | None],
    ) -> None:
        super().__init__(fanout, writer, format)
        self._personal = personal

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
        telling = self._now()
        if telling is None or telling.collected is None:
            super().send(data)
        else:
            telling.collected.append(data)

    @property
    def hushed(self) -> bool:
        """Whether the hub's notices are dropped."""
        telling = self._now()
        return telling is not None and telling.hushed

    def collect(self) -> list[bytes]:
        """Where all is kept that is told in the rest of this context."""
        collected: list[bytes] = []
        _telling.set(Telling(self, collected))
        return collected

    def hush(self, collects: bool = True) -> AbstractContextManager[None]:
        """Meanwhile the hub's notices to this client are dropped.

        :param collects: what is told all the same belongs to the command's label.
        """
        now = self._now()
        collected = now.collected if now is not None and collects else None
        return _Scope(Telling(self, collected, hushed=True))

    def at_once(self) -> AbstractContextManager[None]:
        """Meanwhile what is told belongs to no label."""
        return _Scope(None)

    def scope(self) -> AbstractContextManager[None] | None:
        telling = self._now()
        return None if telling is None else _Scope(telling)

    def _now(self) -> Telling | None:
        telling = _telling.get()
        return telling if telling is not None and telling.listener is self else None


class _Scope:
    """Within it the client is told as `telling` says."""

    __slots__ = ("_before", "_now")

    def __init__(self, telling: Telling | None) -> None:
        self._now = telling

    def __enter__(self) -> None:
        self._before = _telling.set(self._now)

    def __exit__(self, *error: object) -> None:
        _telling.reset(self._before)


def _nothing(event: Event) -> bytes:
    """Nobody is told any more."""
    return b""
