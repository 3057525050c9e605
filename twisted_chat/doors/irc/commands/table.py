"""All the commands that an IRC client can give."""

from ..command import Command
from . import (
    accounts,
    chat,
    history,
    messages,
    modes,
    order,
    people,
    presence,
    rooms,
    server,
    setup,
)

COMMANDS: dict[str, Command] = {
    **chat.COMMANDS,
    **setup.COMMANDS,
    **accounts.COMMANDS,
    **messages.COMMANDS,
    **rooms.COMMANDS,
    **modes.COMMANDS,
    **order.COMMANDS,
    **history.COMMANDS,
    **people.COMMANDS,
    **presence.COMMANDS,
    **server.COMMANDS,
}
