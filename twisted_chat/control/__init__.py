"""The control socket: how ``twisted-chat-admin`` asks a server that runs.

It is a Unix socket beside the database, ``FILE-control``, for the user that the server
runs as and for root.  Who connects sends one JSON object in a line, such as
``{"do": "operator", "nick": "alice", "on": true}``; the server answers with one,
``{"said": [line, ...]}`` or ``{"refused": why}``, and closes.
"""

from . import accounts, alone, settings
from .base import SUFFIX
from .server import listen

__all__ = ["SUFFIX", "accounts", "alone", "listen", "settings"]
