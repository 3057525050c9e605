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
from ..outcomes import settled
from .entries import AddCertificate, RemoveCertificate

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

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def identify(self, session: Session, nick: str = "") -> Deferred[str]:
        """As `Authentication.identify`, by the certificate of the session's connection.

        :param nick: whom it must prove; empty for whomever it does.
        """
        session.check_passed()
        return Deferred.fromCoroutine(self._identify(session, nick))

    def log_in(self, session: Session, nick: str = "") -> Deferred[None]:
        """CERT login: as `Authentication.login`, by the connection's certificate.

        :param nick: whom it must prove; empty for whomever it does.
        """
        session.check_passed()
        return Deferred.fromCoroutine(self._log_in(session, nick))

    def add(self, session: Session, word: str = "") -> Deferred[None]:
        """CERT add: by default that of the session's connection.

        Whoever holds the key takes the certificate from an account that has it;
        who only names it doesn't.  Error 400 when that can't be, 461, 464, 263 for
        the disk.
        """
        return Deferred.fromCoroutine(self._add(session, word))

    def remove(self, session: Session, word: str = "") -> Deferred[None]:
        """CERT remove: by default that of the session's connection."""
        return Deferred.fromCoroutine(self._remove(session, word))

    async def _identify(self, session: Session, wanted: str) -> str:
        fingerprint = session.link.certificate()
        if not fingerprint:
            raise ChatError(464, "Your connection has no certificate")
        account = self._hub.accounts.find_certificate(fingerprint)
        if account is None or (wanted and fold(wanted) != fold(account.nick)):
            log.info("a certificate proved nothing", host=session.host)
            raise ChatError(464, "Your certificate does not prove that")
        self._hub.bans.check_account(account.nick)
        authentication = self._hub.authentication
        nick = await authentication.proven(session, account.nick)
        await authentication.remember(session, account)
        return nick

    async def _log_in(self, session: Session, wanted: str) -> None:
        nick = await self._identify(session, wanted)
        if session.user is None:
            await settled(session.set_nick(nick))

    async def _add(self, session: Session, word: str) -> None:
        authentication = self._hub.authentication
        nick = authentication.account_nick(session)
        fingerprint = self._meant(session, word)
        held = fingerprint == session.link.certificate()
        authentication.check_disk()
        await authentication.propose(session, AddCertificate(nick, fingerprint, held))
        log.info("{nick} added certificate {print}", nick=nick, print=fingerprint)
        self._tell(
            session,
            f"Certificate {fingerprint} is yours now",
            "certificate-added",
            fingerprint,
        )

    async def _remove(self, session: Session, word: str) -> None:
        authentication = self._hub.authentication
        nick = authentication.account_nick(session)
        fingerprint = self._meant(session, word)
        authentication.check_disk()
        await authentication.propose(session, RemoveCertificate(nick, fingerprint))
        log.info("{nick} removed certificate {print}", nick=nick, print=fingerprint)
        self._tell(
            session,
            f"Certificate {fingerprint} is yours no more",
            "certificate-removed",
            fingerprint,
        )

    def show(self, session: Session) -> None:
        """CERT list."""
        account = self._hub.accounts.find(
            self._hub.authentication.account_nick(session)
        )
        here = session.link.certificate()
        mine = account.certificates if account is not None else ()
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
