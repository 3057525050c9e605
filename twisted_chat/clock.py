"""What the chat asks of time: a reactor gives it, and so does a test's `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Call(Protocol):
    """A call that is still to come."""

    def active(self) -> bool: ...

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Elapsed time in seconds, from any one start."""

    def seconds(self) -> float: ...

    def callLater(
        self, delay: float, callable: Callable[..., object], /, *args: object
    ) -> Call: ...
