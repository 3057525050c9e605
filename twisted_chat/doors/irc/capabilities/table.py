"""Every capability, and every command that an IRC client can give."""

from ..command import Command
from ..commands import COMMANDS as BASIC
from . import negotiation
from .capability import Capabilities
from .core import LINES
from .notifications import NOTIFICATIONS

CAPABILITIES = Capabilities((*LINES, *NOTIFICATIONS))

COMMANDS: dict[str, Command] = {
    **BASIC,
    **negotiation.COMMANDS,
    **{
        verb: command
        for capability in CAPABILITIES
        for verb, command in capability.commands.items()
    },
}
