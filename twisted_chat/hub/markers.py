"""How far each account has read, in rooms and in private conversations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..clock import Call
from ..events import ChatError
from ..names import fold, is_conversation
from ..storage.personal import Marker
from ..storage.store import Store
from .conversations import people_of

if TYPE_CHECKING:
    from .entries import SessionId
    from .hub import Hub
    from .room import Room
    from .user import User

PACE = 5.0
"""Seconds in which what has changed is written once."""


class Read(NamedTuple):
    """See `Marker`."""

    id: int
    chosen: bool


class Markers:
    """State of the hub, kept in `store` a little later.

    A device says how far somebody has read.  Where none does, as at netcat, they have
    read up to where they left.
    """

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store
        self._of: dict[str, dict[int, Read]] = {}
        self._changed: dict[tuple[str, int], None] = {}
        self._call: Call | None = None

    def load(self, markers: Iterable[Marker]) -> None:
        """Know what was kept."""
        for account, place, id, chosen in markers:
            self._of.setdefault(place, {})[account] = Read(id, chosen)

    def __iter__(self) -> Iterator[Marker]:
        """All of them, in the order of places and accounts."""
        for place, accounts in sorted(self._of.items()):
            for account, read in sorted(accounts.items()):
                yield Marker(account, place, *read)

    def get(self, account: int, place: str) -> int | None:
        """Up to which id the account has read there; None where nobody knows.

        :param place: the folded name of a room, or the key of a conversation.
        """
        read = self._of.get(place, {}).get(account)
        return read.id if read is not None else None

    # Changes

    def read(self, user: User, place: str, id: int, by: SessionId) -> None:
        """READ: `user` has read up to the message `id`.  It never goes back.

        Their other sessions are told.

        :raises ChatError: 403, 442 for the room, 464 for a guest.
        """
        self._check(user, place)
        known = self._of.get(place, {}).get(user.author)
        id = min(id, self._hub.last_id(place))
        if id <= 0 or (known is not None and known.chosen and id <= known.id):
            return
        self._set(user.author, place, Read(id, chosen=True))
        for state in user.sessions:
            if state.local is not None and state.id != by:
                state.local.show_read(place, id)

    def _check(self, user: User, place: str) -> None:
        if not user.account:
            raise ChatError(464, "Only of accounts it is known what they have read")
        if not is_conversation(place):
            user.here(place)
        elif user.author not in people_of(place):
            raise ChatError(403, "Nothing of that is kept")

    def left(self, user: User, room: Room) -> None:
        """`user` is in `room` no more, or no session of theirs is."""
        if user.author <= 0 or not room.last_id:
            return
        place = fold(room.name)
        known = self._of.get(place, {}).get(user.author)
        if known is None or not known.chosen:
            self._set(user.author, place, Read(room.last_id, chosen=False))

    def forget(self, places: Collection[str]) -> None:
        """Nothing is left of these; see `Store.drop_places`."""
        for place in places:
            for account in self._of.pop(place, ()):
                self._changed.pop((place, account), None)

    def renamed(self, old: str, new: str) -> None:
        """The room with the folded name `old` has the folded name `new` now."""
        read = self._of.pop(old, {})
        if not read or old == new:
            self._of.update({old: read} if read else {})
            return
        self._of[new] = read
        for account in read:
            self._changed.pop((old, account), None)
            self._changed[new, account] = None
        self._store.drop_places([old])
        self.write()

    def drop(self, account: int) -> None:
        """The account is gone; see `Store.drop_personal`."""
        for place in [place for place, read in self._of.items() if account in read]:
            del self._of[place][account]
            self._changed.pop((place, account), None)
            if not self._of[place]:
                del self._of[place]

    # Keeping

    def _set(self, account: int, place: str, read: Read) -> None:
        self._of.setdefault(place, {})[account] = read
        self._changed[place, account] = None
        if self._call is None:
            self._call = self._hub.clock.callLater(PACE, self.write)

    def write(self) -> None:
        """Keep what has changed since it was last kept."""
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()
        changed, self._changed = self._changed, {}
        if changed:
            self._store.put_markers(
                [Marker(who, place, *self._of[place][who]) for place, who in changed]
            )
