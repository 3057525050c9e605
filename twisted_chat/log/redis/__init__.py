"""A stream in Redis, 7.0 or newer: see `log.stream`.

Needs the extra ``cluster``; nothing imports this package unless a stream is asked for.
"""

from .address import Address, check_protected, parse_address
from .stream import Limits, RedisStream

__all__ = ["Address", "Limits", "RedisStream", "check_protected", "parse_address"]
