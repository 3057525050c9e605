"""What the program needs of a reactor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..clock import Clock


class ProgramReactor(Clock, Protocol):
    """A reactor that a program runs (`IReactorCore`, `IReactorFromThreads`).

    What a connection and a terminal need besides, Twisted asks for.
    """

    running: bool

    def run(self, installSignalHandlers: bool = ...) -> None:
        """Run until `stop`."""

    def stop(self) -> None:
        """Have `run` return, once what is under way is done."""

    def callWhenRunning(
        self, callable: Callable[..., object], /, *args: object
    ) -> object:
        """Call it as soon as it runs."""

    def callFromThread(self, callable: Callable[..., object], /, *args: object) -> None:
        """Have it called in the reactor's thread; also from a signal handler."""
