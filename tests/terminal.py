"""A small terminal, to see what a person sees."""

from __future__ import annotations

import re

from twisted_chat.names import clean

_TOKEN = re.compile(r"\x1b\[(\d*(?:;\d+)*)([A-Za-z])|\x1b([D78])|(.)", re.DOTALL)


class FakeTerminal:
    """As much of ECMA-48 as the client uses; anything else is an error.

    :ivar rows: the lines of the screen; what scrolls off is in `scrolled`.
    """

    def __init__(self, columns: int = 40, rows: int = 6) -> None:
        self.columns = columns
        self.rows = [""] * rows
        self.scrolled: list[str] = []
        self.row = self.column = 0
        self.bells = 0
        self._saved = (0, 0)

    def write(self, text: str) -> None:
        for match in _TOKEN.finditer(text):
            parameter, final, escape, char = match.groups()
            if char:
                self._char(char)
            elif escape:
                self._escape(escape)
            else:
                self._control(final, parameter)

    def type(self, text: str) -> None:
        """What the terminal echoes while a person types."""
        self.write(text.replace("\n", "\r\n"))

    def lines(self) -> list[str]:
        """All that was shown, in order, without the empty rows at the end."""
        lines = [row.rstrip() for row in (*self.scrolled, *self.rows)]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _char(self, char: str) -> None:
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self._down()
        elif char == "\b":
            self.column = max(0, self.column - 1)
        elif char == "\a":
            self.bells += 1
        else:
            assert clean(char) == char, f"{char!r} reached the terminal"
            assert self.column < self.columns, "a row is too long"
            row = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = row[: self.column] + char + row[self.column + 1 :]
            self.column += 1

    def _escape(self, escape: str) -> None:
        if escape == "D":
            self._down()
        elif escape == "7":
            self._saved = (self.row, self.column)
        else:
            self.row, self.column = self._saved

    def _control(self, final: str, parameter: str) -> None:
        if final == "A":
            self.row = max(0, self.row - 1)
        elif final == "L":
            self.rows.insert(self.row, "")
            self.rows.pop()
        elif final == "K":
            assert parameter in ("", "2")
            kept = "" if parameter else self.rows[self.row][: self.column]
            self.rows[self.row] = kept
        else:
            assert final == "m", f"CSI {parameter}{final}"

    def _down(self) -> None:
        if self.row < len(self.rows) - 1:
            self.row += 1
        else:
            self.scrolled.append(self.rows.pop(0))
            self.rows.append("")
