"""The door for IRC clients and bots: irssi, WeeChat, HexChat and the rest."""

from ..option import DoorOption, MoreOption
from .capabilities.sts import read_sts
from .door import IRCDoor
from .registration import read_autojoin
from .room_modes import read_room_modes

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
        MoreOption(
            "irc-autojoin",
            "rooms, with commas between them, that IRC clients are in when they have "
            "come in, such as '#lobby' [default: none]",
            "autojoin",
            read_autojoin,
        ),
        MoreOption(
            "irc-room-modes",
            "modes of a room that an IRC client opens, of C, i, m, s and t; "
            "'none' for none [default: t]",
            "room_modes",
            read_room_modes,
        ),
    ),
)

__all__ = ["OPTION", "IRCDoor"]
