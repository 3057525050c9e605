"""All the commands of the line protocol, in the order in which HELP lists them."""

from . import basics, identity
from .command import Command

COMMANDS: dict[str, Command] = {**basics.COMMANDS, **identity.COMMANDS}
