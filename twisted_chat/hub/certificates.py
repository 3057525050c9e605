"""Certificates of TLS that prove whose account it is, in place of a password.

A certificate counts by its fingerprint: who signed it doesn't matter, for TLS
makes the peer prove that the key is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..events import ChatError
from .entries import AddCertificate, Entry, RemoveCertificate
from .proofs import AddedProofs, Codes, ConnectionProofs

if TYPE_CHECKING:
    from ..storage.accounts import Account
    from .session import Session

FINGERPRINT = re.compile("[0-9a-f]{64}")


def read_fingerprint(word: str) -> str:
    """SHA-256 in hexadecimal digits, with colons or without.

    :raises ChatError: 461 for anything else.
    """
    digits = word.replace(":", "").lower()
    if not FINGERPRINT.fullmatch(digits):
        raise ChatError(461, "A fingerprint is SHA-256 in 64 hexadecimal digits")
    return digits


class Certificates(AddedProofs, ConnectionProofs):
    """CERT: which certificates prove which accounts."""

    noun = "certificate"
    codes = Codes(
        "certificate", "no-certificate", "certificate-removed", "certificate-added"
    )
    none = "Your account has no certificate; CERT add adds one"
    here = "of this connection"

    def mine(self, account: Account) -> Collection[str]:
        return account.certificates

    def shown(self, session: Session) -> Collection[str]:
        return (session.link.certificate(),)

    def owner(self, session: Session) -> Account | None:
        fingerprint = session.link.certificate()
        if not fingerprint:
            raise ChatError(464, "Your connection has no certificate")
        return self._hub.accounts.find_certificate(fingerprint)

    def meant(self, session: Session, words: str) -> str:
        fingerprint = read_fingerprint(words) if words else session.link.certificate()
        if not fingerprint:
            text = "Your connection has no certificate; name a fingerprint"
            raise ChatError(400, text)
        return fingerprint

    def adding(self, session: Session, nick: str, proof: str) -> Entry:
        """Whoever holds the key takes the certificate from an account that has it.

        Who only names it doesn't.
        """
        return AddCertificate(nick, proof, proof == session.link.certificate())

    def removing(self, session: Session, nick: str, proof: str) -> Entry:
        return RemoveCertificate(nick, proof)
