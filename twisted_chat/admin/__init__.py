"""``twisted-chat-admin``: what is kept, looked at and set right from outside.

Works on the database's file, also while a server uses it.
"""

from .main import main

__all__ = ["main"]
