"""What the topics of the command line have in common."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from getpass import getpass

from ..durations import parse_duration


def duration(text: str) -> int:
    """A span of time such as 1d12h, in seconds; for ``type`` of an argument."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def typed_password(prompt: str) -> str:
    """What is typed, unseen, or stands on stdin: no list of processes shows it."""
    if sys.stdin.isatty():
        return getpass(prompt)
    return sys.stdin.readline().rstrip("\r\n")
