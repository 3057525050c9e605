"""The doors for chat clients written in class, one for each well-known format.

They are closed unless opened with ``--textbook``, each on a port of its own,
because the handshakes contradict each other.  `docs/classroom.rst` tells what
goes over the wire.
"""

from ..option import DoorOption, MakeDoor
from .at import AtDoor
from .header10 import Header10Door
from .header64 import Header64Door
from .nick import NickDoor
from .raw import RawDoor

DOORS: dict[str, MakeDoor] = {
    "nick": NickDoor,
    "header64": Header64Door,
    "raw": RawDoor,
    "header10": Header10Door,
    "at": AtDoor,
}

OPTION = DoorOption(
    "textbook",
    "kind:port-or-endpoint for clients written in class; repeatable; the kinds are"
    " nick, header64, raw, header10 and at",
    DOORS,
    takes_password=False,
)

__all__ = ["DOORS", "OPTION"]
