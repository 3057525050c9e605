"""What was said in the rooms: in memory, or in the SQLite file."""

from .base import FOREVER, Found, History, Retention, Tail
from .memory import MemoryHistory

__all__ = ["FOREVER", "Found", "History", "MemoryHistory", "Retention", "Tail"]
