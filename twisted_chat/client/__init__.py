"""The terminal client: connection without display, display without connection."""

from .app import main

__all__ = ["main"]
