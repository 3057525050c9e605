"""The door for IRC clients and bots: irssi, WeeChat, HexChat and the rest."""

from ..option import DoorOption, MoreOption
from .capabilities.sts import read_sts
from .door import IRCDoor

OPTION = DoorOption(
    "irc",
    "port or endpoint for IRC clients, such as 6667; repeatable",
    IRCDoor,
    more=(
        MoreOption(
            "irc-sts",
            "port:duration, such as 6697:30d: have clients come by TLS only; locks "
            "them out where they don't trust its certificate [default: off]",
            "sts",
            read_sts,
        ),
    ),
)

__all__ = ["OPTION", "IRCDoor"]
