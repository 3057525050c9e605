"""What the topics of the command line have in common."""

from __future__ import annotations

from argparse import ArgumentTypeError

from ..durations import parse_duration


def duration(text: str) -> int:
    """A span of time such as 1d12h, in seconds; for ``type`` of an argument."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
