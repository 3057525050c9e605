"""What stands as user and host of somebody, where other IRC servers show addresses.

The host stays the same under whatever nick, so that a ban of it hits: it is made of
the account, or, for a guest, of a random word that is theirs while they are here.
It has no dot, for clients that ban a domain take what is behind the first one.
"""

from __future__ import annotations

from ...events import ChatError
from ...hub import Hub, User
from ...hub.monitor import Gone
from ...hub.user import TOKEN_LENGTH
from ...names import NICK_LENGTH, fold

ACCOUNT = "account-"
GUEST = "guest-"
UNKNOWN = "unknown"
HOST_LENGTH = max(len(ACCOUNT) + NICK_LENGTH, len(GUEST) + TOKEN_LENGTH)


def host_of(who: User | Gone, account: str | None = None) -> str:
    """The host of `who`, or what it is with another `account`."""
    account = who.account if account is None else account
    return f"{ACCOUNT}{account.lower()}" if account else f"{GUEST}{who.token}"


class Hosts:
    """The hosts of those who are here, and of those who were."""

    __slots__ = ("_hub", "_users")

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._users = hub.users

    def of(self, nick: str) -> str:
        """The host of the person called `nick`, or of the last who was."""
        user = self._users.get(nick.lower())
        return host_of(user) if user is not None else self._of_gone(nick)

    def source(self, nick: str) -> str:
        """nick!user@host of the person called `nick`; see `of`."""
        return f"{nick}!{nick}@{self.of(nick)}"

    def _of_gone(self, nick: str) -> str:
        if gone := self._hub.whowas.last(nick):
            return host_of(gone)
        account = self._hub.identities.account_of(nick)
        return f"{ACCOUNT}{account.lower()}" if account else UNKNOWN

    def named_by(self, host: str) -> str:
        """The account, or the guest's nick, that `host` says; empty for another.

        :raises ChatError: 401 for the host of a guest who isn't here.
        """
        host = fold(host).lstrip("*")
        if account := host.removeprefix(ACCOUNT) if host.startswith(ACCOUNT) else "":
            return account
        if not host.startswith(GUEST):
            return ""
        for user in self._users.values():
            if host_of(user) == host:
                return user.nick
        raise ChatError(401, "Nobody here has that host")
