"""The terminal that the program was started at: lent, and given back as it was."""

from __future__ import annotations

import fcntl
import os
import termios
import tty
from contextlib import suppress

from ..terminal import Size
from ..terminal.canvas import LEAVE

STDIN, STDOUT, STDERR = 0, 1, 2


class Tty:
    """Standard input and output in raw mode, between `take` and `give_back`."""

    def __init__(self) -> None:
        self._flags = {n: fcntl.fcntl(n, fcntl.F_GETFL) for n in (0, 1, 2)}
        self._mode = termios.tcgetattr(STDIN)
        self.taken = False

    @property
    def size(self) -> Size:
        try:
            columns, rows = os.get_terminal_size(STDOUT)
        except OSError:
            columns, rows = 0, 0
        return Size(columns or 80, rows or 24)

    def take(self) -> None:
        """Have keys come as they are pressed, and don't wait for any."""
        self.taken = True
        tty.setraw(STDIN, termios.TCSADRAIN)
        for number in (STDIN, STDOUT):
            os.set_blocking(number, False)

    def give_back(self, screen: bool = False) -> None:
        """All is as it was before.

        :param screen: leave the full screen too; to be sure, after a fault.
        """
        if not self.taken:
            return
        self.taken = False
        for number, flags in self._flags.items():
            with suppress(OSError):
                fcntl.fcntl(number, fcntl.F_SETFL, flags)
        with suppress(OSError):
            if screen:
                os.write(STDOUT, LEAVE)
        with suppress(termios.error):
            termios.tcsetattr(STDIN, termios.TCSAFLUSH, self._mode)
