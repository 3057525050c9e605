"""Whom a new ban or mute means: who of those here, and which addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ..addresses import neighbourhood, network_of
from ..events import Ban, Notice
from ..names import fold
from .hold import Hold

if TYPE_CHECKING:
    from .hub import Hub
    from .room import Room
    from .user import User

HIDDEN = "hidden"


class Meant(NamedTuple):
    """:ivar people: who is here and meant.
    :ivar hosts: addresses that nobody else here comes from.
    :ivar shared: those that others come from, too.
    """

    people: list[User]
    hosts: list[str]
    shared: list[str]

    @property
    def accounts(self) -> list[str]:
        return [user.account for user in self.people if user.account]


def find(hub: Hub, hold: Hold, room: Room | None) -> Meant:
    """Whom `hold`, just made, means.

    An address or prefix means itself.  A pattern means those it matches, a nick
    also the addresses of its wearer.
    """
    if hold.network is not None:
        return Meant([], [], [])
    if not hold.exact:
        here: Iterable[User] = room.members if room else hub.users.values()
        return Meant([user for user in here if hold.means(user)], [], [])
    found = hub.users.get(hold.key), hub.identities.user_of(hold.key)
    people = list(dict.fromkeys(user for user in found if user is not None))
    alone, shared = _addresses(hub, people)
    return Meant(people, alone, shared)


def _addresses(hub: Hub, people: list[User]) -> tuple[list[str], list[str]]:
    """Those of `people`: that nobody else is at, and the others."""
    hosts = {host for user in people for host in user.hosts() if neighbourhood(host)}
    if not hosts:
        return [], []
    others = {
        network_of(state.host)
        for state in hub.sessions.values()
        if state.user is not None and state.user not in people
    }
    alone: dict[str, None] = {}
    shared: dict[str, None] = {}
    for host in sorted(hosts):
        (shared if network_of(host) in others else alone)[neighbourhood(host)] = None
    return list(alone), list(shared)


def explain(by: User, ban: Ban, meant: Meant, at: float) -> None:
    """Tell `by` what `ban` holds for beyond its mask; addresses are for operators.

    :param at: the time of the event, in seconds of the wall clock.
    """
    for user in meant.people:
        known = not user.account or fold(user.account) == fold(ban.mask)
        if known and not (meant.hosts or meant.shared):
            continue
        by.tell(Notice(_sentence(by, ban, meant, user), at, "holds-for", user.nick))


def _sentence(by: User, ban: Ban, meant: Meant, user: User) -> str:
    if user.account:
        who = f"the account {user.account}"
    elif ban.kind == "ban" and not ban.room:
        who = f"the nick {user.nick}"
    else:
        who = f"{user.nick} while they are here, under any nick"
    text = f"The {ban.kind} holds for {who}"
    if meant.hosts:
        text += f", and for new guests from {_shown(by, meant.hosts)}"
    if meant.shared:
        text += (
            f"; others are here from {_shown(by, meant.shared)}, "
            "so not for new guests from there"
        )
    return text


def _shown(by: User, hosts: list[str]) -> str:
    return ", ".join(hosts) if by.operator else "their address"


def hide_hosts(ban: Ban) -> Ban:
    """`ban` as it may be shown to who may see no addresses."""
    return ban._replace(hosts=(HIDDEN,)) if ban.hosts else ban
