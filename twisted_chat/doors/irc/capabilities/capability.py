"""What a capability is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..command import Command

if TYPE_CHECKING:
    from ..connection import IRCConnection
    from ..formats import Renderer

Show = Callable[["Renderer", Any], bytes]
"""How an event looks to all who have the same capabilities."""


class Capability(NamedTuple):
    """Something that a client may ask for, and all that belongs to it.

    :ivar about: what it does, for docs/irc.rst.
    :ivar aliases: other names for the same.
    :ivar offer: its value for this client, where it has one, for version 302; None
        where it isn't offered.
    :ivar askable: whether CAP REQ takes it.
    :ivar sticky: whether a client of version 302 can't give it back.
    :ivar renders: whether it changes how an event looks to everyone who has it.
    :ivar shows: the events that are shown because of it.
    :ivar commands: those that exist because of it.
    :ivar tokens: what it adds to RPL_ISUPPORT.
    """

    name: str
    about: str
    aliases: tuple[str, ...] = ()
    offer: Callable[[IRCConnection], str | None] = lambda c: ""
    askable: bool = True
    sticky: bool = False
    renders: bool = False
    shows: Mapping[type, Show] = {}
    commands: Mapping[str, Command] = {}
    tokens: tuple[str, ...] = ()


class Capabilities:
    """All that a door offers.

    :param known: in the order in which they are listed, and show an event.
    """

    def __init__(self, known: Iterable[Capability]) -> None:
        self._known = tuple(known)
        self._named = {
            name: each for each in self._known for name in (each.name, *each.aliases)
        }
        self.rendering = frozenset(
            each.name for each in self._known if each.renders or each.shows
        )

    def __iter__(self) -> Iterator[Capability]:
        return iter(self._known)

    def get(self, name: str) -> Capability | None:
        """That which is called `name`, also by an alias."""
        return self._named.get(name)

    def offered(self, c: IRCConnection) -> dict[str, str]:
        """What this client may see in CAP LS, with the values of version 302."""
        values = {each.name: each.offer(c) for each in self._known}
        return {
            name: value
            for name, each in self._named.items()
            if (value := values[each.name]) is not None
        }

    def canonical(self, names: Iterable[str]) -> frozenset[str]:
        """`names`, each without its alias."""
        return frozenset(self._named[name].name for name in names)

    def shows(self, caps: frozenset[str]) -> dict[type, list[Show]]:
        """The events that are shown because of `caps`, and how, in order."""
        found: dict[type, list[Show]] = {}
        for each in self._known:
            if each.name in caps:
                for kind, show in each.shows.items():
                    found.setdefault(kind, []).append(show)
        return found
