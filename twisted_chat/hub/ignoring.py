"""Who doesn't hear whom.

An account is ignored by its number, whatever it is called, and nobody else who takes
its nick later; a guest is ignored by the nick, and whoever comes under it.  What an
account ignores is kept with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError
from ..names import fold

if TYPE_CHECKING:
    from .hub import Hub
    from .user import User

MAX_IGNORED = 100


class Ignoring:
    """State of the hub, beside `User.ignores`.

    :ivar ignored_by: who of those here ignores a key, whether that is here or not.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.ignored_by: dict[str, dict[User, None]] = {}

    # Who is meant

    def keys(self, nick: str, author: int = 0) -> list[str]:
        """What `User.ignores` may have of somebody.

        :param author: the number of their account; 0 or less for none.  Who wears a
            registered nick without it is as ignored as its owner.
        """
        if author <= 0 and (named := self._hub.accounts.find(nick)) is not None:
            author = named.number
        return [fold(nick), str(author)] if author > 0 else [fold(nick)]

    def keys_of(self, user: User) -> list[str]:
        """As `keys`, of somebody who is here."""
        return self.keys(user.nick, user.author)

    def ignores(self, user: User, other: User) -> bool:
        """Whether `user` doesn't hear `other`."""
        return (
            bool(user.ignores)
            and other is not user
            and any(key in user.ignores for key in self.keys_of(other))
        )

    def hears(self, user: User, nick: str, author: int = 0) -> bool:
        """Whether `user` hears what was said by somebody; see `keys`."""
        return not user.ignores or not any(
            key in user.ignores for key in self.keys(nick, author)
        )

    def names(self, user: User) -> list[str]:
        """Whom `user` ignores, as they are called, sorted."""
        return sorted(filter(None, map(self._name, user.ignores)))

    def _name(self, key: str) -> str:
        if not key.isdigit():
            return key
        account = self._hub.accounts.numbered(int(key))
        return account.nick if account is not None else ""

    # Changes

    def ignore(self, user: User, nick: str) -> str:
        """Let `user` not hear `nick` any more; gives the nick.

        :raises ChatError: 401 for a nick that nobody wears or owns, 400 for too many or
            for oneself.
        """
        other, account = self._hub.users.get(fold(nick)), self._hub.accounts.find(nick)
        if other is None and account is None:
            raise self._hub.nobody(nick)
        if other is user or (other is None and account and _is(user, account.nick)):
            raise ChatError(400, "You can't ignore yourself")
        if len(user.ignores) >= MAX_IGNORED:
            raise ChatError(400, f"You ignore {MAX_IGNORED} already; UNIGNORE some")
        if other is not None:
            account = self._hub.accounts.find(other.account) if other.account else None
        number = account.number if account is not None else 0
        self._add(str(number) if number > 0 else fold(nick), user)
        self.changed(user)
        return other.nick if other is not None else account.nick if account else nick

    def unignore(self, user: User, nick: str) -> None:
        """Let `user` hear `nick` again; raises `ChatError` 401 when not ignored."""
        other = self._hub.users.get(fold(nick))
        keys = self.keys(nick) if other is None else self.keys_of(other)
        ignored = [key for key in keys if key in user.ignores]
        if not ignored:
            raise ChatError(401, "You don't ignore them; IGNORE lists whom you do")
        for key in ignored:
            self._remove(key, user)
        self.changed(user)

    def restore(self, user: User, keys: tuple[str, ...]) -> None:
        """`user`, who has just come, ignores these."""
        for key in keys:
            if key not in self.keys_of(user):
                self._add(key, user)

    def changed(self, user: User) -> None:
        """`user` ignores others than before: keep it, and hear by it."""
        if user.account and self._hub.accounts.find(user.account) is not None:
            self._hub.accounts.set_ignores(user.account, user.ignores)
        self.refresh(user)

    def _add(self, key: str, user: User) -> None:
        user.ignores[key] = None
        self.ignored_by.setdefault(key, {})[user] = None

    def _remove(self, key: str, user: User) -> None:
        user.ignores.pop(key, None)
        ignorers = self.ignored_by.get(key, {})
        ignorers.pop(user, None)
        if not ignorers:
            self.ignored_by.pop(key, None)

    # Who comes, is called something else, and goes

    def entered(self, user: User) -> None:
        """`user` is logged in: what they ignore is what the account does, and it does
        what they did as a guest.
        """
        account = self._hub.accounts.find(user.account)
        if account is None:
            return
        self.restore(user, account.ignores)
        number = str(account.number)
        self._remove(number, user)
        for key in list(user.ignores)[MAX_IGNORED:]:
            self._remove(key, user)
        self.changed(user)
        self.refresh_ignorers(user)

    def proven(self, user: User, account: str) -> None:
        """The guest `user` is about to be `account`: who ignores them ignores that."""
        known = self._hub.accounts.find(account)
        if known is not None and known.number:
            self._move(fold(user.nick), str(known.number))

    def unregistered(self, number: int, user: User | None) -> None:
        """The account with that number is gone; who had it is the guest `user`."""
        key = str(number)
        if user is not None:
            self._move(key, fold(user.nick))
        for ignorer in list(self.ignored_by.get(key, ())):
            self._remove(key, ignorer)
            self.changed(ignorer)
        for account in [each for each in self._hub.accounts if key in each.ignores]:
            left = (each for each in account.ignores if each != key)
            self._hub.accounts.set_ignores(account.nick, left)

    def renamed(self, user: User, old: str, new: str) -> None:
        """Who ignores `user` by the nick still does under the new one.

        :param old: folded nicks, likewise `new`.
        """
        if old != new and not user.account:
            self._move(old, new)
        ignored = [key for key in self.keys_of(user) if key in user.ignores]
        for key in ignored:
            self._remove(key, user)
        if ignored:
            self.changed(user)
        self.refresh_ignorers(user)

    def left(self, user: User) -> None:
        """`user` is gone."""
        for key in list(user.ignores):
            self._remove(key, user)
        self.refresh_ignorers(user)

    def _move(self, old: str, new: str) -> None:
        for ignorer in list(self.ignored_by.get(old, ())):
            self._remove(old, ignorer)
            self._add(new, ignorer)
            self.changed(ignorer)

    # The fan-out

    def refresh_ignorers(self, user: User) -> None:
        """Whoever ignores `user` ignores all of its sessions."""
        if self.ignored_by:
            for ignorer in self.ignorers(user.nick, user.author):
                self.refresh(ignorer)

    def ignorers(self, nick: str, author: int = 0) -> dict[User, None]:
        """Who of those here doesn't hear somebody; see `keys`."""
        keys = self.keys(nick, author)
        return {user: None for key in keys for user in self.ignored_by.get(key, ())}

    def refresh(self, user: User) -> None:
        """Tell the fan-out whom `user` ignores now."""
        others = [
            state
            for other in self._ignored(user)
            if other is not user
            for state in other.sessions
        ]
        for listener in user.listeners():
            listener.ignore(others)

    def _ignored(self, user: User) -> dict[User, None]:
        """Who of those here `user` ignores."""
        hub = self._hub
        found: dict[User, None] = {}
        for key in user.ignores:
            if key.isdigit():
                account = hub.accounts.numbered(int(key))
                nick = account.nick if account is not None else ""
                both = hub.users.get(fold(nick)), hub.identities.user_of(nick)
            else:
                both = hub.users.get(key), None
            found.update((other, None) for other in both if other is not None)
        return found


def _is(user: User, account: str) -> bool:
    return fold(user.account) == fold(account)
