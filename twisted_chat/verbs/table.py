"""All the commands of the line protocol, in the order in which HELP lists them."""

from . import basics, identity, lines, messages, moderation, past, private, rooms
from .command import Command

COMMANDS: dict[str, Command] = {
    **basics.COMMANDS,
    **lines.COMMANDS,
    **messages.COMMANDS,
    **past.COMMANDS,
    **private.COMMANDS,
    **identity.COMMANDS,
    **rooms.COMMANDS,
    **moderation.COMMANDS,
}
