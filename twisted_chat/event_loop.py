"""An iteration of Twisted's epoll reactor that does less for each socket.

The reactor enters a logging context for each socket that it serves, for logs of a kind
that nothing here writes, and what is to be done once they are served has to be a timer.
That was a tenth of all instructions for a message that comes alone.  Only here and in
`wire` more of Twisted is used than what is public.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.logger import Logger

log = Logger()


class Poller(Protocol):
    """`select.epoll`, as far as it is needed."""

    def poll(self, timeout: float, maxevents: int, /) -> list[tuple[int, int]]: ...


class EpollReactor(Protocol):
    """What is used of Twisted's; what is private there hasn't changed since 2008."""

    doIteration: Callable[[float | None], None]
    _poller: Poller
    _selectables: dict[int, Any]

    def _doReadOrWrite(self, selectable: Any, fd: int, event: int) -> None: ...


class EventLoop:
    """Serves the sockets of `reactor`, which keeps time and makes threads' calls.

    It has to be made before the reactor runs.
    """

    def __init__(self, reactor: EpollReactor) -> None:
        self._poll = reactor._poller.poll
        self._selectables = reactor._selectables
        self._serve = reactor._doReadOrWrite
        self._due: list[tuple[Callable[..., object], tuple[object, ...]]] = []
        reactor.doIteration = self._iterate

    def call_soon(self, call: Callable[..., object], *args: object) -> None:
        """Call that once the sockets have been looked at, without waiting, and served.

        While they are served that look is the present one.
        """
        self._due.append((call, args))

    def _iterate(self, timeout: float | None) -> None:
        """Wait for sockets, at most `timeout` seconds, serve them, and make calls.

        What these calls have called soon shares one more look.
        """
        self._look(0 if self._due else timeout)
        self._call_due()
        if self._due:
            self._look(0)
            self._call_due()

    def _look(self, timeout: float | None) -> None:
        selectables, serve = self._selectables, self._serve
        wait = -1 if timeout is None else timeout
        for fd, event in self._poll(wait, len(selectables)):
            # What was served before may have closed it.
            if (selectable := selectables.get(fd)) is not None:
                try:
                    serve(selectable, fd, event)
                except Exception:
                    log.failure("a bug in what reads or writes {fd}", fd=fd)

    def _call_due(self) -> None:
        due, self._due = self._due, []
        for call, args in due:
            try:
                call(*args)
            except Exception:
                log.failure("a bug at the end of an iteration")
