"""Tells of trouble with the disk, once."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

log = Logger()


class Alarm:
    """Says once that messages can't be stored, and once that they can again.

    :ivar lost: how many there are that never will be.
    """

    def __init__(self, warn: Callable[[str], object]) -> None:
        self._warn = warn
        self._raised = False
        self.lost = 0

    def begin(self, why: str) -> None:
        if not self._raised:
            self._raised = True
            self._say(f"Messages can't be stored: {why}. The chat goes on without")

    def end(self) -> None:
        if self._raised:
            self._raised = False
            lost, self.lost = self.lost, 0
            self._say(f"Messages are stored again; {lost or 'none'} were lost")

    def _say(self, line: str) -> None:
        log.critical("{line}", line=line)
        self._warn(line)
