"""Since when each device of an account has been away.

A device is what a client calls itself beside the account, as in SASL's ``alice@phone``.
Whoever comes back to rooms in which they have stayed is shown what this device has
missed, whatever the others have seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..events import ChatError
from ..storage.personal import Device
from ..storage.store import Store
from .staying import LONGEST

if TYPE_CHECKING:
    from .hub import Hub
    from .session_state import SessionState
    from .user import User

MAX_DEVICES = 10
"""Of one account; one more takes the place of that which has been away for longest."""

UNNOTICED = 15.0
"""Seconds in which a node may have shown nothing before the others let it go."""

_NAME = re.compile(r"[a-z0-9._-]{1,32}")


def check_device(name: str) -> str:
    """Return `name` as it is known; raises `ChatError` 464 for a bad one."""
    if not _NAME.fullmatch(name.lower()):
        raise ChatError(464, "A device is up to 32 letters, digits and ._-")
    return name.lower()


class Devices:
    """State of the hub, kept in `store`.

    Of each it is known since when it is away, in seconds of the wall clock; 0 for one
    that is here.
    """

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store
        self._of: dict[int, dict[str, float]] = {}

    def load(self, devices: Iterable[Device]) -> None:
        """Know what was kept by a server that has ended: nobody is here."""
        for account, name, since in devices:
            self._of.setdefault(account, {})[name] = since or self._hub.at

    def restore(self, devices: Iterable[Device]) -> None:
        """Go on from what this gave."""
        for account, name, since in devices:
            self._of.setdefault(account, {})[name] = since

    def __iter__(self) -> Iterator[Device]:
        """All of them, by accounts; of each in the order in which they were here."""
        for account, devices in sorted(self._of.items()):
            for name, since in devices.items():
                yield Device(account, name, since)

    # Changes

    def named(self, state: SessionState, name: str) -> None:
        """The client of the session calls itself so."""
        state.device = name
        if state.user is not None and state.user.account:
            self.came(state, state.user)

    def came(self, state: SessionState, user: User) -> float:
        """The session is one of `user`: since when its device was away.

        0 where that isn't known, or it is here by another session as well.
        """
        if not state.device or user.author <= 0:
            return 0.0
        devices = self._of.setdefault(user.author, {})
        since = devices.pop(state.device, 0.0)
        if len(devices) >= MAX_DEVICES:
            away = sorted((at or self._hub.at, name) for name, at in devices.items())
            del devices[away[0][1]]
        devices[state.device] = 0.0
        self._keep(user.author)
        return since if since > self._hub.at - LONGEST else 0.0

    def left(self, state: SessionState, user: User) -> None:
        """The session is no more one of `user`."""
        devices = self._of.get(user.author, {})
        if state.device not in devices:
            return
        if all(each.device != state.device for each in user.sessions):
            devices[state.device] = self._hub.at
            self._keep(user.author)

    def lost(self, state: SessionState, user: User) -> None:
        """As `left`, with its node: what that has shown at last nobody knows."""
        devices = self._of.get(user.author, {})
        if devices.get(state.device) == self._hub.at:
            devices[state.device] = self._hub.at - UNNOTICED
            self._keep(user.author)

    def drop(self, account: int) -> None:
        """The account is gone; see `Store.drop_personal`."""
        self._of.pop(account, None)

    def _keep(self, account: int) -> None:
        devices = self._of[account].items()
        self._store.put_devices(
            account, [Device(account, name, since) for name, since in devices]
        )
