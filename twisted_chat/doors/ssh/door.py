"""The door for ssh."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.logger import Logger

from ...hub import Hub
from ..base import Door
from .connection import SSHConnection
from .exchanges import Exchanges
from .host_key import HostKey
from .transport import SIGNATURES
from .turns import Turns

log = Logger()


class SSHDoor(Door):
    """Keeps the connections by ssh, and has the keys by which clients know it.

    :param host_keys: at most one of each kind counts, the last.
    :ivar turns: in which its screens are painted.
    :ivar exchanges: how often its connections agree on keys.
    :ivar signatures: by which the host keys sign, the best first.
    """

    protocol = SSHConnection  # type: ignore[assignment]

    def __init__(self, hub: Hub, host_keys: Sequence[HostKey]) -> None:
        super().__init__(hub, "ssh")
        # As Conch's transport looks for them.
        self.privateKeys = dict(host_keys)
        self.publicKeys = {kind: key.public() for kind, key in host_keys}
        self.exchanges = Exchanges(hub.clock)
        self.turns = Turns(hub.clock)
        kinds = {s: b"ssh-rsa" if s.startswith(b"rsa") else s for s in SIGNATURES}
        self.signatures = [s for s in SIGNATURES if kinds[s] in self.privateKeys]
        for key in host_keys:
            log.info("ssh host key {print}", print=key.fingerprint)
