"""Limits on tries at passwords, and whom others' tries don't hold up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from ..addresses import is_local, network_of
from ..events import ChatError
from ..fair_queue import Requester
from ..limits import Backoff
from ..names import fold
from ..storage.accounts import Account, mark
from .entries import Attempt, Table, Try

if TYPE_CHECKING:
    from .hub import Hub
    from .session import Session
    from .session_state import SessionState

FREE_TRIES = 5
FREE_WORDS = 20
# Seconds.
LONGEST_FOR_NICK = 60.0
LONGEST_FOR_NETWORK = 3600.0
LONGEST_FOR_WORDS = 60.0

Tries: TypeAlias = tuple[tuple[tuple[str, int, float], ...], ...]
"""What `Backoff.levels` gives, of each table."""


class Attempts:
    """Counts tries at passwords, over all nodes.

    A password may be tried five times, then with growing pauses: up to a minute
    for a nick, and up to an hour for a network.  Whoever has logged in to the
    account from that network before, is logged in to it, or has its certificate
    is counted apart: others' tries, from wherever, don't hold them up.

    The server's password (PASS) may be wrong twenty times from a network, then with
    pauses up to a minute: a class that comes in at once is behind one address, and
    what one of them types holds up the others.

    Each table remembers the latest 10,000 keys, as `Backoff` has it.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._tables: dict[Table, Backoff] = {
            "nick": Backoff(FREE_TRIES, LONGEST_FOR_NICK),
            "network": Backoff(FREE_TRIES, LONGEST_FOR_NETWORK),
            "known": Backoff(FREE_TRIES, LONGEST_FOR_NICK),
        }
        self._words = Backoff(FREE_WORDS, LONGEST_FOR_WORDS)

    def check(self, state: SessionState, entry: Attempt, now: float) -> None:
        """Raises `ChatError` 464 where the try comes too early at that time."""
        waits = (
            self._tables[table].wait(key, now)
            for table, key in self._keys(state, entry)
        )
        if wait := max(waits, default=0.0):
            raise _too_many(wait)

    def count(self, state: SessionState, entry: Attempt) -> tuple[Try, ...]:
        """Count a try before it is known whether it fails; raises as `check`."""
        at = self._hub.at
        self.check(state, entry, at)
        return tuple(
            (table, self._tables[table].count(key, at))
            for table, key in self._keys(state, entry)
        )

    def take_back(self, tries: Iterable[Try]) -> None:
        """They succeeded, or were none."""
        for table, tried in tries:
            self._tables[table].forgive(tried)

    def check_word(self, host: str, now: float) -> None:
        """Raises `ChatError` 464 where it is too early for PASS from `host`."""
        if wait := self._words.wait(network_of(host), now):
            raise _too_many(wait)

    def count_word(self, state: SessionState) -> None:
        """It has said a wrong one."""
        if not is_local(state.host):
            self._words.count(network_of(state.host), self._hub.at)

    def forget(self, nick: str) -> None:
        """The account is gone."""
        gone = fold(nick)
        self._tables["nick"].forget(lambda key: key == gone)
        self._tables["known"].forget(lambda key: key.startswith(f"{gone} "))

    def levels(self) -> Tries:
        """All that is counted."""
        return tuple(tuple(table.levels()) for table in self._all())

    def restore(self, levels: Tries) -> None:
        """Go on from what `levels` gave."""
        # A node that isn't upgraded yet counts no words.
        for table, some in zip(self._all(), levels, strict=False):
            table.restore(some)

    def _all(self) -> list[Backoff]:
        return [*self._tables.values(), self._words]

    def _keys(self, state: SessionState, entry: Attempt) -> Iterator[tuple[Table, str]]:
        """As what the try is counted."""
        account = self._hub.accounts.find(entry.nick)
        if account is not None:
            if known := known_as(state, account, entry.certificate):
                yield "known", f"{fold(account.nick)} {known}"
                return
            yield "nick", fold(entry.nick)
        if not is_local(state.host):
            yield "network", network_of(state.host)


def _too_many(wait: float) -> ChatError:
    return ChatError(464, f"Too many tries; wait {wait:.0f} s")


def known_as(state: SessionState, account: Account, certificate: str) -> str:
    """As what a session is known to the account; empty for a stranger."""
    if state.user is not None and fold(state.user.account) == fold(account.nick):
        return "logged in"
    if mark(account.nick, network_of(state.host)) in account.networks:
        return f"network {network_of(state.host)}"
    if certificate in account.certificates:
        return f"certificate {certificate}"
    return ""


def requester(session: Session, nick: str, known: bool) -> Requester:
    """As whom the session waits to have a password of `nick` hashed."""
    keys = (("address", network_of(session.host)), ("account", fold(nick)))
    return Requester(keys, known, lambda: session.id in session.hub.sessions)
