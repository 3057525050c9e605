"""What the values of options are read from: words of a command line, and files."""

from __future__ import annotations

from pathlib import Path

from .events import ChatError
from .hub.setting_values import MOST_OPERATORS, read_password
from .limits import Rate
from .names import check_nick, clean, fold


def read_rate(value: str) -> Rate | None:
    """``burst:lines a second``, or ``off``; raises `ValueError`."""
    if value == "off":
        return None
    try:
        burst, per_second = map(float, value.split(":"))
    except ValueError:
        raise ValueError(f"{value!r} is neither burst:lines-a-second nor off") from None
    if not (1 <= burst < 1e6 and 0 < per_second < 1e6):
        raise ValueError(f"{value!r}: the burst is at least 1, the rate more than 0")
    return Rate(burst, per_second)


def read_lines(path: str) -> tuple[str, ...]:
    """The lines of a file, without control characters; raises `ValueError`."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"can't read {path}: {error}") from None
    return tuple(clean(line) for line in text.splitlines())


def read_password_file(path: str) -> str:
    """The word in a file: another one on the command line could be read by others.

    :raises ValueError: it can't be read, or has no such word.
    """
    words = " ".join(read_lines(path)).split()
    return read_password(" ".join(words))


def read_operators(path: str) -> frozenset[str]:
    """The folded nicks in a file: one a line, ``#`` starts a comment.

    :raises ValueError: it can't be read, has too many, or something else in it.
    """
    nicks = [line.partition("#")[0].strip() for line in read_lines(path)]
    try:
        found = frozenset(fold(check_nick(nick)) for nick in nicks if nick)
    except ChatError:
        raise ValueError(f"{path} has a line that is no nick") from None
    if len(found) > MOST_OPERATORS:
        raise ValueError(f"{path} has more than {MOST_OPERATORS} nicks")
    return found
