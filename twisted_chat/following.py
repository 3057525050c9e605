"""What ``twisted-chat-admin`` changes in the file while the server runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from .events import ChatError
from .hub import Hub
from .hub.entries import (
    AddCertificate,
    Entry,
    Learn,
    RemoveCertificate,
    SetOperator,
    SetPassword,
    Unregister,
)
from .hub.session import new_token
from .names import fold
from .outcomes import settled
from .storage.accounts import Account
from .storage.accounts_sqlite import all_accounts
from .storage.database import Database, DatabaseError
from .storage.recorder import Recorder

log = Logger()


class Difference(NamedTuple):
    """An account, by its folded nick, as the hub knows it and as it is in the file."""

    key: str
    known: Account | None
    there: Account | None


class Follower:
    """Proposes what makes the accounts of `hub` those of the file.

    An account is looked at while nothing of it is on its way to the file: what the
    server itself has changed is no change of others.
    """

    def __init__(self, database: Database, recorder: Recorder, hub: Hub) -> None:
        self._database = database
        self._recorder = recorder
        self._hub = hub
        self._version = -1

    def look(self) -> Deferred[None]:
        """Fires when what has been changed is proposed; never fails."""
        return Deferred.fromCoroutine(self._look())

    async def _look(self) -> None:
        waiting = self._recorder.waiting
        known = self._hub.accounts.by_key()
        job = self._database.read_behind(_differences, self._version, known)
        try:
            version, found = await job
        except DatabaseError:
            return  # whoever writes says so
        later = False
        for difference in found:
            key, before, _ = difference
            if ("account", key) in waiting or self._hub.accounts.find(key) != before:
                later = True
                continue
            for entry in _entries(difference):
                await self._propose(entry)
        self._version = -1 if later else version

    async def _propose(self, entry: Entry) -> None:
        try:
            await settled(self._hub.log.propose(entry))
        except ChatError as error:
            log.info("the file's {entry}: {why}", entry=entry, why=error.text)


def _entries(difference: Difference) -> Iterator[Entry]:
    """What makes what is known what is there."""
    key, known, there = difference
    if known is not None and (there is None or there.created != known.created):
        log.info("{nick} was removed", nick=known.nick)
        yield Unregister(known.nick, new_token())
        known = None
    if there is None:
        return
    if known is None:
        yield Learn(there)
        return
    if there.hash != known.hash:
        log.info("{nick} has another password", nick=known.nick)
        alone = not (there.certificates or there.networks)
        yield SetPassword(key, there.hash, alone)
        if alone:
            known = known._replace(certificates=())
    for fingerprint in known.certificates:
        if fingerprint not in there.certificates:
            yield RemoveCertificate(key, fingerprint)
    for fingerprint in there.certificates:
        if fingerprint not in known.certificates:
            yield AddCertificate(key, fingerprint, True)
    if there.operator is not known.operator:
        yield SetOperator(key, there.operator)


def _differences(
    connection: sqlite3.Connection, seen: int, known: Mapping[str, Account]
) -> tuple[int, list[Difference]]:
    """How the accounts in the file differ, if others have written since `seen`.

    :return: also what `seen` is to be the next time.
    """
    # Of this connection, by which the server writes: it changes when others write.
    [[version]] = connection.execute("PRAGMA data_version")
    if version == seen:
        return version, []
    there = {fold(account.nick): account for account in all_accounts(connection)}
    pairs = (
        Difference(key, known.get(key), there.get(key)) for key in {**known, **there}
    )
    return version, [each for each in pairs if _differ(each.known, each.there)]


def _differ(one: Account | None, other: Account | None) -> bool:
    """Networks are the server's alone."""
    if one is None or other is None:
        return one is not other
    return one._replace(networks=()) != other._replace(networks=())
