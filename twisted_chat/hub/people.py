"""The people who are here: which nicks they may take, and how they come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Departed, Notice
from ..names import LOBBY, check_nick, fold, is_reserved, skeleton, suggest
from .hold import why
from .monitor import Gone

if TYPE_CHECKING:
    from .hub import Hub
    from .user import User


class People:
    """Lets people in under a nick, renames them, and lets them go.

    Who wears which nick is in `Hub.users`.

    :ivar most: how many people were here at once at most.
    :ivar operators: who of them may do what operators may; see `User.operator`.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._by_skeleton: dict[str, User] = {}
        self.most = 0
        self.operators: set[User] = set()

    def claim(
        self,
        nick: str,
        user: User | None,
        account: str = "",
        can_log_in: bool = True,
    ) -> str:
        """Check that `user` may take `nick`, and return it.

        :param account: whom they have proven to be.
        :param can_log_in: they could still prove to be somebody else.
        :raises ChatError: 431, 432 for a bad nick, 433 for a taken one, or
            one that looks like a taken or registered one, or a registered one
            where it can't be proven; 465 for a banned one.
        """
        hub = self._hub
        key = fold(check_nick(nick))
        hub.bans.check_nick(nick)
        if is_reserved(nick) and key != fold(account):
            raise self._not_for_people(nick, can_log_in)
        holder = hub.users.get(key)
        if holder is not None and holder is not user:
            raise ChatError(433, f"{nick} is taken; try {suggest(nick, Taken(hub))}")
        if key == fold(account):
            return nick
        like = self.wearer_like(nick)
        owner = hub.accounts.confusable(nick)
        if like is not None and like is not user:
            problem = f"{nick} looks like {like.nick}, who is here"
        elif owner and fold(owner) not in (key, fold(account)):
            problem = f"{nick} looks like {owner}, who is registered"
        elif owner and user is not None and key in user.graces and holder is None:
            raise ChatError(433, f"{owner} is registered; use /login {owner} password")
        elif owner and not can_log_in:
            problem = f"{owner} belongs to somebody"
        else:
            return nick
        raise ChatError(433, f"{problem}; try {suggest(nick, Taken(hub))}")

    def _not_for_people(self, nick: str, can_log_in: bool) -> ChatError:
        """Accounts with a reserved nick are older than that, and their owners'."""
        if can_log_in and (owner := self._hub.identities.account_of(nick)):
            return ChatError(433, f"{owner} is registered; use /login {owner} password")
        return ChatError(432, f"{nick} is not for people; choose another nick")

    def wearer_like(self, nick: str) -> User | None:
        """Who is here under a nick that looks like `nick`."""
        return self._by_skeleton.get(skeleton(nick))

    def add(self, user: User) -> None:
        """`user` is here, under their nick."""
        self._hub.users[fold(user.nick)] = user
        self._by_skeleton[skeleton(user.nick)] = user

    def enter(self, user: User, lobby: bool) -> None:
        """`user` is in the chat from now on.

        :param lobby: and in the lobby.
        """
        self.arrive(user)
        if lobby:
            self._enter_lobby(user)

    def appear(self, user: User, lobby: bool) -> None:
        """As `enter`, for who was only visiting until now."""
        user.visiting = False
        self._hub.monitor.announce(user.nick, here=True)
        if lobby:
            self._enter_lobby(user)

    def _enter_lobby(self, user: User) -> None:
        hub = self._hub
        if ban := hub.lobby.rules.ban_of(user, hub.at):
            text = f"You are banned from {LOBBY}{why(ban)}"
            user.tell(Notice(text, hub.at, "banned", LOBBY))
        else:
            hub.lobby.enter(user, arriving=True)

    def arrive(self, user: User) -> None:
        """`user` is in the chat from now on, and in no room yet."""
        hub = self._hub
        user.author = hub.accounts.number_of(user.account) or -hub.numbers.take()
        self.add(user)
        self.most = max(self.most, len(hub.users))
        if not user.visiting:
            hub.monitor.announce(user.nick, here=True)
        hub.ignoring.refresh_ignorers(user)
        hub.identities.watch(user)
        user.refresh_muted()

    def rename(self, user: User, nick: str) -> None:
        """`user` wears `nick` from now on; whoever ignores them still does."""
        hub = self._hub
        old, new = fold(user.nick), fold(nick)
        del hub.users[old]
        hub.users[new] = user
        self._forget_skeleton(user)
        self._by_skeleton[skeleton(nick)] = user
        hub.whowas.add(self._gone(user))
        if old != new:
            hub.monitor.announce(user.nick, here=False)
            hub.monitor.announce(nick, here=True)
        user.wear(nick)
        hub.ignoring.renamed(user, old, new)
        hub.staying.keep(user)

    def leave(self, user: User, reason: str) -> None:
        """`user` is gone; whoever shared a room is told once."""
        hub = self._hub
        gone = self._gone(user)
        quiet = [room for room in user.rooms.values() if not room.crowded]
        for room in list(user.rooms.values()):
            room.remove(user)
        for room in list(user.invitations):
            user.forget_invitation(room)
        user.last_writer = None  # or each would keep the one before in memory
        del hub.users[fold(user.nick)]
        for hold in list(user.held):
            hold.release(user)
        hub.ignoring.left(user)
        if not user.visiting:
            hub.whowas.add(gone)
            hub.monitor.announce(user.nick, here=False)
        self._forget_skeleton(user)
        self.operators.discard(user)
        hub.identities.gone(user)
        event = Departed(user.nick, reason, hub.at)
        hub.fanout.emit_once([room.channel for room in quiet], event)

    def _gone(self, user: User) -> Gone:
        return Gone(
            user.nick,
            user.about,
            self._hub.at,
            user.account,
            user.token,
            user.username,
        )

    def _forget_skeleton(self, user: User) -> None:
        if self._by_skeleton.get(skeleton(user.nick)) is user:
            del self._by_skeleton[skeleton(user.nick)]


class Taken:
    """The folded nicks that nobody else may take."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __contains__(self, key: object) -> bool:
        nick = str(key)
        return bool(
            self._hub.people.wearer_like(nick) or self._hub.accounts.confusable(nick)
        )
