"""Who stands where in nick!user@host: see `hub.hosts`."""

from __future__ import annotations

from ...events import ChatError
from ...hub import Hub
from ...hub.hosts import ACCOUNT, GUEST, account_in, host_of, origin_of, username_of
from ...hub.user import TOKEN_LENGTH
from ...names import NICK_LENGTH, fold

UNKNOWN = "unknown"
HOST_LENGTH = max(len(ACCOUNT) + 3 * NICK_LENGTH, len(GUEST) + TOKEN_LENGTH)


class Hosts:
    """The sources of those who are here, and of those who were."""

    __slots__ = ("_hub", "_users")

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._users = hub.users

    def source(self, nick: str) -> str:
        """nick!user@host of the person called `nick`, or of the last who was."""
        user = self._users.get(nick.lower())
        if user is not None:
            who = origin_of(user.username, user.account, user.token)
            return f"{nick}!{who}"
        return f"{nick}!{self._of_gone(nick)}"

    def _of_gone(self, nick: str) -> str:
        if gone := self._hub.whowas.last(nick):
            return gone.origin
        account = self._hub.identities.account_of(nick)
        host = host_of(account, "") if account else UNKNOWN
        return f"~{username_of(nick)}@{host}"

    def named_by(self, host: str) -> str:
        """The account, or the guest's nick, that `host` says; empty for another.

        :raises ChatError: 401 for the host of a guest who isn't here.
        """
        host = fold(host)
        if account := account_in(host):
            return account
        if not host.startswith(GUEST):
            return ""
        for user in self._users.values():
            if user.host == host:
                return user.nick
        raise ChatError(401, "Nobody here has that host")
