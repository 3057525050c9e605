"""What proves an account in place of its password: what all kinds of it share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..events import ChatError, Notice
from ..names import fold
from ..outcomes import settled
from .entries import Entry

if TYPE_CHECKING:
    from ..storage.accounts import Account
    from .hub import Hub
    from .session import Session

log = Logger()


class Codes(NamedTuple):
    """Those of the notices about one kind of proof; see `Notice.code`.

    :ivar has: the account has this one; `none`: it has none.
    """

    has: str
    none: str
    removed: str
    added: str = ""


class Proofs(ABC):
    """The commands about one kind of proof; they fail as `ChatError`.

    A proof is told by a word: its fingerprint.

    :ivar noun: what one is called.
    :ivar none: what an account without any is told.
    :ivar here: which those are that the session's peer shows by itself.
    """

    noun: ClassVar[str]
    codes: ClassVar[Codes]
    none: ClassVar[str]
    here: ClassVar[str]

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @abstractmethod
    def mine(self, account: Account) -> Collection[str]:
        """Those of the account, as they are shown."""

    @abstractmethod
    def shown(self, session: Session) -> Collection[str]:
        """Those that the session's peer shows by itself."""

    def remove(self, session: Session, words: str = "") -> Deferred[None]:
        """What `words` name proves the account no more; see `meant`."""
        return Deferred.fromCoroutine(self._remove(session, words))

    def show(self, session: Session) -> None:
        """Tell which the account has."""
        account = self.account_of(session)
        shown = self.shown(session)
        mine = self.mine(account)
        for each in mine:
            which = f", {self.here}" if each in shown else ""
            text = f"{self.noun.title()} {each}{which}"
            self.advise(session, text, self.codes.has, each)
        if not mine:
            self.advise(session, self.none, self.codes.none)

    @abstractmethod
    def meant(self, session: Session, words: str) -> str:
        """The one that `words` name; without words, that which the peer shows.

        :raises ChatError: 400 without one, 461 for words that name none.
        """

    @abstractmethod
    def removing(self, session: Session, nick: str, proof: str) -> Entry:
        """What takes `proof` from the account; raises `ChatError` 400."""

    async def _remove(self, session: Session, words: str) -> None:
        authentication = self._hub.authentication
        nick = authentication.account_nick(session)
        proof = self.meant(session, words)
        authentication.check_disk()
        await authentication.propose(session, self.removing(session, nick, proof))
        log.info(
            "{nick} removed {noun} {print}", nick=nick, noun=self.noun, print=proof
        )
        self.advise(session, self.removed(proof), self.codes.removed, proof)

    def removed(self, proof: str) -> str:
        """What is told of that."""
        return f"{self.noun.title()} {proof} is yours no more"

    def account_of(self, session: Session) -> Account:
        """Whose the session is; raises `ChatError` 464 for a guest's."""
        nick = self._hub.authentication.account_nick(session)
        account = self._hub.accounts.find(nick)
        if account is None:
            raise ChatError(464, f"{nick} is not registered any more")
        return account

    async def proven(self, session: Session, account: Account) -> str:
        """The session's peer has proven to be `account`; gives the account's nick.

        :raises ChatError: 465 when they are banned.
        """
        self._hub.bans.check_account(account.nick)
        authentication = self._hub.authentication
        nick = await authentication.proven(session, account.nick)
        await authentication.remember(session, account)
        return nick

    def advise(self, session: Session, text: str, code: str, value: str = "") -> None:
        session.listener.tell(Notice(text, self._hub.now(), code, value))


class AddedProofs(Proofs):
    """Those that people have by themselves, and add to their account.

    :ivar gain: what is good about having one.
    """

    gain: ClassVar[str] = ""

    def add(self, session: Session, words: str = "") -> Deferred[None]:
        """What `words` name proves the account from now on; see `meant`.

        Error 400 when there isn't one, or an account has enough; 461, 464, 263 for
        the disk.
        """
        return Deferred.fromCoroutine(self._add(session, words))

    @abstractmethod
    def adding(self, session: Session, nick: str, proof: str) -> Entry:
        """What gives `proof` to the account."""

    async def _add(self, session: Session, words: str) -> None:
        authentication = self._hub.authentication
        nick = authentication.account_nick(session)
        proof = self.meant(session, words)
        authentication.check_disk()
        await authentication.propose(session, self.adding(session, nick, proof))
        log.info("{nick} added {noun} {id}", nick=nick, noun=self.noun, id=proof)
        text = f"{self.noun.title()} {proof} is yours now{self.gain}"
        self.advise(session, text, self.codes.added, proof)


class ConnectionProofs(Proofs):
    """Those that a connection shows by itself, so that they can stand for LOGIN."""

    @abstractmethod
    def owner(self, session: Session) -> Account | None:
        """Whom the session's connection proves.

        :raises ChatError: 464: it shows nothing.
        """

    def identify(self, session: Session, nick: str = "") -> Deferred[str]:
        """As `Authentication.identify`, by what the session's connection shows.

        :param nick: whom it must prove; empty for whomever it does.
        """
        return Deferred.fromCoroutine(self._identify(session, nick))

    def log_in(self, session: Session, nick: str = "") -> Deferred[None]:
        """As `Authentication.login`, by what the session's connection shows.

        :param nick: whom it must prove; empty for whomever it does.
        """
        return Deferred.fromCoroutine(self._log_in(session, nick))

    async def _identify(self, session: Session, wanted: str) -> str:
        account = self.owner(session)
        session.check_passed()
        if account is None or (wanted and fold(wanted) != fold(account.nick)):
            log.info("a {noun} proved nothing", noun=self.noun, host=session.host)
            raise ChatError(464, f"Your {self.noun} does not prove that")
        return await self.proven(session, account)

    async def _log_in(self, session: Session, wanted: str) -> None:
        nick = await self._identify(session, wanted)
        if session.user is None:
            await settled(session.set_nick(nick))
