"""What the log has lost, and a node has shown, is said once more.

Where a generation of the log was opened from less than what a node had shown, that node
goes back, and proposes what was said after that as `Repeat`.  So does every node that
had shown it, for whoever said it may never come back.  It is said once all the same: of
each room it is proposed in order by everybody, and who comes later with the same is
refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import ChatError, Said, Whispered
from ..names import fold, is_conversation
from ..storage.places import Forks
from ..storage.store import Store
from .conversations import people_of

if TYPE_CHECKING:
    from .entries import Repeat
    from .hub import Hub
    from .room import Room

MAX_FORKS = 8
"""Of so many places where something was lost it is known what has been repeated."""


class Repeated:
    """What has been said once more: of each fork and room the highest id it had."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ids: dict[tuple[int, int], dict[str, int]] = {}

    def levels(self) -> Forks:
        """All of it, as plain data; the oldest fork first."""
        return tuple((fork, tuple(ids.items())) for fork, ids in self._ids.items())

    def restore(self, levels: Forks) -> None:
        """Know what `levels` tells."""
        self._ids = {fork: dict(ids) for fork, ids in levels}

    def add(self, fork: tuple[int, int], room: str, id: int) -> None:
        """The message `id` of a room, by its folded name, is said once more.

        :raises ChatError: 400 where that, or one after it, has been before.
        """
        ids = self._ids.setdefault(fork, {})
        if id <= ids.get(room, 0):
            raise ChatError(400, "That has been said once more already")
        ids[room] = id
        while len(self._ids) > MAX_FORKS:
            del self._ids[min(self._ids)]
        self._store.put_repeated(self.levels())


def repeat(hub: Hub, entry: Repeat) -> None:
    """Say once more what was lost, in the name of who said it.

    :raises ChatError: 400 where it has been repeated; 403 where the room is closed to
        strangers, and was made since: it may be another one.
    """
    if is_conversation(entry.room):
        _repeat_private(hub, entry)
        return
    key = hub.former.successor(fold(entry.room))
    room = hub.rooms.get(key)
    if room is not None and room.rules.closed and room.since * 1000 > entry.fork[0]:
        raise ChatError(403, f"{room.name} is another room now")
    hub.repeated.add(entry.fork, key, entry.id)
    opened = room or hub.open_room(key if key != fold(entry.room) else entry.room)
    _say(hub, opened, entry)
    hub.close_room(opened)


def _say(hub: Hub, room: Room, entry: Repeat) -> None:
    ignorers = hub.ignoring.ignorers(entry.nick)
    deaf = [listener for user in ignorers for listener in user.listeners()]
    here = [listener for listener in deaf if listener in room.channel]
    room.repeat(entry, here)


def _repeat_private(hub: Hub, entry: Repeat) -> None:
    """As `repeat`, to the people of a conversation.

    :raises ChatError: 403 where one of them is gone, or nothing is kept any more.
    """
    key = entry.room
    numbers = people_of(key)
    accounts = [hub.accounts.numbered(number) for number in numbers]
    if not all(accounts) or not hub.shared.private:
        raise ChatError(403, "Nothing of that is kept")
    hub.repeated.add(entry.fork, key, entry.id)
    conversations, nick = hub.conversations, entry.nick
    id, author = conversations.next_id(key), entry.author
    said = Said(key, nick, entry.text, hub.at, id, entry.kind, author, entry.reply_to)
    conversations.keep(said)
    others = [number for number in numbers if number != author]
    to = tuple(map(conversations.nick, others or numbers))
    what = nick, to, entry.text, hub.at, entry.kind
    event = Whispered(*what, id, author, entry.reply_to, place=key)
    for user in conversations.here(key):
        if hub.ignoring.hears(user, nick, author):
            user.tell(event)
