"""Every capability, and every command that an IRC client can give."""

from ..command import Command
from ..commands import COMMANDS as BASIC
from . import negotiation
from .account_registration import ACCOUNT_REGISTRATION
from .capability import Capabilities
from .client_tags import MESSAGE_TAGS
from .core import LINES
from .event_playback import PLAYBACK
from .multiline import MULTILINES
from .notifications import NOTIFICATIONS
from .pre_away import PRE_AWAY
from .read_marker import MARKER
from .redaction import REDACTION
from .renaming import RENAMING
from .sts import STS

CAPABILITIES = Capabilities(
    (
        *LINES,
        MESSAGE_TAGS,
        *NOTIFICATIONS,
        PRE_AWAY,
        ACCOUNT_REGISTRATION,
        MULTILINES,
        REDACTION,
        RENAMING,
        PLAYBACK,
        MARKER,
        STS,
    )
)

COMMANDS: dict[str, Command] = {
    **BASIC,
    **negotiation.COMMANDS,
    **{
        verb: command
        for capability in CAPABILITIES
        for verb, command in capability.commands.items()
    },
}
