"""The door for ``ssh alice@host``: the full-screen interface, lines, one command.

``transport`` and ``reader`` are SSH's transport layer and ``userauth`` is its logging
in, with the limits that Conch leaves open; ``channel`` is what a client opens then, and
``wire`` the way down to it.  ``connection`` makes one connection of the chat of these,
and what runs in it is a ``program``: ``screen``, ``lines`` or ``exec``.
Only `OPTION` is here: Conch is not imported where nobody says ``--ssh``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...hub import Hub
from ..base import Door
from ..option import DoorOption, MoreOption


def _make(hub: Hub, host_keys: Sequence[object] = (), beside: str = "") -> Door:
    from .door import SSHDoor
    from .host_key import HostKey, kept_host_key

    given = [key for key in host_keys if isinstance(key, HostKey)]
    return SSHDoor(hub, given or [kept_host_key(beside)])


def _check() -> None:
    """Raises `ValueError` where Conch is missing."""
    try:
        from . import door  # noqa: F401
    except ImportError as error:
        text = f"--ssh needs pip install 'twisted-chat[ssh]': {error}"
        raise ValueError(text) from None


def _read(path: str) -> list[object]:
    _check()
    from .host_key import read_host_key

    return [read_host_key(path)]


OPTION = DoorOption(
    "ssh",
    "port or endpoint for ssh; repeatable [default: none]",
    _make,
    more=(
        MoreOption(
            "ssh-host-key",
            "a file with the server's private key, in place of its own; repeatable",
            "host_keys",
            _read,
        ),
    ),
    check=_check,
    keeps="-ssh-host-key",
)

__all__ = ["OPTION"]
