"""What of the settings all nodes share: state of the hub, not one node's."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple

from ..history import FOREVER, Retention
from .settings import Settings

if TYPE_CHECKING:
    from .hub import Hub

SALT_LENGTH = 16
# As RFC 7914 (section 2) has it for what a person waits for: 16 MiB, some 50 ms.
COST, BLOCK, PARALLEL = 2**14, 8, 1


class SharedSettings(NamedTuple):
    """The settings that have to be alike on all nodes.

    See `Settings` and `Retention`.

    :ivar password: what `digest` makes of it; empty for none.
    :ivar operators: sorted.
    """

    name: str
    password: str
    operators: tuple[str, ...]
    age: float | None
    messages: int | None
    max_clients: int
    max_per_ip: int
    lobby_topic: str


OPTIONS = {
    "name": "--name",
    "operators": "--operators",
    "age": "--retention",
    "messages": "--retention-messages",
    "max_clients": "--max-clients",
    "max_per_ip": "--max-per-ip",
    "lobby_topic": "--lobby-topic",
}
"""By which option each is given, but the password: that has a digest of its own."""


def share(
    settings: Settings, retention: Retention = FOREVER, salt: bytes = b""
) -> SharedSettings:
    """What a node with these settings wants all to share.

    :param salt: for the digest of the password, which is random and takes its time;
        none: there is no digest, for a server that is alone.
    """
    return SharedSettings(
        settings.name,
        digest(settings.password, salt) if salt else "",
        tuple(sorted(settings.operators)),
        retention.age,
        retention.messages,
        settings.max_clients,
        settings.max_per_ip,
        settings.lobby_topic,
    )


def digest(password: str, salt: bytes) -> str:
    """The salt and the scrypt (RFC 7914) of `password`; empty for an empty one."""
    if not password:
        return ""
    made = hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK, p=PARALLEL)
    return f"{salt.hex()}:{made.hex()}"


def differing(
    settings: Settings, retention: Retention, shared: SharedSettings
) -> list[str]:
    """The options by which a node was started otherwise than all others.

    For a line such as ``this node was started with other --max-clients``.  It takes
    some 50 ms where there is a password.
    """
    own = share(settings, retention)._asdict()
    theirs = shared._asdict()
    options = [option for key, option in OPTIONS.items() if own[key] != theirs[key]]
    salt = bytes.fromhex(shared.password.partition(":")[0])
    mine = digest(settings.password, salt) if salt else settings.password
    if not hmac.compare_digest(mine.encode(), shared.password.encode()):
        options.append("--password")
    return options


def configure(hub: Hub, shared: SharedSettings) -> None:
    """All share `shared` from now on; who is an operator by it is one at once."""
    hub.shared = shared
    hub.identities.rank_all()
