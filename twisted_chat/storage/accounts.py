"""A registered nick, as it is kept."""

from __future__ import annotations

from hashlib import blake2b, sha256
from typing import Any, NamedTuple

from ..names import fold

MAX_CERTIFICATES = 10
MAX_KEYS = 10
MAX_NETWORKS = 5
MAX_TOKENS = 10
MAX_TICKETS = 5

# In seconds: how long a browser stays logged in that isn't used, and how long it may
# take to fetch its token.
TOKEN_LIFE = 30 * 86400.0
TICKET_LIFE = 60.0


class Token(NamedTuple):
    """By which a browser stays logged in; or the ticket to fetch one with.

    :ivar digest: SHA-256 of the secret that the browser has, in hexadecimal digits.
    :ivar since: when it was made, in seconds since the epoch.
    :ivar used: when it was used last; 0 for a ticket.
    :ivar passed: `mark` of the server's password that was known then; empty for none.
    """

    digest: str
    since: float
    used: float
    passed: bytes = b""

    @property
    def until(self) -> float:
        """When it is over."""
        return self.used + TOKEN_LIFE if self.used else self.since + TICKET_LIFE


class Account(NamedTuple):
    """A registered nick.

    :ivar nick: as it was written when it was registered.
    :ivar hash: of the password, in the encoded form of argon2.
    :ivar operator: made one with ``twisted-chat-admin operator``.
    :ivar created: seconds since the epoch.
    :ivar networks: `mark` of those it was last logged in to from, the latest last.
    :ivar certificates: those that prove it, sorted: SHA-256 in lower hexadecimal
        digits.
    :ivar keys: of ssh, those that prove it, sorted: ``SHA256:`` and base64.
    :ivar number: what it writes belongs to, for ever: no other account gets it.  0: it
        is still to be given.
    :ivar keep: what they write in private, and are written, is kept; see KEEP.
    :ivar stay: they stay in their rooms when they have no session; see STAY.
    :ivar ignores: whom they don't hear, sorted; see `User.ignores`.
    :ivar tokens: by which browsers stay logged in, sorted; some may be over.
    """

    nick: str
    hash: str
    operator: bool = False
    created: float = 0.0
    networks: tuple[bytes, ...] = ()
    certificates: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    number: int = 0
    keep: bool = True
    stay: bool = False
    ignores: tuple[str, ...] = ()
    tokens: tuple[Token, ...] = ()

    def __repr__(self) -> str:
        return f"<Account {self.nick}>"


def restored(*fields: Any) -> Account:
    """The account of these fields, with bare tuples in place of named ones."""
    account = Account(*fields)
    tokens = tuple(Token(*each) for each in account.tokens)
    return account._replace(tokens=tokens)


def mark(nick: str, network: str) -> bytes:
    """What is kept of a network (`addresses.network_of`) to know it again.

    Three bytes can't be turned back into an address: hundreds of IPv4 addresses
    have the same.  Nor do two accounts have the same mark for one network.
    """
    key = sha256(fold(nick).encode()).digest()
    return blake2b(network.encode(), digest_size=3, key=key).digest()
