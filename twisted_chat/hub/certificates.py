"""Certificates of TLS that prove whose account it is, in place of a password.

A certificate counts by its fingerprint: who signed it doesn't matter, for TLS
makes the peer prove that the key is theirs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..events import ChatError, Notice
from ..names import fold
from ..storage.accounts import MAX_CERTIFICATES, Accounts

if TYPE_CHECKING:
    from .hub import Hub
    from .session import Session

log = Logger()

FINGERPRINT = re.compile("[0-9a-f]{64}")


def read_fingerprint(word: str) -> str:
    """SHA-256 in hexadecimal digits, with colons or without.

    :raises ChatError: 461 for anything else.
    """
    digits = word.replace(":", "").lower()
    if not FINGERPRINT.fullmatch(digits):
        raise ChatError(461, "A fingerprint is SHA-256 in 64 hexadecimal digits")
    return digits


class Certificates:
    """Which certificates prove which accounts; the commands fail as `ChatError`."""

    def __init__(self, hub: Hub, accounts: Accounts) -> None:
        self._hub = hub
        self._accounts = accounts

    def identify(self, session: Session, nick: str = "") -> Deferred[str]:
        """As `Authentication.identify`, by the certificate of the session's connection.

        :param nick: whom it must prove; empty for whomever it does.
        """
        session.check_passed()
        return Deferred.fromCoroutine(self._identify(session, nick))

    def add(self, session: Session, word: str = "") -> Deferred[None]:
        """CERT add: by default that of the session's connection.

        Whoever holds the key takes the certificate from an account that has it;
        who only names it doesn't.  Error 400 when that can't be, 461, 464.
        """
        return Deferred.fromCoroutine(self._add(session, word))

    def remove(self, session: Session, word: str = "") -> Deferred[None]:
        """CERT remove: by default that of the session's connection."""
        return Deferred.fromCoroutine(self._remove(session, word))

    def show(self, session: Session) -> Deferred[None]:
        """CERT list."""
        return Deferred.fromCoroutine(self._show(session))

    async def _identify(self, session: Session, wanted: str) -> str:
        fingerprint = session.link.certificate()
        if not fingerprint:
            raise ChatError(464, "Your connection has no certificate")
        account = await self._accounts.find_certificate(fingerprint)
        if account is None or (wanted and fold(wanted) != fold(account.nick)):
            log.info("a certificate proved nothing", host=session.host)
            raise ChatError(464, "Your certificate does not prove that")
        self._hub.bans.check_account(account.nick)
        nick = self._hub.authentication.proven(session, account)
        self._hub.attempts.remember(session, account)
        return nick

    async def _add(self, session: Session, word: str) -> None:
        nick = self._hub.authentication.account_nick(session)
        fingerprint = self._meant(session, word)
        held = fingerprint == session.link.certificate()
        if not await self._accounts.add_certificate(nick, fingerprint, held):
            mine = await self._accounts.certificates(nick)
            if len(mine) >= MAX_CERTIFICATES:
                why = f"An account has at most {MAX_CERTIFICATES} certificates"
            else:
                why = "That is another account's; connect with it to take it"
            raise ChatError(400, why)
        log.info("{nick} added certificate {print}", nick=nick, print=fingerprint)
        self._tell(
            session,
            f"Certificate {fingerprint} is yours now",
            "certificate-added",
            fingerprint,
        )

    async def _remove(self, session: Session, word: str) -> None:
        nick = self._hub.authentication.account_nick(session)
        fingerprint = self._meant(session, word)
        if not await self._accounts.remove_certificate(nick, fingerprint):
            raise ChatError(400, "Your account has no such certificate")
        log.info("{nick} removed certificate {print}", nick=nick, print=fingerprint)
        self._tell(
            session,
            f"Certificate {fingerprint} is yours no more",
            "certificate-removed",
            fingerprint,
        )

    async def _show(self, session: Session) -> None:
        nick = self._hub.authentication.account_nick(session)
        here = session.link.certificate()
        mine = await self._accounts.certificates(nick)
        for fingerprint in mine:
            which = ", of this connection" if fingerprint == here else ""
            self._tell(
                session, f"Certificate {fingerprint}{which}", "certificate", fingerprint
            )
        if not mine:
            self._tell(
                session,
                "Your account has no certificate; CERT add adds one",
                "no-certificate",
            )

    def _meant(self, session: Session, word: str) -> str:
        fingerprint = read_fingerprint(word) if word else session.link.certificate()
        if not fingerprint:
            raise ChatError(
                400, "Your connection has no certificate; name a fingerprint"
            )
        return fingerprint

    def _tell(self, session: Session, text: str, code: str, value: str = "") -> None:
        session.listener.tell(Notice(text, self._hub.now(), code, value))
