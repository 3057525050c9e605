"""Tokens by which browsers stay logged in, in place of the password.

A browser has the secret, in a cookie that no script can read, and the server the
digest of it.  Nobody guesses 256 bits of chance, so that a digest without salt will do.
A page gets its cookie for a ticket, which it is told where it is logged in: that is of
one use, and over in a minute.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..events import ChatError
from ..outcomes import settled, unattended
from ..storage.accounts import Token, mark
from .entries import AddTicket, Entry, RemoveToken, UseToken
from .proofs import Codes, ConnectionProofs

if TYPE_CHECKING:
    from ..storage.accounts import Account
    from .session import Session

log = Logger()

SIZE = 32
"""Bytes of chance in a secret."""

SECRET = re.compile("[A-Za-z0-9_-]{43}")
SHOWN = 12
"""Digits of a digest by which people call a token."""

NAME = re.compile(f"[0-9a-f]{{{SHOWN}}}")

REFRESH = 86400.0
"""Seconds after which it is noted again that a token is used."""


def digest_of(secret: str) -> str:
    """See `Token.digest`; empty for what can be no secret."""
    if not SECRET.fullmatch(secret):
        return ""
    return sha256(b"token " + secret.encode()).hexdigest()


def ticket_digest_of(ticket: str) -> str:
    """That of a ticket, which is no token's, whatever somebody puts into a cookie."""
    return sha256(b"ticket " + ticket.encode()).hexdigest()


class Tokens(ConnectionProofs):
    """TOKEN: which browsers stay logged in to which accounts."""

    noun = "token"
    codes = Codes("token", "no-token", "token-removed")
    none = "No browser stays logged in to your account"
    here = "of this connection"

    def mine(self, account: Account) -> Collection[str]:
        return [token.digest[:SHOWN] for token in self._live(account)]

    def shown(self, session: Session) -> Collection[str]:
        return (session.link.token()[:SHOWN],)

    def owner(self, session: Session) -> Account | None:
        """Who gave the server's password when they got it need not give it again."""
        digest = session.link.token()
        if not digest:
            raise ChatError(464, "Your connection has no token")
        found = self._hub.accounts.find_token(digest, self._hub.now())
        if found is None:
            return None
        account, token = found
        password = self._hub.shared.password
        if password and token.passed == mark("", password):
            session.passed = True
        return account

    async def proven(self, session: Session, account: Account) -> str:
        nick = await super().proven(session, account)
        digest, now = session.link.token(), self._hub.now()
        for token in account.tokens:
            if token.digest == digest and now - token.used >= REFRESH:
                unattended(session.propose(UseToken(digest, digest)))
        return nick

    def ticket(self, session: Session) -> Deferred[None]:
        """TOKEN ticket: tell the session one; see `exchange`.  Errors 464, 263."""
        return Deferred.fromCoroutine(self._ticket(session))

    async def _ticket(self, session: Session) -> None:
        authentication = self._hub.authentication
        nick = authentication.account_nick(session)
        authentication.check_disk()
        ticket = token_urlsafe(SIZE)
        entry = AddTicket(nick, ticket_digest_of(ticket))
        await authentication.propose(session, entry)
        text = "By this ticket your browser can stay logged in"
        self.advise(session, text, "ticket", ticket)

    async def exchange(self, ticket: str) -> str:
        """The secret of a new token of whoever was told `ticket`, which is used up.

        :raises ChatError: 464 for one that is over, was used, or that this node has not
            heard of yet; 263 for the disk.
        """
        digest, now = ticket_digest_of(ticket), self._hub.now()
        found = self._hub.accounts.find_token(digest, now)
        if found is None:
            raise ChatError(464, "That ticket is over; ask for another")
        self._hub.authentication.check_disk()
        secret = token_urlsafe(SIZE)
        await settled(self._hub.propose(UseToken(digest, digest_of(secret))))
        nick = found[0].nick
        log.info("{nick} stays logged in with a browser", nick=nick)
        return secret

    async def end(self, digest: str) -> None:
        """The browser that has that token doesn't stay logged in.

        No-op where it doesn't anyway.

        :raises ChatError: 263 where that can't be done now.
        """
        found = self._hub.accounts.find_token(digest, self._hub.now())
        if found is not None:
            nick = found[0].nick
            await settled(self._hub.propose(RemoveToken(nick, digest)))
            log.info("{nick} has logged out with a browser", nick=nick)

    def meant(self, session: Session, words: str) -> str:
        """``all`` for all of them."""
        if words.lower() == "all":
            return "all"
        if not words:
            if not session.link.token():
                text = "Your connection has no token; name one, or all"
                raise ChatError(400, text)
            return session.link.token()[:SHOWN]
        if not NAME.fullmatch(words.lower()):
            raise ChatError(461, f"A token has {SHOWN} digits; TOKEN lists them")
        return words.lower()

    def removing(self, session: Session, nick: str, proof: str) -> Entry:
        if proof == "all":
            return RemoveToken(nick, "")
        for token in self._live(self.account_of(session)):
            if token.digest.startswith(proof):
                return RemoveToken(nick, token.digest)
        raise ChatError(400, "Your account has no such token")

    def removed(self, proof: str) -> str:
        if proof == "all":
            return "No browser stays logged in to your account any more"
        return super().removed(proof)

    def _live(self, account: Account) -> list[Token]:
        now = self._hub.now()
        return [token for token in account.tokens if token.used and now < token.until]
