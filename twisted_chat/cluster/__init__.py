"""One server of several that are one chat: a hub that follows a log in Redis.

Needs the extra ``cluster``; nothing imports this package unless ``--bus`` is given.
"""

from .bus import Bus, read_bus
from .cluster import Cluster

__all__ = ["Bus", "Cluster", "read_bus"]
