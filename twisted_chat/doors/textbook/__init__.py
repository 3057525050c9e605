"""The doors for chat clients written in class, one for each well-known format.

They are closed unless opened with ``--textbook``, each on a port of its own,
because the handshakes contradict each other.  `docs/classroom.rst` tells what
goes over the wire.
"""

from collections.abc import Callable

from ...hub import Hub
from ..base import Door
from .at import AtDoor
from .header10 import Header10Door
from .header64 import Header64Door
from .nick import NickDoor
from .raw import RawDoor

DOORS: dict[str, Callable[[Hub], Door]] = {
    "nick": NickDoor,
    "header64": Header64Door,
    "raw": RawDoor,
    "header10": Header10Door,
    "at": AtDoor,
}

__all__ = ["DOORS"]
