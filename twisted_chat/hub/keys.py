"""Keys of ssh that prove an account, in place of its password.

A key counts by its fingerprint.  Several accounts may have the same: who comes by ssh
names the account, and has to sign with the key.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection
from hashlib import sha256
from typing import TYPE_CHECKING

from ..events import ChatError
from .entries import AddKey, Entry, RemoveKey
from .proofs import AddedProofs, Codes

if TYPE_CHECKING:
    from ..storage.accounts import Account
    from .session import Session

FINGERPRINT = re.compile("SHA256:[A-Za-z0-9+/]{43}")
RSA_BITS = range(2048, 16384 + 1)
WANTED = "A key is a line such as ssh-ed25519 AAAA…, or its fingerprint SHA256:…"


def fingerprint_of(blob: bytes) -> str:
    """As ``ssh-keygen -l`` shows it; empty for a key of no kind that counts.

    Those that count are ed25519 (RFC 8709), and RSA of 2048 bits (RFC 4253, section
    6.6), which signs with SHA-2.
    """
    kind, rest = _take(blob)
    first, rest = _take(rest)
    if kind == b"ssh-ed25519":
        good = len(first) == 32 and not rest
    elif kind == b"ssh-rsa":
        modulus, rest = _take(rest)
        good = int.from_bytes(modulus[:2049]).bit_length() in RSA_BITS and not rest
    else:
        good = False
    if not good:
        return ""
    digest = base64.b64encode(sha256(blob).digest()).decode()
    return f"SHA256:{digest.rstrip('=')}"


def _take(data: bytes) -> tuple[bytes, bytes]:
    """The first string (RFC 4251, section 5) in `data`, and the rest."""
    end = 4 + int.from_bytes(data[:4])
    return data[4:end], data[end:]


def read_key(words: str) -> str:
    """The fingerprint that `words` name: it, or a line of a ``.pub`` file.

    :raises ChatError: 461 for anything else.
    """
    kind, _, rest = words.strip().partition(" ")
    if FINGERPRINT.fullmatch(kind) and not rest:
        return kind
    try:
        blob = base64.b64decode(rest.split()[0], validate=True)
    except (IndexError, ValueError, binascii.Error):
        raise ChatError(461, WANTED) from None
    if not (fingerprint := fingerprint_of(blob)) or _take(blob)[0] != kind.encode():
        raise ChatError(461, "A key is of ed25519, or of RSA with 2048 bits or more")
    return fingerprint


class Keys(AddedProofs):
    """KEY: which keys prove which accounts."""

    noun = "key"
    codes = Codes("key", "no-key", "key-removed", "key-added")
    none = "Your account has no key of ssh; KEY add adds one"
    here = "offered by your client"
    gain = ": ssh needs no password with it"

    async def identify(self, session: Session, nick: str, fingerprint: str) -> str:
        """The session's peer has signed with that key to be `nick`; gives the nick.

        It need not have given the server's password yet.

        :raises ChatError: 464 when that proves nothing, 465 when they are banned.
        """
        account = self._hub.accounts.find(nick)
        if account is None or fingerprint not in account.keys:
            raise ChatError(464, "Your key does not prove that")
        return await self.proven(session, account)

    def mine(self, account: Account) -> Collection[str]:
        return account.keys

    def shown(self, session: Session) -> Collection[str]:
        return session.link.offered_keys()

    def show(self, session: Session) -> None:
        super().show(session)
        mine = self.mine(self.account_of(session))
        for key in self.shown(session):
            if key not in mine:
                text = f"Your client has offered {key}; KEY add {key} adds it"
                self.advise(session, text, "key-offered", key)

    def meant(self, session: Session, words: str) -> str:
        if words:
            return read_key(words)
        offered = session.link.offered_keys()
        if len(offered) != 1:
            if offered:
                text = "Your client has offered several keys; KEY lists them"
            else:
                text = f"Your client has offered no key; say which. {WANTED}"
            raise ChatError(400, text)
        return offered[0]

    def adding(self, session: Session, nick: str, proof: str) -> Entry:
        return AddKey(nick, proof)

    def removing(self, session: Session, nick: str, proof: str) -> Entry:
        return RemoveKey(nick, proof)
