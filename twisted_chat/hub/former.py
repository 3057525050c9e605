"""What rooms were called before: a message's msgid has the name that it was said under.

A room that is given another name goes on with its ids, and so does the next room of the
old name: there the first id is past all that were given under it.  So a name and an id
mean one message, whatever its room is called now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from ..names import fold
from ..storage.former import Former, FormerName
from ..storage.store import Store

if TYPE_CHECKING:
    from .hub import Hub
    from .user import User

MAX_NAMES = 10
"""Former names of a room that are known; the oldest are forgotten."""


class FormerNames:
    """State of the hub, kept in `store`."""

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store
        self._of: dict[str, tuple[FormerName, ...]] = {}
        self._now: dict[str, dict[str, None]] = {}

    def load(self, former: Iterable[Former]) -> None:
        """Know what was kept."""
        for room, names in former:
            self._set(room, names)

    def __iter__(self) -> Iterator[Former]:
        """All of them, in the order of the rooms' names."""
        return (Former(*each) for each in sorted(self._of.items()))

    def __len__(self) -> int:
        """How many rooms have former names."""
        return len(self._of)

    # What is known

    def of(self, key: str) -> tuple[FormerName, ...]:
        """Those of the room with that folded name, the oldest first."""
        return self._of.get(key, ())

    def said_under(self, room: str, id: int) -> str:
        """What `room` was called when the message `id` was said there."""
        for former in self._of.get(fold(room), ()):
            if id <= former.upto:
                return former.name
        return room

    def floor(self, key: str) -> int:
        """The highest id that was given under a name, in rooms called otherwise now."""
        rooms = [room for room in self._now.get(key, ()) if room != key]
        names = (former for room in rooms for former in self._of[room])
        return max((f.upto for f in names if fold(f.name) == key), default=0)

    def has_messages(self, key: str) -> bool:
        """Whether something may have been said in that room, under another name."""
        return any(former.upto for former in self._of.get(key, ()))

    def room_of(self, key: str, id: int) -> str:
        """The folded name that a room has now.

        :param key: the folded name under which its message `id` was said.
        """
        for room in self._now.get(key, ()):
            if fold(self.said_under(room, id)) == key:
                return room
        return key

    def name_of(self, key: str, id: int) -> str:
        """As `room_of`, as the room is called."""
        now = self.room_of(key, id)
        room = self._hub.rooms.get(now)
        return self._hub.room_registry.name_of(now) if room is None else room.name

    def known_to(self, user: User, key: str) -> str:
        """What a room is called now where `user` is, and which was called `key`.

        What they ask for may be on its way while it is renamed.
        """
        theirs = user.rooms.keys() | user.visits.keys()
        rooms = [room for room in self._now.get(key, ()) if room in theirs]
        return max(rooms, key=partial(self._until, key), default=key)

    def successor(self, key: str, since: float = 0.0) -> str:
        """What the room is called now that was called `key`, where none is since.

        :param since: not where it was renamed before that, in seconds of the wall
            clock.
        """
        hub, until = self._hub, partial(self._until, key)
        if key in hub.rooms or key in hub.last_ids:
            return key
        rooms = [room for room in self._now.get(key, ()) if until(room)[0] >= since]
        return max(rooms, key=until, default=key)

    def _until(self, key: str, room: str) -> tuple[float, str]:
        """When `room` was called `key` last; no two rooms have the same."""
        return max(f.at for f in self._of[room] if fold(f.name) == key), room

    def same(self, key: str, since: float) -> str:
        """What the room is called that was made then, and was once called `key`."""
        for room in self._now.get(key, ()):
            opened = self._hub.rooms.get(room)
            if opened is not None and opened.since == since:
                return room
        return key

    # Changes

    def renamed(self, old: str, upto: int, name: str) -> None:
        """The room `old` is called `name`; its latest message is `upto`."""
        key = fold(old)
        names = (*self._of.get(key, ()), FormerName(upto, old, self._hub.at))
        self._drop(key)
        self._set(fold(name), names[-MAX_NAMES:])
        self._store.put_former(Former(fold(name), self._of[fold(name)]))

    def forget(self, keys: Iterable[str]) -> None:
        """Of these rooms no message is left."""
        for key in keys:
            self._drop(key)

    def _drop(self, key: str) -> None:
        for former in self._of.pop(key, ()):
            before = fold(former.name)
            rooms = self._now.get(before, {})
            rooms.pop(key, None)
            if not rooms:
                self._now.pop(before, None)
            self._store.put_former(Former(key, ()))

    def _set(self, key: str, names: tuple[FormerName, ...]) -> None:
        self._of[key] = names
        for former in names:
            self._now.setdefault(fold(former.name), {})[key] = None
