"""The door for IRC clients and bots: irssi, WeeChat, HexChat and the rest."""

from .door import IRCDoor

__all__ = ["IRCDoor"]
