"""Spans of time as people write them: ``1d2h30m``."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_SPAN = re.compile(r"(?:\d{1,9}[wdhms])+", re.ASCII)
_PART = re.compile(r"(\d+)([wdhms])", re.ASCII)

LONGEST = 100 * 365 * 86_400


def is_duration(text: str) -> bool:
    """Whether `text` is meant as a span of time: ``90s``, ``1d2h30m``, ``2w``."""
    return _SPAN.fullmatch(text.lower()) is not None


def parse_duration(text: str) -> int:
    """Seconds; raises `ValueError` for no such span, for none and for a century."""
    if not is_duration(text):
        raise ValueError(f"{text!r} is no span of time, such as 1d2h30m")
    parts = _PART.findall(text.lower())
    seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"{text!r} is too short or too long")
    return seconds


def show_time(at: float) -> str:
    """Seconds since the epoch, to the minute, rounded up, in UTC."""
    time = datetime.fromtimestamp(-(-at // 60) * 60, UTC)
    return time.strftime("%Y-%m-%d %H:%M UTC")
