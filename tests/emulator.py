"""A terminal that takes what the full-screen interface writes, and nothing else."""

from __future__ import annotations

import re

from wcwidth import iter_graphemes, wcswidth

from twisted_chat.names import clean

_TOKEN = re.compile(
    r"\x1b\[(\??)([\d;]*)([A-Za-z])"
    r"|\x1b\]([^\x1b\x07]*)\x1b\\"
    r"|([^\x1b\x07]+)|(\x07)|(.)",
    re.DOTALL,
)


class Emulator:
    """:ivar bells: how often it rang.
    :ivar notifications: the desktop notifications, as they came.
    :ivar links: where the links lead that were told (OSC 8).
    :ivar modes: the private modes that are set.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.resize(columns, rows)
        self.bells = 0
        self.written = 0
        self.notifications: list[str] = []
        self.links: list[str] = []
        self.modes: set[str] = set()

    def resize(self, columns: int, rows: int) -> None:
        self.columns, self.height = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.looks = [["0"] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.look = "0"

    def write(self, data: bytes) -> None:
        self.written += len(data)
        for match in _TOKEN.finditer(data.decode()):
            private, parameters, final, command, text, bell, other = match.groups()
            assert other is None, f"{other!r} reached the terminal"
            if final:
                self._control(private, parameters, final)
            elif command is not None:
                self._command(command)
            elif bell:
                self.bells += 1
            else:
                self._text(text)

    # What a person sees

    def rows(self) -> list[str]:
        return ["".join(row).rstrip() for row in self.cells]

    def screen(self) -> str:
        return "\n".join(self.rows())

    def look_of(self, text: str) -> str:
        """The SGR parameters with which `text` is shown first."""
        for row, looks in zip(self.cells, self.looks, strict=True):
            for column in range(self.columns):
                if "".join(row[column:]).startswith(text):
                    return looks[column]
        raise AssertionError(f"{text!r} isn't on the screen:\n{self.screen()}")

    @property
    def typed(self) -> str:
        """The row of the cursor, up to it."""
        return "".join(self.cells[self.row][: self.column])

    # What comes

    def _text(self, text: str) -> None:
        assert text.isprintable() or clean(text) == text, f"{text!r} reached it"
        for grapheme in iter_graphemes(text):
            wide = max(0, wcswidth(grapheme))
            assert self.column + wide <= self.columns, f"a row is too long: {text!r}"
            if wide:
                self.cells[self.row][self.column] = grapheme
                self.looks[self.row][self.column] = self.look
                for following in range(1, wide):
                    self.cells[self.row][self.column + following] = ""
                    self.looks[self.row][self.column + following] = self.look
                self.column += wide

    def _control(self, private: str, parameters: str, final: str) -> None:
        if private:
            change = {"h": self.modes.add, "l": self.modes.discard}[final]
            change(parameters)
        elif final == "H":
            row, column = map(int, parameters.split(";"))
            assert row <= self.height
            assert column <= self.columns
            self.row, self.column = row - 1, column - 1
        elif final == "G":
            self.column = min(int(parameters), self.columns) - 1
        elif final == "K":
            count = self.columns - self.column
            self.cells[self.row][self.column :] = [" "] * count
            self.looks[self.row][self.column :] = ["0"] * count
        elif final == "J":
            assert parameters == "2"
            self.cells = [[" "] * self.columns for _ in range(self.height)]
        else:
            assert final == "m", f"CSI {parameters}{final}"
            self.look = parameters

    def _command(self, command: str) -> None:
        kind, _, rest = command.partition(";")
        if kind == "8":
            link = rest.partition(";")[2]
            self.links += [link] if link else []
        else:
            assert kind in ("9", "99", "777"), command
            self.notifications.append(command)
