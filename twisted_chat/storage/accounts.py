"""Who is who: the registered nicks, and the store that keeps them.

The in-memory store is here, SQLite's in `twisted_chat.storage.accounts_sqlite`.
"""

from __future__ import annotations

from collections import deque
from hashlib import blake2b, sha256
from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred, succeed

from ..names import fold

MAX_CERTIFICATES = 10
MAX_NETWORKS = 5
MAX_REMOVALS = 10_000


class Account(NamedTuple):
    """A registered nick.

    :ivar nick: as it was written when it was registered.
    :ivar hash: of the password, in the encoded form of argon2.
    :ivar operator: made one with ``twisted-chat-admin operator``.
    :ivar created: seconds since the epoch.
    :ivar networks: `mark` of those it was last logged in to from, the latest last.
    """

    nick: str
    hash: str
    operator: bool = False
    created: float = 0.0
    networks: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return f"<Account {self.nick}>"


def mark(nick: str, network: str) -> bytes:
    """What is kept of a network (`addresses.network_of`) to know it again.

    Three bytes can't be turned back into an address: hundreds of IPv4 addresses
    have the same.  Nor do two accounts have the same mark for one network.
    """
    key = sha256(fold(nick).encode()).digest()
    return blake2b(network.encode(), digest_size=3, key=key).digest()


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
        """Forget an account and all of it; False when there was none."""

    def operators(self) -> Deferred[list[str]]:
        """The nicks of all operators, sorted by their fold."""

    def add_network(self, nick: str, network: bytes) -> Deferred[bool]:
        """Keep the `mark` of a network as the latest of `MAX_NETWORKS`.

        False when there is no such account.
        """

    def removals(self, after: int) -> Deferred[list[tuple[int, str]]]:
        """The nicks removed since the one numbered `after`, with their numbers.

        Only the latest `MAX_REMOVALS` are known.
        """

    # A certificate is known by the SHA-256 of it, in lower hexadecimal digits.

    def certificates(self, nick: str) -> Deferred[list[str]]:
        """The account's certificates, sorted."""

    def add_certificate(
        self, nick: str, fingerprint: str, take: bool = False
    ) -> Deferred[bool]:
        """Let a certificate prove the account.

        False when there is no such account, when it has `MAX_CERTIFICATES`, and
        when the certificate is another's, unless it may be taken from there.
        """

    def remove_certificate(self, nick: str, fingerprint: str) -> Deferred[bool]:
        """No longer; False when the account has no such certificate."""

    def find_certificate(self, fingerprint: str) -> Deferred[Account | None]:
        """Whose certificate this is."""


class MemoryAccounts:
    """Keeps accounts as long as the process lives."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._certificates: dict[str, str] = {}
        self._removed = 0
        self._removals: deque[tuple[int, str]] = deque(maxlen=MAX_REMOVALS)

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
        for fingerprint in self._certificates_of(nick):
            del self._certificates[fingerprint]
        account = self._accounts.pop(fold(nick), None)
        if account is not None:
            self._removed += 1
            self._removals.append((self._removed, account.nick))
        return succeed(account is not None)

    def add_network(self, nick: str, network: bytes) -> Deferred[bool]:
        account = self._accounts.get(fold(nick), Account("", ""))
        others = [known for known in account.networks if known != network]
        networks = (*others, network)[-MAX_NETWORKS:]
        return succeed(self._replace(nick, networks=networks))

    def operators(self) -> Deferred[list[str]]:
        found = sorted(key for key, a in self._accounts.items() if a.operator)
        return succeed([self._accounts[key].nick for key in found])

    def removals(self, after: int) -> Deferred[list[tuple[int, str]]]:
        return succeed([each for each in self._removals if each[0] > after])

    def certificates(self, nick: str) -> Deferred[list[str]]:
        return succeed(self._certificates_of(nick))

    def add_certificate(
        self, nick: str, fingerprint: str, take: bool = False
    ) -> Deferred[bool]:
        mine = self._certificates_of(nick)
        if fingerprint in mine:
            return succeed(True)
        if (
            fold(nick) not in self._accounts
            or len(mine) >= MAX_CERTIFICATES
            or (fingerprint in self._certificates and not take)
        ):
            return succeed(False)
        self._certificates[fingerprint] = fold(nick)
        return succeed(True)

    def remove_certificate(self, nick: str, fingerprint: str) -> Deferred[bool]:
        if self._certificates.get(fingerprint) != fold(nick):
            return succeed(False)
        del self._certificates[fingerprint]
        return succeed(True)

    def find_certificate(self, fingerprint: str) -> Deferred[Account | None]:
        return succeed(self._accounts.get(self._certificates.get(fingerprint, "")))

    def _certificates_of(self, nick: str) -> list[str]:
        key = fold(nick)
        return sorted(f for f, owner in self._certificates.items() if owner == key)

    def _replace(self, nick: str, **changes: object) -> bool:
        account = self._accounts.get(fold(nick))
        if account is None:
            return False
        self._accounts[fold(nick)] = account._replace(**changes)  # type: ignore[arg-type]
        return True


def _conforms(store: MemoryAccounts) -> Accounts:
    return store
