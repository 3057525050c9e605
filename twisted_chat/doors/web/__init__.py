"""The way in for browsers: a page, and its WebSocket."""

from importlib import metadata

from ..option import DoorOption, MoreOption
from .door import WebDoor
from .trust import networks, origin_of

# Older ones hand on a WebSocket's messages in pieces, as packets cut them.
TWISTED_NEEDED = (26, 10)


def check_twisted() -> None:
    """Raises `ValueError` for a Twisted that is too old."""
    here = metadata.version("twisted")
    if tuple(map(int, here.split(".")[:2])) < TWISTED_NEEDED:
        needed = ".".join(map(str, TWISTED_NEEDED))
        raise ValueError(f"--web needs Twisted {needed}; this is {here}")


OPTION = DoorOption(
    "web",
    "port or endpoint for browsers (TLS: ssl:...); repeatable [default: none]",
    WebDoor,
    more=(
        MoreOption(
            "web-origin",
            "an origin (https://host) whose pages may connect too; repeatable",
            "origins",
            lambda origin: [origin_of(origin)],
        ),
        MoreOption(
            "trusted-proxy",
            "addresses or networks whose X-Forwarded-For is believed; repeatable",
            "proxies",
            networks,
        ),
    ),
    check=check_twisted,
)

__all__ = ["OPTION", "WebDoor"]
