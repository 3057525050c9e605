"""What was said in the rooms: in memory, or in the SQLite file."""

from .base import FOREVER, Found, History, Retention
from .memory import MemoryHistory
from .tails import Tail

__all__ = ["FOREVER", "Found", "History", "MemoryHistory", "Retention", "Tail"]
