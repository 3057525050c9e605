"""What both ends know."""

from __future__ import annotations

SUFFIX = "-control"
"""Of the database's path: there the socket is."""

MAX_LENGTH = 64 * 1024
"""The longest request, in bytes."""
