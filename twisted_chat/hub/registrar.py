"""Who is who: registering nicks, proving them, and keeping strangers off them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ..accounts import Account, Accounts
from ..clock import Call
from ..events import AccountSet, ChatError, LoggedIn, Notice
from ..limits import Rate, Throttle, is_local, network_of
from ..names import check_nick, fold, is_reserved, look
from ..passwords import Passwords, check_password
from .attempts import Attempt, Attempts
from .certificates import Certificates

if TYPE_CHECKING:
    from .hub import Hub
    from .session import Session
    from .user import User

log = Logger()

GRACE = 30.0
REGISTERING = Rate(burst=5, per_second=1 / 60)
READABLE = (
    "This line is not encrypted: others on the way can read your password. "
    "Use a TLS port, or ssh, where there is one"
)


class Registrar:
    """Knows all registered nicks, and which of them are here."""

    def __init__(self, hub: Hub, accounts: Accounts, passwords: Passwords) -> None:
        self._hub = hub
        self._accounts = accounts
        self._passwords = passwords
        self._nicks: dict[str, str] = {}
        self._looks: dict[str, str] = {}
        self._users: dict[str, User] = {}
        self._graces: dict[User, Call] = {}
        self.attempts = Attempts(hub, accounts)
        self._registering = Throttle(REGISTERING)
        self._removals = 0
        self.certificates = Certificates(hub, self, accounts)

    def load(self, nicks: Iterable[str], removals: int = 0) -> None:
        """Learn which nicks are registered; once, before the doors open.

        :param removals: up to which removal the store knows what follows of it.
        """
        self._removals = removals
        for nick in nicks:
            self._note(nick)

    def reconcile(self) -> None:
        """Once, after all is loaded: accounts may have been removed meanwhile."""
        for account in sorted(self._hub.keeping.accounts() | self._hub.bans.accounts()):
            if not self.account_of(account):
                self._disinherit(account)

    def follow(self) -> Deferred[None]:
        """Learn what ``twisted-chat-admin`` has changed meanwhile."""
        return Deferred.fromCoroutine(self._follow())

    async def _follow(self) -> None:
        """Who was removed, who was made an operator, or is no longer one."""
        try:
            for serial, nick in await self._accounts.removals(self._removals):
                # It may be somebody's again since.
                if self.account_of(nick) and not await self._accounts.find(nick):
                    log.info("{nick} was removed", nick=nick)
                    self._gone(nick)
                self._removals = serial
            if self._users:
                self._rank(await self._accounts.operators())
        except ChatError:
            pass  # the store has said it in the log, and is asked again

    def _rank(self, nicks: Iterable[str]) -> None:
        operators = {*map(fold, nicks), *self._hub.settings.operators}
        for key, user in self._users.items():
            if user.operator is not (key in operators):
                user.operator = key in operators
                user.refresh_muted()
                now = "an operator now" if user.operator else "no operator any more"
                switch = "on" if user.operator else "off"
                log.info("{nick} is {now}", nick=user.account, now=now)
                user.tell(Notice(f"You are {now}", self._hub.now(), "operator", switch))

    # Which nicks are whose

    def account_of(self, nick: str) -> str:
        """The registered nick that `nick` is, as it was registered; or empty."""
        return self._nicks.get(fold(nick), "")

    def user_of(self, account: str) -> User | None:
        """Who is logged in to `account` now."""
        return self._users.get(fold(account))

    def likeness(self, nick: str) -> str:
        """The registered nick that looks like `nick`; or empty."""
        return self._looks.get(look(nick), "")

    def _note(self, nick: str) -> None:
        self._nicks[fold(nick)] = nick
        self._looks.setdefault(look(nick), nick)

    def _forget(self, nick: str) -> None:
        self._nicks.pop(fold(nick), None)
        if self._looks.get(look(nick)) == nick:
            del self._looks[look(nick)]

    # Proving

    def register(self, session: Session, password: str) -> Deferred[None]:
        """REGISTER: claim the nick that the session wears."""
        return Deferred.fromCoroutine(self._register(session, password))

    def login(self, session: Session, nick: str, password: str) -> Deferred[None]:
        """LOGIN: prove to be `nick`, and come in as it."""
        return Deferred.fromCoroutine(self._login(session, nick, password))

    def oper(self, session: Session, nick: str, password: str) -> Deferred[None]:
        """Log in to the operator's account `nick` under the nick that is worn."""
        return Deferred.fromCoroutine(self._oper(session, nick, password))

    def identify(self, session: Session, nick: str, password: str) -> Deferred[str]:
        """Prove to be `nick` without coming in; gives the account's nick."""
        return Deferred.fromCoroutine(self._identify(session, nick, password))

    def change(self, session: Session, old: str, new: str) -> Deferred[None]:
        """PASSWD: another password."""
        return Deferred.fromCoroutine(self._change(session, old, new))

    def unregister(self, session: Session, password: str) -> Deferred[None]:
        """UNREGISTER: give the nick up; whoever wears it is a guest again."""
        return Deferred.fromCoroutine(self._unregister(session, password))

    async def _register(self, session: Session, password: str) -> None:
        user = session.me
        self._may_register(session, user)
        check_password(password)
        self._slow_down(session)
        nick = user.nick
        self.warn(session)
        try:
            turn = self.attempts.turn(session, nick, known=False)
            hash = await self._passwords.hash(password, turn)
        except ChatError:
            self._registering.forgive(network_of(session.host))
            raise
        self._still_here(session)
        if user.nick != nick:
            raise ChatError(400, "Your nick changed meanwhile; REGISTER again")
        self._may_register(session, user)
        now = self._hub.now()
        account = Account(nick, hash, created=now)
        if not await self._accounts.add(account):
            self._note(nick)
            raise ChatError(433, f"{nick} is registered already; LOGIN password")
        self._note(nick)
        self.attempts.remember(session, account)
        log.info("{nick} registered from {host}", nick=nick, host=session.host)
        if user.online and user.nick == nick:
            self._hub.bans.logging_in(user, nick, new=True)
            self._enter(user, account)

    def _may_register(self, session: Session, user: User) -> None:
        if user.account:
            raise ChatError(462, f"You are logged in as {user.account} already")
        if self.account_of(user.nick):
            raise ChatError(433, f"{user.nick} is registered; use LOGIN password")
        if fold(user.nick) in self._hub.settings.operators and not is_local(
            session.host
        ):
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
        if session.user is not None and session.user.account:
            raise ChatError(462, f"You are logged in as {session.user.account} already")
        account = await self._prove(session, nick or session.me.nick, password)
        self._log_in(session, account)

    async def _oper(self, session: Session, nick: str, password: str) -> None:
        account = await self._prove(session, nick, password)
        if not account.operator:
            raise ChatError(491, f"{account.nick} is no operator")
        self._still_here(session)
        user = session.me
        if user.account:
            raise ChatError(462, f"You are logged in as {user.account} already")
        if self.user_of(account.nick) is not None:
            # Two people of one account would be two owners of what is one's.
            nick = account.nick
            raise ChatError(400, f"{nick} is here already; LOGIN {nick} joins them")
        session.account, session.operator = account.nick, True
        self._enter(user, account)

    def _log_in(self, session: Session, account: Account) -> None:
        """Come in as `account`, which the session has proven to be."""
        self._still_here(session)
        user, present = session.user, self.user_of(account.nick)
        if user is not None and user.account:
            raise ChatError(462, f"You are logged in as {user.account} already")
        session.account = account.nick
        session.operator = account.operator
        if user is None:
            session.come_in(account.nick)
        elif present is not None:
            session.attach(present)
        else:
            self.take_back(account.nick, user)
            self._hub.bans.logging_in(user, account.nick, new=False)
            user.account = account.nick
            if fold(user.nick) != fold(account.nick):
                user.rename(account.nick)
            self._enter(user, account)

    async def _identify(self, session: Session, nick: str, password: str) -> str:
        if session.user is not None:
            await self._login(session, nick, password)
            return session.user.account
        return self.proven(session, await self._prove(session, nick, password))

    def proven(self, session: Session, account: Account) -> str:
        """The session has proven to be `account`; gives the account's nick."""
        account = self._ranked(account)
        if session.user is not None:
            self._log_in(session, account)
            return session.user.account
        self._still_here(session)
        session.account = account.nick
        session.operator = account.operator
        return account.nick

    async def _change(self, session: Session, old: str, new: str) -> None:
        nick = self.account_nick(session)
        check_password(new)
        await self._prove(session, nick, old)
        turn = self.attempts.turn(session, nick, known=True)
        hash = await self._passwords.hash(new, turn)
        if not await self._accounts.set_hash(nick, hash):
            raise ChatError(464, f"{nick} is not registered any more")
        log.info("{nick} changed the password", nick=nick)
        told = Notice("Your password is changed", self._hub.now(), "password", nick)
        session.listener.tell(told)

    async def _unregister(self, session: Session, password: str) -> None:
        nick = self.account_nick(session)
        await self._prove(session, nick, password)
        await self._accounts.remove(nick)
        log.info("{nick} gave the account up", nick=nick)
        self._gone(nick)

    def account_nick(self, session: Session) -> str:
        """Whom the session is logged in as; raises `ChatError` 464."""
        if not session.me.account:
            raise ChatError(464, "You are not logged in; use LOGIN password first")
        return session.me.account

    async def _prove(self, session: Session, nick: str, password: str) -> Account:
        """The account whose password this is; raises `ChatError` 464."""
        self.warn(session)
        check_nick(nick)
        account = await self._accounts.find(nick)
        self._still_here(session)
        attempt = await self.attempts.begin(session, nick, account)
        if account is None:
            self._gone(nick)
            raise ChatError(464, f"{nick} is not registered; REGISTER claims a nick")
        if not await self._match(session, account, password, attempt):
            log.info("wrong password for {nick}", nick=nick, host=session.host)
            raise ChatError(464, f"Wrong password for {account.nick}")
        attempt.take_back()
        if not self.account_of(nick):  # removed while that was found out
            raise ChatError(464, f"{nick} is not registered; REGISTER claims a nick")
        self._hub.bans.check_account(account.nick)
        self.attempts.remember(session, account)
        if self._passwords.outdated(account.hash):
            await self._rehash(session, account.nick, password)
        return self._ranked(account)

    async def _match(
        self, session: Session, account: Account, password: str, attempt: Attempt
    ) -> bool:
        """Whether it is the password; a try of which nobody learns is none."""
        try:
            right = await self._passwords.match(account.hash, password, attempt.turn)
            self._still_here(session)
        except ChatError:
            attempt.take_back()
            raise
        return right

    async def _rehash(self, session: Session, nick: str, password: str) -> None:
        """Keep the hash as it is made today, if the disk lets us."""
        try:
            turn = self.attempts.turn(session, nick, known=True)
            hash = await self._passwords.hash(password, turn)
            await self._accounts.set_hash(nick, hash)
        except ChatError as error:
            log.info("no new hash for {nick}: {why}", nick=nick, why=error.text)

    def _gone(self, nick: str) -> None:
        """The account is not there any more: somebody else took it away."""
        if known := self.account_of(nick):
            self._forget(known)
            self.attempts.forget(known)
            if user := self.user_of(known):
                self._hub.bans.hold_all(user)
            self._disinherit(known)
            for session in self._hub.sessions:
                if session.user is None and fold(session.account) == fold(known):
                    session.account, session.operator = "", False
            if user:
                self._leave(user)

    def _disinherit(self, account: str) -> None:
        """Who has that nick next is nothing of what the account was."""
        self._hub.keeping.unregistered(account)
        self._hub.bans.unregistered(account)

    def _ranked(self, account: Account) -> Account:
        listed = fold(account.nick) in self._hub.settings.operators
        return account._replace(hash="", operator=account.operator or listed)

    def warn(self, session: Session) -> None:
        """Tell once that a password is about to travel in the clear."""
        if not session.secure and not session.warned:
            session.warned = True
            session.listener.tell(Notice(READABLE, self._hub.now(), "readable"))

    def _still_here(self, session: Session) -> None:
        if session not in self._hub.sessions:
            raise ChatError(451, "You are gone")

    # Being logged in

    def _enter(self, user: User, account: Account, before: str = "") -> None:
        """`user` wears the account's name from now on.

        :param before: the account that they are shown with so far.
        """
        account = self._ranked(account)
        user.account, user.operator = account.nick, account.operator
        self._users[fold(account.nick)] = user
        self.watch(user)
        user.refresh_muted()
        self._hub.keeping.registered(user)
        self._tell(user, before)

    def enter_proven(self, session: Session, user: User) -> None:
        """As `_enter`, for a session that proved its account before NICK."""
        account = Account(session.account, "", session.operator)
        self._enter(user, account, before=session.account)

    def _leave(self, user: User) -> None:
        self._hub.bans.hold_all(user)
        del self._users[fold(user.account)]
        before, user.account, user.operator = user.account, "", False
        for session in user.sessions:
            session.account, session.operator = "", False
        user.refresh_muted()
        self.watch(user)
        self._tell(user, before)
        if is_reserved(user.nick):
            self._make_guest(user, f"{user.nick} is not for people")

    def _tell(self, user: User, before: str) -> None:
        at = self._hub.now()
        user.tell(LoggedIn(user.nick, user.account, at))
        user.tell_others(AccountSet(user.nick, user.account, at, before))

    def gone(self, user: User) -> None:
        """`user` has left the chat."""
        self._stop_grace(user)
        if user.account and self._users.get(fold(user.account)) is user:
            del self._users[fold(user.account)]

    # Keeping strangers off

    def take_back(self, nick: str, owner: User | None) -> None:
        """Whoever else wears `nick` gets a guest's nick."""
        holder = self._hub.users.get(fold(nick))
        if holder is not None and holder is not owner:
            self._make_guest(holder, f"{nick} logged in, and the nick is theirs")

    def watch(self, user: User) -> None:
        """See to it that a registered nick isn't worn long without LOGIN."""
        self._stop_grace(user)
        owner = self.account_of(user.nick)
        if owner and fold(owner) != fold(user.account):
            user.graces.add(fold(owner))
            self._graces[user] = self._hub.clock.callLater(GRACE, self._expire, user)
            user.tell(
                Notice(
                    f"{owner} is registered; LOGIN password within {GRACE:.0f} s, "
                    "or you get another nick",
                    self._hub.now(),
                    "nick-registered",
                    owner,
                )
            )

    def _expire(self, user: User) -> None:
        self._graces.pop(user, None)
        self._make_guest(user, f"{user.nick} is registered, and you did not log in")

    def _stop_grace(self, user: User) -> None:
        call = self._graces.pop(user, None)
        if call is not None:
            call.cancel()

    def _make_guest(self, user: User, why: str) -> None:
        user.tell(Notice(why, self._hub.now(), "nick-lost", user.nick))
        user.rename(self.guest_nick())

    def guest_nick(self) -> str:
        """A nick that nobody has, for somebody who has not chosen one."""
        while True:
            nick = f"guest_{random.randrange(1000, 1_000_000)}"
            if not self._hub.wearer_like(nick) and not self.likeness(nick):
                return nick
