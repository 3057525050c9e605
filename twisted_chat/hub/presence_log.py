"""Who came and went, in the log."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

log = Logger()

MAX_IN_LINE = 50


class PresenceLog:
    """Logs what happens to people, all of one turn in one line.

    A log line costs as much as everything else that letting somebody in takes.
    When thousands come back at once after a restart, they share lines.

    :param call_soon: calls a function at the end of the reactor's turn.
    """

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon
        self._lines: list[str] = []

    def record(self, what: str) -> None:
        """Log `what`, which is one line, when the turn ends."""
        if not self._lines:
            self._call_soon(self.write)
        self._lines.append(what)

    def write(self) -> None:
        """Log now what was recorded."""
        lines, self._lines = self._lines, []
        for start in range(0, len(lines), MAX_IN_LINE):
            log.info("{what}", what="; ".join(lines[start : start + MAX_IN_LINE]))
