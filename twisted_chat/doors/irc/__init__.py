"""The door for IRC clients and bots: irssi, WeeChat, HexChat and the rest."""

from ..option import DoorOption
from .door import IRCDoor

OPTION = DoorOption(
    "irc", "port or endpoint for IRC clients, such as 6667; repeatable", IRCDoor
)

__all__ = ["OPTION", "IRCDoor"]
