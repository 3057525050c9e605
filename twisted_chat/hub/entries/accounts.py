"""Entries about accounts: who is who, and what proves it."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from ...limits import Tried
from .sessions import SessionId


class Prove(NamedTuple):
    """A session without a nick has proven an account, and will come in later."""

    who: SessionId
    account: str


class Oper(NamedTuple):
    """OPER: a person has proven an operator's account, and stays who they are."""

    who: SessionId
    account: str


class LogIn(NamedTuple):
    """A session has proven an account, and comes in as it.

    :ivar about: as in `TakeNick`, and `token`.
    :ivar keep_nick: where the account isn't here, it is taken on under the nick that
        is worn (OPER, SASL).
    """

    who: SessionId
    account: str
    about: str
    token: str
    keep_nick: bool = False


class Register(NamedTuple):
    """REGISTER: the nick is an account now, of whoever still wears it.

    :ivar hash: of the password; see `Account.hash`.
    :ivar network: the `mark` of where it is registered from.
    """

    who: SessionId
    nick: str
    hash: str
    network: bytes

    def __repr__(self) -> str:
        return f"Register({self.who}, {self.nick!r})"


class SetPassword(NamedTuple):
    """PASSWD: the account has another password.

    :ivar alone: its certificates, keys and networks prove nothing any more.
    """

    nick: str
    hash: str
    alone: bool = False

    def __repr__(self) -> str:
        return f"SetPassword({self.nick!r}, alone={self.alone})"


class SetOperator(NamedTuple):
    """The account is an operator's, or no longer."""

    nick: str
    operator: bool


class AddCertificate(NamedTuple):
    """CERT add.

    :ivar fingerprint: see `Account.certificates`.
    :ivar take: also from the account that has it; who asks for it holds its key.
    """

    nick: str
    fingerprint: str
    take: bool


class RemoveCertificate(NamedTuple):
    """CERT remove."""

    nick: str
    fingerprint: str


class AddKey(NamedTuple):
    """KEY add.

    :ivar fingerprint: see `Account.keys`.
    """

    nick: str
    fingerprint: str


class RemoveKey(NamedTuple):
    """KEY remove."""

    nick: str
    fingerprint: str


class AddTicket(NamedTuple):
    """TOKEN ticket: for a minute the account's browser may fetch a token with it.

    :ivar digest: see `Token.digest`.
    """

    nick: str
    digest: str


class UseToken(NamedTuple):
    """A ticket or token has proven its account.

    :ivar new: the digest that counts in its place: for a ticket that of the token.
    """

    digest: str
    new: str


class RemoveToken(NamedTuple):
    """TOKEN remove.

    :ivar digest: see `Token.digest`; empty for all that the account has.
    """

    nick: str
    digest: str


class RememberNetwork(NamedTuple):
    """Somebody has proven the account from a network, of which this is the `mark`."""

    nick: str
    network: bytes


class Unregister(NamedTuple):
    """An account is gone.

    :ivar token: as in `TakeNick`.
    """

    nick: str
    token: str


class Attempt(NamedTuple):
    """A session is about to try a password of `nick`; see `Attempts`.

    :ivar certificate: the fingerprint of its connection's; empty for none.
    """

    who: SessionId
    nick: str
    certificate: str


Table: TypeAlias = Literal["nick", "network", "known"]
"""What is counted: tries at a nick, from a network, and those of who is known."""

Try: TypeAlias = tuple[Table, Tried]


class AttemptOver(NamedTuple):
    """What was counted for an `Attempt` that succeeded, or was none, is taken back."""

    tries: tuple[Try, ...]


class WrongWord(NamedTuple):
    """A newcomer has said a word for PASS that isn't the server's; see `Attempts`."""

    who: SessionId


class EndGrace(NamedTuple):
    """Who wears a registered nick has not proven it in time.

    :ivar grace: which time that was; see `User.grace`.
    :ivar token: as in `TakeNick`.
    """

    who: SessionId
    grace: float
    token: str
