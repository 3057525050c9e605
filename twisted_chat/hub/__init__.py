"""Who is online, who is where, and who may do what.  No I/O."""

from .hub import Hub
from .room import Room
from .session import Session
from .settings import LOBBY_TOPIC, Settings
from .stored import Stored
from .user import User

__all__ = ["LOBBY_TOPIC", "Hub", "Room", "Session", "Settings", "Stored", "User"]
