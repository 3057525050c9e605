"""The order of all changes: see `log.base`."""

from .base import Log
from .local import LocalLog

__all__ = ["LocalLog", "Log"]
