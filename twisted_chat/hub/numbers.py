"""Numbers that are given once, and to nobody else ever after."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .hub import Hub


class Numbers:
    """Gives each account its number, and each guest.

    They are milliseconds of the wall clock, so that no file has to count what is gone:
    after a restart they go on above all that there can have been.

    :ivar last: the last one that was given.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.last = 0

    def take(self) -> int:
        """The next one."""
        self.last = max(self.last + 1, int(self._hub.at * 1000))
        return self.last

    def load(self, last: int) -> None:
        """None up to `last` is given any more, nor one that an account has."""
        numbers = (account.number for account in self._hub.accounts)
        self.last = max(self.last, last, *numbers, 0)
