"""Spans of time as people write them: ``1d2h30m``, ``10min``, ``2 weeks``."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_UNIT = "(?:weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)"
_PART = rf"\d{{1,9}} *{_UNIT}"
_SPAN = re.compile(rf"{_PART}(?: *{_PART})*(?!\S)", re.ASCII)
_COUNTS = re.compile(rf"(\d+) *({_UNIT})", re.ASCII)

LONGEST = 100 * 365 * 86_400
HOW = "write 90s, 10min, 2h, 3 days, 1 week or 1d2h30m"
MAX_QUOTED = 30
FOR_EVER = ("", "0")


def is_duration(text: str) -> bool:
    """Whether `text` reads as a span of time: ``90s``, ``1d2h30m``, ``10 minutes``.

    It may still be too long for `parse_duration`.
    """
    return _SPAN.fullmatch(text.lower()) is not None


def parse_duration(text: str) -> int:
    """The seconds that `text` stands for.

    :raises ValueError: when `text` is no span of time, is 0, or is longer than
        `LONGEST`, which is 100 years of 365 days.
    """
    if not is_duration(text):
        raise ValueError(f"{text[:MAX_QUOTED]!r} is no span of time; {HOW}")
    parts = _COUNTS.findall(text.lower())
    seconds = sum(int(number) * _SECONDS[unit[0]] for number, unit in parts)
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"{text[:MAX_QUOTED]!r} is too short or too long; {HOW}")
    return seconds


def show_duration(seconds: int) -> str:
    """As `parse_duration` reads it, such as ``1d12h``; empty for no time."""
    shown = ""
    for unit in "dhms":
        count, seconds = divmod(seconds, _SECONDS[unit])
        shown += f"{count}{unit}" if count else ""
    return shown


def split_duration(text: str) -> tuple[str, str]:
    """The span of time that `text` begins with, as written, and the rest.

    The span is empty where `text` doesn't begin with a digit.  The word ``0``
    means for ever; after it the rest may begin with a digit.

    :raises ValueError: for a digit that begins no span of time.
    """
    first, _, rest = text.partition(" ")
    if first == "0":
        return first, rest.lstrip()
    if not first[:1].isdigit():
        return "", text
    if span := _SPAN.match(text.lower()):
        return text[: span.end()], text[span.end() :].lstrip()
    raise ValueError(f"{first[:MAX_QUOTED]!r} is no span of time; {HOW}, or 0 for ever")


def show_time(at: float) -> str:
    """`at`, in seconds since the epoch, as a date and a time in UTC.

    Rounded up to the minute: what ends at `at` is over by the time that is shown.
    """
    time = datetime.fromtimestamp(-(-at // 60) * 60, UTC)
    return time.strftime("%Y-%m-%d %H:%M UTC")
