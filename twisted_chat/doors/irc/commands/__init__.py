"""IRC's commands, a table per topic."""

from .table import COMMANDS

__all__ = ["COMMANDS"]
