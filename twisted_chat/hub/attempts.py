"""Limits on tries at passwords, and whom others' tries don't hold up."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

from ..addresses import is_local, network_of
from ..events import ChatError
from ..fair_queue import Requester
from ..limits import Backoff, Tried
from ..names import fold
from ..storage.accounts import Account, mark

if TYPE_CHECKING:
    from .hub import Hub
    from .session import Session

FREE_TRIES = 5
# Seconds.
LONGEST_FOR_NICK = 60.0
LONGEST_FOR_NETWORK = 3600.0


class Attempt(NamedTuple):
    """A try that is counted.

    :ivar requester: for the hashing.
    """

    requester: Requester
    tried: tuple[tuple[Backoff, Tried], ...]

    def take_back(self) -> None:
        """It succeeded, or it was none."""
        for tries, tried in self.tried:
            tries.forgive(tried)


class Attempts:
    """Counts tries at passwords.

    A password may be tried five times, then with growing pauses: up to a minute
    for a nick, and up to an hour for a network.  Whoever has logged in to the
    account from that network before, is logged in to it, or has its certificate
    is counted apart: others' tries, from wherever, don't hold them up.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._nick_tries = Backoff(FREE_TRIES, LONGEST_FOR_NICK)
        self._network_tries = Backoff(FREE_TRIES, LONGEST_FOR_NETWORK)
        self._known_tries = Backoff(FREE_TRIES, LONGEST_FOR_NICK)

    def begin(self, session: Session, nick: str, account: Account | None) -> Attempt:
        """Count a try at `nick`; raises `ChatError` 464 when it comes too early."""
        known = account and self._known(session, account)
        network = network_of(session.host)
        counts: list[tuple[Backoff, Hashable]] = []
        if known:
            counts.append((self._known_tries, known))
        else:
            if account is not None:
                counts.append((self._nick_tries, fold(nick)))
            if not is_local(session.host):
                counts.append((self._network_tries, network))
        now = self._hub.clock.seconds()
        if wait := max((tries.wait(key, now) for tries, key in counts), default=0.0):
            raise ChatError(464, f"Too many tries; wait {wait:.0f} s")
        tried = tuple((tries, tries.count(key, now)) for tries, key in counts)
        return Attempt(self.requester(session, nick, known is not None), tried)

    def forget(self, nick: str) -> None:
        """The account is gone."""
        gone = fold(nick)
        self._nick_tries.forget(lambda key: key == gone)
        self._known_tries.forget(lambda key: isinstance(key, tuple) and key[0] == gone)

    def requester(self, session: Session, nick: str, known: bool) -> Requester:
        """As whom the session waits to have a password of `nick` hashed."""
        keys = (("address", network_of(session.host)), ("account", fold(nick)))
        return Requester(keys, known, lambda: session.id in self._hub.sessions)

    def _known(self, session: Session, account: Account) -> tuple[str, ...] | None:
        """As what the session is known to the account; None for a stranger."""
        key = fold(account.nick)
        if session.user is not None and fold(session.user.account) == key:
            return (key, "logged in")
        if mark(account.nick, network_of(session.host)) in account.networks:
            return (key, "network", network_of(session.host))
        if (fingerprint := session.link.certificate()) in account.certificates:
            return (key, "certificate", fingerprint)
        return None
