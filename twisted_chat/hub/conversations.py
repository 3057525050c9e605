"""What registered people write to each other in private, as it is kept.

A conversation is of accounts, known by their numbers, and is stored like a room.  Its
key is ``@`` and the numbers in order: no room is called so, no nick begins so, and
nobody names it.  People name the others of it, and only its own people find it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from ..events import ChatError, Deleted, Edited, Notice, Reacted, Said
from ..names import CONVERSATION, fold, is_conversation

MAX_PEOPLE = 20
"""Beside the one who writes."""

Act: TypeAlias = Edited | Deleted | Reacted

if TYPE_CHECKING:
    from ..storage.changes import Change
    from .hub import Hub
    from .session_state import SessionState
    from .user import User


def key_of(people: Iterable[int]) -> str:
    """The key of the conversation of these accounts."""
    return CONVERSATION + ",".join(map(str, sorted(set(people))))


def people_of(key: str) -> list[int]:
    """Whose conversation has that key, by the numbers of their accounts."""
    return [int(number) for number in key.removeprefix(CONVERSATION).split(",")]


def name_of(key: str, mine: int, nicks: Mapping[int, str]) -> str:
    """What one of its people calls it: ``@`` and the nicks of the others, with commas.

    :param mine: the number of that one; a conversation with oneself has one's own name.
    :param nicks: of all of them; those that are gone are left out.
    """
    others = [number for number in people_of(key) if number != mine] or [mine]
    return CONVERSATION + ",".join(filter(None, map(nicks.get, others)))


class Conversation:
    """One of them, as somebody acts in it who is one of its people.

    :ivar name: its key.
    """

    __slots__ = ("_hub", "name")

    def __init__(self, hub: Hub, key: str) -> None:
        self._hub = hub
        self.name = key

    def check_speech(self, user: User, text: str) -> None:
        """Raises `ChatError` 404 for who is muted, and writes to others than operators,
        or would tell a password."""
        others = (other for other in self._hub.conversations.here(self.name))
        if not all(other.operator for other in others if other is not user):
            user.check_muted()
        user.check_no_password(text)

    def change(self, change: Change) -> None:
        """Let a message be as `change` says, wherever it is kept."""
        self._hub.history.change(change)

    def emit(self, event: Act, by: User, state: SessionState | None = None) -> None:
        """Tell its people who are here, each by what they call it.

        Who ignores `by` isn't told.

        :param state: the session that did it, which is told if it echoes; None: it is.
        """
        ignores, here = self._hub.ignoring.ignores, self._hub.conversations.here
        people = [user for user in here(self.name) if not ignores(user, by)]
        self.show(event, people, state)

    def show(
        self, event: Act, people: Iterable[User], state: SessionState | None = None
    ) -> None:
        """Tell these of its people; see `emit`."""
        for user in people:
            name = self._hub.conversations.name(self.name, user)
            shown = event._replace(room=name, place=self.name)
            for each in user.sessions:
                if each is not state or (each.listener and each.listener.echo):
                    each.tell(shown)


class Conversations:
    """State of the hub.  Of each the latest id is in `Hub.last_ids`; this finds them.

    :ivar _of: the keys of each account's, those last written in last.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._of: dict[int, dict[str, None]] = {}

    def load(self) -> None:
        """Know those that are in `Hub.last_ids`."""
        self._of.clear()
        for place in filter(is_conversation, self._hub.last_ids):
            self._know(place)

    def of(self, account: int) -> Collection[str]:
        """The keys of the account's conversations, those last written in last."""
        return self._of.get(account, {}).keys() if self._hub.shared.private else ()

    def latest(self, user: User, most: int) -> list[str]:
        """The keys of those last written in, at most `most`, of `user`."""
        found = self._of.get(user.author, {}) if self._hub.shared.private else {}
        return list(islice(reversed(found), most))

    def accounts(self) -> Collection[int]:
        """All that have one."""
        return self._of.keys()

    # Whose they are

    def find(self, me: User, names: Iterable[str]) -> str:
        """The key of the conversation of `me` with those people.

        :param names: nicks of people here, or registered ones.
        :raises ChatError: 464 for a guest, 401 for who has no account, 407 for too
            many, 403 where the server keeps nothing.
        """
        if not self._hub.shared.private:
            raise ChatError(403, "This server keeps nothing that is written in private")
        if not me.account:
            raise ChatError(464, "Only what registered people write is kept; REGISTER")
        names = list(dict.fromkeys(map(fold, names)))
        if len(names) > MAX_PEOPLE:
            raise ChatError(407, f"Too many people; at most {MAX_PEOPLE} at once")
        return key_of([me.author, *map(self._named, names)])

    def _named(self, nick: str) -> int:
        user = self._hub.users.get(fold(nick))
        if user is not None and user.account:
            return user.author
        if (account := self._hub.accounts.find(nick)) is not None:
            return account.number
        if user is not None:
            raise ChatError(401, f"{user.nick} is not registered; nothing is kept")
        raise self._hub.nobody(nick)

    def name(self, key: str, me: User) -> str:
        """What `me` calls it: ``@`` and the others' nicks with commas between them."""
        nicks = {number: self.nick(number) for number in people_of(key)}
        return name_of(key, me.author, nicks)

    def nick(self, number: int) -> str:
        """The nick that the account wears, or its own; empty where it is gone."""
        account = self._hub.accounts.numbered(number)
        if account is None:
            return ""
        user = self._hub.identities.user_of(account.nick)
        return user.nick if user is not None else account.nick

    def get(self, me: User, key: str) -> Conversation:
        """One that `me` is of; raises `ChatError` 403 where there is none."""
        known = key in self._hub.last_ids and self._hub.shared.private
        if not known or me.author not in people_of(key):
            raise ChatError(403, "Nothing of that is kept")
        return Conversation(self._hub, key)

    def here(self, key: str) -> list[User]:
        """Who of its people is in the chat."""
        hub = self._hub
        accounts = map(hub.accounts.numbered, people_of(key))
        users = (hub.identities.user_of(each.nick) for each in accounts if each)
        return [user for user in users if user is not None]

    # Changes

    def next_id(self, key: str) -> int:
        """The id of the next message there, which is taken by it."""
        ids = self._hub.last_ids
        ids[key] = id = ids.get(key, 0) + 1
        self._know(key)
        return id

    def keep(self, said: Said) -> None:
        """Keep what was said in a conversation."""
        history = self._hub.history
        history.open(said.room).append(said)
        history.append(said)
        history.close(said.room)

    def delete(self, me: User, key: str) -> None:
        """FORGET: `me` deletes what they and somebody else have written.

        :raises ChatError: 403 where there is none, 482 for one of more than two.
        """
        hub, people = self._hub, people_of(key)
        if me.author not in people or key not in hub.last_ids:
            raise ChatError(403, "Nothing of that is kept")
        if len(people) > 2:
            raise ChatError(482, "Only what two have written to each other is deleted")
        for user in self.here(key):
            name = self.name(key, user)
            text = f"{me.nick} has deleted the conversation {name}"
            user.tell(Notice(text, hub.at, "conversation-deleted", name[1:]))
        hub.forget_places([key])

    def disown(self, accounts: Iterable[int]) -> None:
        """Accounts are gone, and what they wrote and was written in private."""
        keys = {key: None for each in accounts for key in self._of.get(each, ())}
        self._hub.forget_places(list(keys))

    def forget(self, keys: Collection[str]) -> None:
        """Of these nothing is left; those that aren't there are passed over."""
        for key in keys:
            for number in people_of(key):
                known = self._of.get(number, {})
                known.pop(key, None)
                if not known:
                    self._of.pop(number, None)

    def _know(self, key: str) -> None:
        for number in people_of(key):
            known = self._of.setdefault(number, {})
            known.pop(key, None)
            known[key] = None
