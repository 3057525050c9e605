"""Which nicks are registered, and who of those here has proven to be whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from twisted.logger import Logger

from ..events import AccountSet, ChatError, LoggedIn, Notice
from ..names import fold, is_reserved
from ..storage.accounts import Account
from . import presence
from .session_state import SessionState

if TYPE_CHECKING:
    from .hub import Hub
    from .user import User

log = Logger()

GRACE = 30.0
"""Seconds in which to prove a registered nick that one wears."""


class Identities:
    """State of the hub; what proves an identity is found out by `Authentication`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._users: dict[str, User] = {}

    # Which nicks are whose

    def account_of(self, nick: str) -> str:
        """The registered nick that `nick` is, as it was registered; or empty."""
        account = self._hub.accounts.find(nick)
        return account.nick if account is not None else ""

    def user_of(self, account: str) -> User | None:
        """Who is logged in to `account` now."""
        return self._users.get(fold(account))

    # Logging in

    def users(self) -> Iterable[User]:
        """All who are logged in."""
        return self._users.values()

    def register(self, state: SessionState | None, account: Account) -> None:
        """`account` is there now, and that of whoever still wears its nick.

        :param state: who has registered it; None when they have left meanwhile.
        :raises ChatError: 433 when the nick is registered already.
        """
        if self._hub.accounts.find(account.nick) is None:
            account = account._replace(number=self._hub.numbers.take())
        self._hub.accounts.add(account)
        nick, user = account.nick, None if state is None else state.user
        if user is not None and user.nick == nick and not user.account:
            self._hub.bans.logging_in(user, nick, new=True)
            self._hub.ignoring.proven(user, nick)
            self._enter(user, nick)

    def prove(self, state: SessionState, account: str) -> None:
        """A session without a nick has proven to be `account`.

        :raises ChatError: 462 when it has a nick.
        """
        if state.user is not None:
            raise ChatError(462, "You are in already")
        state.account = account

    def log_in(self, state: SessionState, account: str, about: str, token: str) -> None:
        """The session has proven to be `account`, and comes in as it.

        :raises ChatError: 462 when logged in already; see `presence`.
        """
        user, present = state.user, self.user_of(account)
        _check_guest(user)
        state.account = account
        if user is None:
            presence.come_in(self._hub, state, account, about, token)
        elif present is not None:
            presence.attach(self._hub, state, present)
        else:
            self.take_back(account, user, token)
            self._hub.bans.logging_in(user, account, new=False)
            self._hub.ignoring.proven(user, account)
            user.account = account
            if fold(user.nick) != fold(account):
                user.rename(account)
            self._enter(user, account)

    def take_on(self, state: SessionState, account: str) -> None:
        """As `log_in`, but the nick stays as it is, unless the account is here already.

        :raises ChatError: 462, 451 before NICK; see `presence`.
        """
        user, present = state.user, self.user_of(account)
        if user is None:
            raise ChatError(451, "Choose a nick first; use NICK name")
        _check_guest(user)
        state.account = account
        if present is not None:
            presence.attach(self._hub, state, present)
            return
        self._hub.bans.logging_in(user, account, new=False)
        self._hub.ignoring.proven(user, account)
        self._enter(user, account)

    def entered(self, state: SessionState, user: User) -> None:
        """`user` has just come in by a session that proved its account before."""
        self._enter(user, state.account, before=state.account)

    def add(self, user: User) -> None:
        """`user` is here, logged in to their account."""
        self._users[fold(user.account)] = user

    def _enter(self, user: User, account: str, before: str = "") -> None:
        """`user` wears the account's name from now on.

        :param before: the account that they are shown with so far.
        """
        user.account = account
        user.operator = self.is_operator(account) or self.is_operator(user.oper)
        if user.author < 0:
            user.was = user.author
        user.author = self._hub.accounts.number_of(account)
        self.add(user)
        for state in user.sessions:
            self._hub.devices.came(state, user)
        self.watch(user)
        user.refresh_muted()
        self._hub.room_registry.registered(user)
        self._hub.ignoring.entered(user)
        self._hub.staying.entered(user)
        self._tell(user, before)
        self._hub.show_waiting(user)

    def is_listed(self, nick: str) -> bool:
        """Whether the command line names `nick` among the operators."""
        return fold(nick) in self._hub.shared.operators

    def is_operator(self, nick: str) -> bool:
        """Whether the account `nick` is an operator's."""
        account = self._hub.accounts.find(nick)
        return account is not None and (account.operator or self.is_listed(nick))

    def set_operator(self, nick: str, operator: bool) -> None:
        """The account `nick` is an operator's, or only if it is listed."""
        self._hub.accounts.set_operator(nick, operator)
        self._rank_who_is(nick)

    def oper(self, user: User, account: str) -> None:
        """OPER: `user` has proven the account, and stays who they are.

        :raises ChatError: 491 where it is no operator's.
        """
        if not self.is_operator(account):
            raise ChatError(491, f"{account} is no operator")
        user.oper = account
        self._rank(user)

    def _rank_who_is(self, account: str) -> None:
        for user in self._hub.users.values():
            if fold(account) in (fold(user.account), fold(user.oper)):
                self._rank(user)

    def rank_all(self) -> None:
        """The command line names others among the operators than before."""
        for user in self._hub.users.values():
            self._rank(user)

    def _rank(self, user: User) -> None:
        rank = self.is_operator(user.account) or self.is_operator(user.oper)
        if user.operator is not rank:
            user.operator = rank
            user.refresh_muted()
            now = "an operator now" if rank else "no operator any more"
            log.info("{nick} is {now}", nick=user.oper or user.account, now=now)
            switch = "on" if rank else "off"
            user.tell(Notice(f"You are {now}", self._hub.at, "operator", switch))

    # Logging out

    def unregister(self, nick: str, token: str) -> None:
        """The account is not there any more; whoever has it is a guest again."""
        if account := self._hub.accounts.find(nick):
            known = account.nick
            self._hub.accounts.remove(known)
            self._hub.attempts.forget(known)
            if user := self.user_of(known):
                self._hub.bans.hold_all(user)
            self._disinherit(known)
            self._hub.stranded.unregistered(known)
            for state in self._hub.sessions.values():
                if state.user is None and fold(state.account) == fold(known):
                    state.account = ""
            if user:
                self._leave(user, token)
            for other in self._hub.users.values():
                if fold(other.oper) == fold(known):
                    other.oper = ""
                    self._rank(other)
            self._hub.ignoring.unregistered(account.number, user)
            self._drop_personal([account.number])
            if user and not user.sessions:
                self._hub.people.leave(user, "is not registered any more")

    def _drop_personal(self, numbers: Sequence[int]) -> None:
        """Forget what is kept for the accounts with these numbers, and of them."""
        self._hub.conversations.disown(numbers)
        for number in numbers:
            self._hub.waiting.drop(number)
            self._hub.markers.drop(number)
            self._hub.devices.drop(number)
            self._hub.store.drop_personal(number)

    def reconcile(self) -> None:
        """Drop what belongs to accounts that are gone.  Called once, after the load."""
        for account in sorted(
            {*self._hub.room_registry.accounts(), *self._hub.bans.accounts()}
        ):
            if not self.account_of(account):
                self._disinherit(account)
        numbered, known = self._hub.accounts.numbered, self._hub.conversations
        gone = [n for n in sorted(known.accounts()) if numbered(n) is None]
        if gone:
            self._drop_personal(gone)

    def _disinherit(self, account: str) -> None:
        """Whoever has the nick next inherits nothing of the account."""
        self._hub.room_registry.unregistered(account)
        self._hub.bans.unregistered(account)

    def _leave(self, user: User, token: str) -> None:
        self._hub.bans.hold_all(user)
        del self._users[fold(user.account)]
        before, user.account = user.account, ""
        user.operator = self.is_operator(user.oper)
        user.stays = False
        user.author = -self._hub.numbers.take()
        for state in user.sessions:
            state.account = ""
        user.refresh_muted()
        self.watch(user)
        self._tell(user, before)
        if is_reserved(user.nick):
            self._make_guest(user, f"{user.nick} is not for people", token)

    def _tell(self, user: User, before: str) -> None:
        at = self._hub.at
        user.tell(LoggedIn(user.nick, user.account, at))
        user.tell_others(AccountSet(user.nick, user.account, at, before))

    def gone(self, user: User) -> None:
        """`user` has left the chat."""
        if user.account and self._users.get(fold(user.account)) is user:
            del self._users[fold(user.account)]

    # Who wears a nick that isn't theirs

    def take_back(self, nick: str, owner: User | None, token: str) -> None:
        """Whoever else wears `nick` gets a guest's nick."""
        holder = self._hub.users.get(fold(nick))
        if holder is not None and holder is not owner:
            self._make_guest(holder, f"{nick} logged in, and the nick is theirs", token)

    def watch(self, user: User) -> None:
        """See to it that a registered nick isn't worn long without LOGIN."""
        self._set_grace(user, 0.0)
        owner = self.account_of(user.nick)
        if owner and fold(owner) != fold(user.account):
            user.graces[fold(owner)] = None
            self._set_grace(user, self._hub.at + GRACE)
            user.tell(
                Notice(
                    f"{owner} is registered; /login password within {GRACE:.0f} s, "
                    "or you get another nick",
                    self._hub.at,
                    "nick-registered",
                    owner,
                )
            )
        user.await_proof()

    def end_grace(self, state: SessionState, grace: float, token: str) -> None:
        """The time in which to prove the nick is over.

        :param grace: which time that was, as in `User.grace`.  No-op where the person
            has another one now, or none.
        :param token: as in `guest_nick`.
        """
        user = state.user
        if user is not None and user.grace and user.grace == grace:
            self._set_grace(user, 0.0)
            text = f"{user.nick} is registered, and you did not log in"
            self._make_guest(user, text, token)

    def _set_grace(self, user: User, grace: float) -> None:
        if user.grace != grace:
            user.grace = grace
            for room in user.rooms.values():
                room.refresh_restricted()

    def _make_guest(self, user: User, why: str, token: str) -> None:
        user.tell(Notice(why, self._hub.at, "nick-lost", user.nick))
        user.rename(self.guest_nick(token))

    def guest_nick(self, token: str) -> str:
        """A nick that nobody has, made of a random word of hexadecimal digits."""
        hub, number = self._hub, int(token, 16)
        while True:
            nick = f"guest_{1000 + number % 999_000}"
            if not hub.people.wearer_like(nick) and not hub.accounts.confusable(nick):
                return nick
            number += 1


def _check_guest(user: User | None) -> None:
    if user is not None and user.account:
        raise ChatError(462, f"You are logged in as {user.account} already")
