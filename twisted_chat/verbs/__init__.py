"""The commands of the line protocol: each one's help, and what it asks of the hub.

Every door that speaks the line protocol runs its lines through `Interpreter`.
"""

from .formats import JSON, TEXT, TEXT_CRLF
from .interpreter import Interpreter, greeting
from .labels import AnsweringListener, answering
from .table import COMMANDS

__all__ = [
    "COMMANDS",
    "JSON",
    "TEXT",
    "TEXT_CRLF",
    "AnsweringListener",
    "Interpreter",
    "answering",
    "greeting",
]
