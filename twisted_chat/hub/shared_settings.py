"""What of the settings all nodes share: state of the hub, not one node's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from twisted.logger import Logger

from ..events import ChatError
from ..history import FOREVER, Retention
from .setting_values import SETTINGS
from .settings import Settings

if TYPE_CHECKING:
    from .hub import Hub

log = Logger()


class SharedSettings(NamedTuple):
    """The settings that have to be alike on all nodes.

    See `Settings` and `Retention`.

    :ivar password: its hash, as `Passwords` has it; empty for none.
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
    private: bool = True
    private_age: float | None = None
    edit_window: float = Settings.edit_window

    @property
    def retention(self) -> Retention:
        return Retention(
            self.age, self.messages, self.private_age if self.private else 0.0
        )


def share(
    settings: Settings, retention: Retention = FOREVER, hash: str = ""
) -> SharedSettings:
    """What a node with these settings wants all to share.

    :param hash: of the password.
    """
    return SharedSettings(
        settings.name,
        hash,
        tuple(sorted(settings.operators)),
        retention.age,
        retention.messages,
        settings.max_clients,
        settings.max_per_ip,
        settings.lobby_topic,
        settings.private is not False,
        retention.private,
        settings.edit_window,
    )


def differing(own: SharedSettings, shared: SharedSettings) -> list[str]:
    """The options by which a node was started otherwise than all others.

    For a line such as ``this node was started with other --max-clients``.  Of the
    password only whether there is one: two hashes of the same word differ, and to
    compare a word takes a time; see `ServerPassword.is_own`.
    """
    mine, theirs = own._asdict(), shared._asdict()
    for each in (mine, theirs):
        each["password"] = bool(each["password"])
    return [
        f"--{name}"
        for name, setting in SETTINGS.items()
        if mine[setting.field] != theirs[setting.field]
    ]


def configure(hub: Hub, shared: SharedSettings) -> None:
    """All share `shared` from now on; who is an operator by it is one at once."""
    hub.shared = shared
    hub.history.retain(shared.retention)
    hub.identities.rank_all()


def change(hub: Hub, before: SharedSettings, shared: SharedSettings) -> None:
    """As `configure`, where nobody else has changed them meanwhile.

    :raises ChatError: 400, somebody has.
    """
    if hub.shared != before:
        raise ChatError(400, "the settings have changed meanwhile; try again")
    configure(hub, shared)
    log.info("the settings that all share have changed")
