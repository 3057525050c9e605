"""What waits for registered people who are not here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from ..storage.personal import Waiting
from ..storage.store import Store
from .conversations import people_of

if TYPE_CHECKING:
    from .hub import Hub

OF_ONE = 20
"""Messages of one sender that wait for one person."""

FOR_ONE = 200
"""Messages that wait for one person in all."""


class WaitingMessages:
    """State of the hub, kept in `store`: how many wait, and where they begin.

    The messages are those of the conversation.
    """

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store
        self._of: dict[int, dict[str, Waiting]] = {}

    def load(self, waiting: Iterable[Waiting]) -> None:
        """Know what was kept."""
        for each in waiting:
            self._of.setdefault(each.account, {})[each.place] = each

    def __iter__(self) -> Iterator[Waiting]:
        """All that waits, in the order of accounts and places."""
        for _, places in sorted(self._of.items()):
            yield from (each for _, each in sorted(places.items()))

    def full(self, account: int, sender: int) -> bool:
        """Whether no more of that sender may wait for the account."""
        places = self._of.get(account, {}).values()
        of_sender = sum(dict(each.senders).get(sender, 0) for each in places)
        return of_sender >= OF_ONE or sum(each.total for each in places) >= FOR_ONE

    def add(self, account: int, place: str, id: int, sender: int) -> None:
        """One more waits for the account: the message `id` of the conversation."""
        places = self._of.setdefault(account, {})
        known = places.get(place) or Waiting(account, place, id, ())
        senders = dict(known.senders)
        senders[sender] = senders.get(sender, 0) + 1
        known = known._replace(senders=tuple(sorted(senders.items())))
        places[place] = known
        self._store.put_waiting(known)

    def take(self, account: int) -> tuple[Waiting, ...]:
        """All that waits for the account, which waits no more."""
        places = self._of.pop(account, {})
        if places:
            self._store.drop_waiting(account)
        return tuple(each for _, each in sorted(places.items()))

    def forget(self, places: Collection[str]) -> None:
        """Nothing is left of these conversations; see `Store.drop_places`."""
        for place in places:
            for account in people_of(place):
                waiting = self._of.get(account, {})
                waiting.pop(place, None)
                if not waiting:
                    self._of.pop(account, None)

    def drop(self, account: int) -> None:
        """The account is gone; see `Store.drop_personal`."""
        self._of.pop(account, None)
