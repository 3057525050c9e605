"""Who is who: registering nicks, proving them, and keeping strangers off them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..addresses import is_local, network_of
from ..events import ChatError, Notice
from ..limits import Rate, Throttle
from ..names import check_nick, fold
from ..outcomes import Outcome, run, settled, unattended
from ..storage.accounts import Account, mark
from ..storage.passwords import Passwords, check_password
from .attempts import known_as, requester
from .entries import (
    Attempt,
    AttemptOver,
    Entry,
    ForgetAccount,
    LogIn,
    Oper,
    Prove,
    Register,
    RememberNetwork,
    SetPassword,
    Try,
    Unregister,
)
from .server_password import ServerPassword
from .session import Session, new_token

if TYPE_CHECKING:
    from .hub import Hub
    from .user import User

log = Logger()

REGISTERING = Rate(burst=5, per_second=1 / 60)
READABLE = (
    "This line is not encrypted: others on the way can read your password. "
    "Use a TLS port, or ssh, where there is one"
)


class Authentication:
    """Finds out who has proven to be whom, and proposes what follows of it."""

    def __init__(self, hub: Hub, passwords: Passwords) -> None:
        self._hub = hub
        self._passwords = passwords
        self.server_password = ServerPassword(hub, passwords)
        self._registering = Throttle(REGISTERING)

    async def propose(self, session: Session, entry: Entry) -> None:
        """Have the `entry` of a session applied; raises what applying it raises."""
        await settled(session.propose(entry))

    def check_disk(self) -> None:
        """Raises `ChatError` 263 where an account couldn't be kept now.

        Whoever was told that they have registered would not be, after a restart.
        """
        if self._hub.store.troubled:
            raise ChatError(263, "The server's disk has a problem; try again later")

    # Proving

    def give_password(self, session: Session, password: str) -> Outcome:
        """PASS: the password of the whole server; see `ServerPassword.give`."""
        return run(self.server_password.give(session, password))

    def register(self, session: Session, password: str) -> Deferred[None]:
        """REGISTER: claim the nick that the session wears.

        Fails with `ChatError`: 433 or 462 when that can't be, 461 for the
        password, 481 for an operator's nick, 263 when there is too much to do or the
        disk fails.
        """
        return Deferred.fromCoroutine(self._register(session, password))

    def login(self, session: Session, nick: str, password: str) -> Deferred[None]:
        """LOGIN: prove to be `nick`, and be it, also before NICK.

        Whoever else wears the nick loses it.  Where the account is here
        already, this session joins it.  An empty `nick` means the one worn.

        Fails with `ChatError` 464 for a wrong password or too many tries, 462
        when logged in already.

        :raises ChatError: 464 without PASS.
        """
        session.check_passed()
        return Deferred.fromCoroutine(self._login(session, nick, password))

    def oper(self, session: Session, nick: str, password: str) -> Deferred[None]:
        """As `login`, to an operator's account, but the nick stays as it is.

        Who is logged in, or whose account is here already, stays who they are, too, and
        may do what operators may until they leave.  Fails with `ChatError` 491 when the
        account is no operator's; else as `login`.
        """
        session.check_passed()
        return Deferred.fromCoroutine(self._oper(session, nick, password))

    def identify(self, session: Session, nick: str, password: str) -> Deferred[str]:
        """As `login`, but before NICK it doesn't come in yet: `Session.set_nick` does.

        After NICK the nick stays as it is, unless the account is here already.  Fires
        with the account's nick.  For dialects whose clients prove first and come in
        later (SASL).
        """
        session.check_passed()
        return Deferred.fromCoroutine(self._identify(session, nick, password))

    def change_password(
        self, session: Session, old: str, new: str, alone: bool = False
    ) -> Deferred[None]:
        """PASSWD: another password.  Fails with `ChatError` 464, 461, 263.

        :param alone: nothing else proves the account any more; see `SetPassword`.
        """
        return Deferred.fromCoroutine(self._change_password(session, old, new, alone))

    def unregister(self, session: Session, password: str) -> Deferred[None]:
        """UNREGISTER: give the nick up; whoever wears it is a guest again.

        Fails with `ChatError` 464, 263.
        """
        return Deferred.fromCoroutine(self._unregister(session, password))

    async def _register(self, session: Session, password: str) -> None:
        user = session.me
        self._may_register(session, user)
        check_password(password)
        self.check_disk()
        self._slow_down(session)
        nick = user.nick
        self.warn(session)
        try:
            waiting = requester(session, nick, known=False)
            hash = await self._passwords.hash(password, waiting)
        except ChatError:
            self._registering.forgive(network_of(session.host))
            raise
        self._still_here(session)
        if user.nick != nick:
            raise ChatError(400, "Your nick changed meanwhile; REGISTER again")
        self._may_register(session, user)
        self.check_disk()
        network = mark(nick, network_of(session.host))
        await self.propose(session, Register(session.id, nick, hash, network))
        log.info("{nick} registered from {host}", nick=nick, host=session.host)

    def _may_register(self, session: Session, user: User) -> None:
        if user.account:
            raise ChatError(462, f"You are logged in as {user.account} already")
        if self._hub.identities.account_of(user.nick):
            raise ChatError(433, f"{user.nick} is registered; use /login password")
        if fold(user.nick) in self._hub.shared.operators and not is_local(session.host):
            # Nobody may become an operator by being first.
            raise ChatError(
                481, f"{user.nick} is an operator's; REGISTER it on the server itself"
            )

    def _slow_down(self, session: Session) -> None:
        if is_local(session.host):
            return
        key, now = network_of(session.host), self._hub.clock.seconds()
        if wait := self._registering.delay(key, now):
            raise ChatError(263, f"Too many accounts; wait {wait:.0f} s")

    async def _login(self, session: Session, nick: str, password: str) -> None:
        _check_guest(session)
        account = await self._prove(session, nick or session.me.nick, password)
        await self._log_in(session, account)

    async def _oper(self, session: Session, nick: str, password: str) -> None:
        account = await self._prove(session, nick, password)
        if not self._hub.identities.is_operator(account):
            raise ChatError(491, f"{account} is no operator")
        here = self._hub.identities.user_of(account) is not None
        if here or session.me.account:
            await self.propose(session, Oper(session.id, account))
        else:
            await self._log_in(session, account, keep_nick=True)

    async def _log_in(
        self, session: Session, account: str, keep_nick: bool = False
    ) -> None:
        """Come in as `account`, which the session has proven to be."""
        self._still_here(session)
        about, token = session.about, new_token()
        await self.propose(session, LogIn(session.id, account, about, token, keep_nick))

    async def _identify(self, session: Session, nick: str, password: str) -> str:
        if session.user is not None:
            _check_guest(session)
        account = await self._prove(session, nick, password)
        return await self.proven(session, account)

    async def proven(self, session: Session, account: str) -> str:
        """The session has proven to be `account`; gives the account's nick."""
        if session.user is not None:
            await self._log_in(session, account, keep_nick=True)
            return account
        self._still_here(session)
        await self.propose(session, Prove(session.id, account))
        return account

    async def _change_password(
        self, session: Session, old: str, new: str, alone: bool
    ) -> None:
        nick = self.account_nick(session)
        check_password(new)
        self.check_disk()
        await self._prove(session, nick, old)
        waiting = requester(session, nick, known=True)
        hash = await self._passwords.hash(new, waiting)
        self.check_disk()
        await self.propose(session, SetPassword(nick, hash, alone))
        log.info("{nick} changed the password", nick=nick)
        more = ", and nothing else proves your nick" if alone else ""
        text = f"Your password is changed{more}"
        told = Notice(text, self._hub.now(), "password", nick)
        session.listener.tell(told)

    async def _unregister(self, session: Session, password: str) -> None:
        nick = self.account_nick(session)
        self.check_disk()
        await self._prove(session, nick, password)
        self.check_disk()
        await self.propose(session, Unregister(nick, new_token()))
        log.info("{nick} gave the account up", nick=nick)

    def forget(
        self, session: Session, password: str, ask: Callable[[], None] | None
    ) -> Deferred[None]:
        """FORGETME: delete all that the account wrote, and end it.

        :param ask: is called in place of that, once the password is known to be right.

        Fails with `ChatError` 464, 263.
        """
        return Deferred.fromCoroutine(self._forget(session, password, ask))

    async def _forget(
        self, session: Session, password: str, ask: Callable[[], None] | None
    ) -> None:
        nick = self.account_nick(session)
        self.check_disk()
        await self._prove(session, nick, password)
        self.check_disk()
        if ask is not None:
            ask()
            return
        await self.propose(session, ForgetAccount(nick, new_token()))
        log.info("{nick} is forgotten", nick=nick)

    def account_nick(self, session: Session) -> str:
        """Whom the session is logged in as; raises `ChatError` 464."""
        if not session.me.account:
            raise ChatError(464, "You are not logged in; use /login password first")
        return session.me.account

    async def _prove(self, session: Session, nick: str, password: str) -> str:
        """The account whose password this is; raises `ChatError` 464."""
        self.warn(session)
        check_nick(nick)
        self._still_here(session)
        tries = await self._count_try(session, nick)
        account = self._hub.accounts.find(nick)
        if account is None:
            raise ChatError(464, f"{nick} is not registered; REGISTER claims a nick")
        if not await self._match(session, account, password, tries):
            log.info("wrong password for {nick}", nick=nick, host=session.host)
            raise ChatError(464, f"Wrong password for {account.nick}")
        self._take_back(tries)
        now = self._hub.accounts.find(nick)
        if now is None or now.created != account.created:
            # The account was removed while that was found out.
            raise ChatError(464, f"{nick} is not registered; REGISTER claims a nick")
        self._hub.bans.check_account(account.nick)
        await self.remember(session, now)
        if self._passwords.outdated(account.hash):
            await self._rehash(session, account, password)
        return account.nick

    async def _count_try(self, session: Session, nick: str) -> tuple[Try, ...]:
        """Count a try at `nick` on all nodes; raises `ChatError` 464 if too early."""
        entry = Attempt(session.id, nick, session.link.certificate())
        # What this node can refuse by itself costs the others nothing.
        self._hub.attempts.check(session.state, entry, self._hub.now())
        await self.propose(session, entry)
        return session.tries

    def _take_back(self, tries: tuple[Try, ...]) -> None:
        unattended(self._hub.propose(AttemptOver(tries)))

    async def _match(
        self, session: Session, account: Account, password: str, tries: tuple[Try, ...]
    ) -> bool:
        """Whether it is the password; a try of which nobody learns is none."""
        known = known_as(session.state, account, session.link.certificate())
        waiting = requester(session, account.nick, bool(known))
        try:
            right = await self._passwords.match(account.hash, password, waiting)
            self._still_here(session)
        except ChatError:
            self._take_back(tries)
            raise
        return right

    async def _rehash(self, session: Session, account: Account, password: str) -> None:
        """Keep the hash as it is made today, if nobody has set another meanwhile."""
        nick = account.nick
        try:
            waiting = requester(session, nick, known=True)
            hash = await self._passwords.hash(password, waiting)
            now = self._hub.accounts.find(nick)
            if now is not None and now.hash == account.hash:
                await self.propose(session, SetPassword(nick, hash))
        except ChatError as error:
            log.info("no new hash for {nick}: {why}", nick=nick, why=error.text)

    async def remember(self, session: Session, account: Account) -> None:
        """The session has proven to be `account`: its network is known now."""
        network = mark(account.nick, network_of(session.host))
        if account.networks[-1:] != (network,):
            with suppress(ChatError):  # they only stay a stranger from there
                await self.propose(session, RememberNetwork(account.nick, network))

    def warn(self, session: Session) -> None:
        """Tell once that a password is about to travel in the clear."""
        if not session.secure and not session.warned:
            session.warned = True
            session.listener.tell(Notice(READABLE, self._hub.now(), "readable"))

    def _still_here(self, session: Session) -> None:
        if session.id not in self._hub.sessions:
            raise ChatError(451, "You are gone")


def _check_guest(session: Session) -> None:
    """Raises `ChatError` 462 for who is logged in already."""
    if session.user is not None and session.user.account:
        raise ChatError(462, f"You are logged in as {session.user.account} already")
