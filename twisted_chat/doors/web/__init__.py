"""The way in for browsers: a page, and its WebSocket."""

from .door import WebDoor

__all__ = ["WebDoor"]
