"""The tables of docs/irc.rst, made from the code.

``python -m tests.irc_tables`` writes them anew, between the marks that name them.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path

from twisted_chat.doors.irc.capabilities.table import CAPABILITIES, COMMANDS
from twisted_chat.doors.irc.commands.chat import OWN

DOC = Path(__file__).parent.parent / "docs" / "irc.rst"
WIDTH = 88


def table(rows: Iterable[tuple[str, str]]) -> str:
    """A simple table of two columns."""
    rows = list(rows)
    left = max(len(first) for first, _ in rows)
    rule = f"{'=' * left}  {'=' * (WIDTH - left - 2)}"
    lines = [rule]
    for first, second in rows:
        for part in textwrap.wrap(second, WIDTH - left - 2, break_long_words=False):
            lines.append(f"{first:{left}}  {part}".rstrip())
            first = "\\"
    return "\n".join([*lines, rule]).replace("\n\\ ", "\n  ")


def commands() -> str:
    return table(
        (f"``{name}``", COMMANDS[name].about)
        for name in sorted(COMMANDS)
        if name not in OWN
    )


def capabilities() -> str:
    return table(
        (f"``{each.name}``", each.about + "".join(map(_alias, each.aliases)))
        for each in CAPABILITIES
    )


def _alias(name: str) -> str:
    return f"; also ``{name}``"


TABLES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "capabilities": capabilities,
}


def written(text: str) -> str:
    """`text` with every table as it should be."""
    for name, make in TABLES.items():
        text, found = re.subn(
            rf"(?ms)^\.\. table of {name}\n.*?^\.\. end of the table$",
            lambda _, name=name, make=make: (  # type: ignore[misc]
                f".. table of {name}\n\n{make()}\n\n.. end of the table"
            ),
            text,
        )
        assert found == 1, name
    return text


if __name__ == "__main__":
    DOC.write_text(written(DOC.read_text("utf-8")), "utf-8")
