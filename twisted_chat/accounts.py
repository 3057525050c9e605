"""Who is who: the registered nicks, and the store that keeps them.

The in-memory store is here, SQLite's in `twisted_chat.accounts_sqlite`.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred, succeed

from .names import fold


class Account(NamedTuple):
    """A registered nick.

    :ivar nick: as it was written when it was registered.
    :ivar hash: of the password, in the encoded form of argon2.
    :ivar operator: made one with ``twisted-chat-admin operator``.
    :ivar created: seconds since the epoch.
    """

    nick: str
    hash: str
    operator: bool = False
    created: float = 0.0

    def __repr__(self) -> str:
        return f"<Account {self.nick}>"


class Accounts(Protocol):
    """Keeps accounts.  Nicks are compared by their fold (`names.fold`)."""

    def nicks(self) -> Deferred[list[str]]:
        """All registered nicks, in no order."""

    def find(self, nick: str) -> Deferred[Account | None]: ...

    def add(self, account: Account) -> Deferred[bool]:
        """Keep a new account; False when the nick is registered already."""

    def set_hash(self, nick: str, hash: str) -> Deferred[bool]:
        """Change the password; False when there is no such account."""

    def set_operator(self, nick: str, operator: bool) -> Deferred[bool]:
        """Make an operator, or no longer; False when there is no such account."""

    def remove(self, nick: str) -> Deferred[bool]:
        """Forget an account; False when there was none."""

    def operators(self) -> Deferred[list[str]]:
        """The nicks of all operators, sorted by their fold."""


class MemoryAccounts:
    """Keeps accounts as long as the process lives."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def nicks(self) -> Deferred[list[str]]:
        return succeed([account.nick for account in self._accounts.values()])

    def find(self, nick: str) -> Deferred[Account | None]:
        return succeed(self._accounts.get(fold(nick)))

    def add(self, account: Account) -> Deferred[bool]:
        kept = self._accounts.setdefault(fold(account.nick), account)
        return succeed(kept is account)

    def set_hash(self, nick: str, hash: str) -> Deferred[bool]:
        return succeed(self._replace(nick, hash=hash))

    def set_operator(self, nick: str, operator: bool) -> Deferred[bool]:
        return succeed(self._replace(nick, operator=operator))

    def remove(self, nick: str) -> Deferred[bool]:
        return succeed(self._accounts.pop(fold(nick), None) is not None)

    def operators(self) -> Deferred[list[str]]:
        found = sorted(key for key, a in self._accounts.items() if a.operator)
        return succeed([self._accounts[key].nick for key in found])

    def _replace(self, nick: str, **changes: object) -> bool:
        account = self._accounts.get(fold(nick))
        if account is None:
            return False
        self._accounts[fold(nick)] = account._replace(**changes)  # type: ignore[arg-type]
        return True


def _conforms(store: MemoryAccounts) -> Accounts:
    return store
