"""The order of all changes: see `log.base`."""

from .base import Apply, Log, Refused, Within
from .local import LocalLog

__all__ = ["Apply", "LocalLog", "Log", "Refused", "Within"]
