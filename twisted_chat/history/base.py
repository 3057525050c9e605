"""What the chat asks of a history, and what every history shares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred, gatherResults

from ..events import Said
from ..fair_queue import ANYBODY, Requester
from ..names import fold
from ..storage.changes import Change
from ..storage.purges import Purge
from .tails import Erased, Tail

LAST = 1 << 62
"""Past every id and every serial."""

MAX_NAMING = 1000
"""Messages that `History.naming` finds."""


class Retention(NamedTuple):
    """How long messages are kept.

    :ivar age: seconds; None: for ever.
    :ivar messages: how many of each room; None: all.
    :ivar private: as `age`, of private conversations; no longer than that.
    """

    age: float | None = None
    messages: int | None = None
    private: float | None = None


FOREVER = Retention()


class Found(NamedTuple):
    """What SEARCH finds, the newest first.

    :ivar messages: each with what to search `before` for those older than it.
    :ivar more: whether there are older ones.
    """

    messages: list[tuple[int, Said]]
    more: bool


class Unheard(NamedTuple):
    """Whose messages aren't counted.

    :ivar authors: see `Said.author`; :ivar nicks: folded.
    """

    authors: Collection[int] = ()
    nicks: Collection[str] = ()

    def hides(self, message: Said) -> bool:
        """Whether `message` is of one of them, or deleted, or nobody said it."""
        return (
            message.author in self.authors
            or fold(message.nick) in self.nicks
            or not message.text
            or message.kind == "topic"
        )


class History(Protocol):
    """What was said in the rooms.  A room is given by its name, in any case.

    The queries give messages in ascending order of id, also those that are
    still to be written.  They fail with `ChatError` 400 when the disk does.
    """

    @property
    def append(self) -> Callable[[Said], object]:
        """Keep a message.  Called for every message: cheap, and never raises."""

    def change(self, change: Change) -> None:
        """Let a message be as `change` says from now on.  Never raises."""

    def rename(self, key: str, upto: int, name: str) -> None:
        """The room with the folded name `key`, in use, is called `name` from now on.

        No other room of that name is in use, or has messages.

        :param upto: the id of the latest message there.
        """

    def erase(self, purge: Purge) -> Erased:
        """Delete all that `purge` covers, and show nothing of it from now on."""

    def has_reacted(
        self, room: str, id: int, reaction: str, authors: tuple[int, int]
    ) -> Deferred[bool]:
        """Whether one of the authors has that reaction to a message."""

    def open(self, room: str) -> Tail:
        """The latest messages of a room that is in use now."""

    def append_fleeting(self, message: Said) -> object:
        """As `append`, but in memory, and no longer than the room is in use."""

    def keep_fleeting(self, room: str) -> None:
        """Keep what was fleeting in `room` so far."""

    def close(self, room: str, unkept: Container[int] = ()) -> None:
        """The room is in use no more.

        :param unkept: the ids of what was fleeting there.
        """

    def forget(self, rooms: Iterable[str]) -> None:
        """Drop what is left of these rooms, which are not in use: their ids begin anew.

        :param rooms: folded names; not all need to be known.
        """

    def between(
        self, room: str, low: int, high: int, n: int, newest: bool = False
    ) -> Deferred[list[Said]]:
        """The messages with ``low < id < high``: the `n` oldest, or newest."""

    def latest(self, room: str, n: int) -> Deferred[list[Said]]:
        """The `n` newest."""

    def before(self, room: str, id: int, n: int) -> Deferred[list[Said]]:
        """The `n` newest of those older than `id`."""

    def after(self, room: str, id: int, n: int) -> Deferred[list[Said]]:
        """The `n` oldest of those newer than `id`."""

    def around(self, room: str, id: int, n: int) -> Deferred[list[Said]]:
        """At most `n`, half of them older than `id`."""

    def id_at(self, room: str, at: float) -> Deferred[int]:
        """The id of the first message said at `at` or later; `LAST` where none was.

        :param at: seconds of the wall clock.
        """

    def search(
        self,
        rooms: Sequence[str],
        words: str,
        n: int,
        before: int | None = None,
        requester: Requester = ANYBODY,
    ) -> Deferred[Found]:
        """The `n` newest messages in `rooms` that have all of `words`.

        A word may end in ``*`` and then stands for all words that begin so.

        :param before: from the last message shown of the page before.
        :param requester: for whom it is: where searches wait, they are served in turn.
        :raises ChatError: 412 when `words` has no word.  Fails with 263 when too
            many wait.
        """

    def count(
        self, after: Mapping[str, int], unheard: Unheard, most: int
    ) -> Deferred[dict[str, int]]:
        """How many messages there are, in rooms and conversations, after these ids.

        :param after: by folded name.
        :param unheard: whose are left out.
        :param most: past how many of a room none is counted.
        :return: likewise by folded name; those of none may be left out.
        """

    def naming(
        self, after: Mapping[str, int], words: Sequence[str]
    ) -> Deferred[list[Said]]:
        """Messages after these ids that may have one of `words`, the newest first.

        They are at most `MAX_NAMING`.

        :param after: by folded name.
        """

    def retain(self, retention: Retention) -> None:
        """Keep messages for so long from the next `purge` on."""

    def purge(
        self, now: float, last_ids: Mapping[str, int]
    ) -> Deferred[list[tuple[str, int]]]:
        """Delete, soon, what need not be kept.  Never fails.

        :param now: seconds of the wall clock.
        :param last_ids: the latest id in each room that is not in use, by folded name.
        :return: those of `last_ids` of which no message is left then.
        """


class Pages:
    """The pages of `History`, all of them made by `between`."""

    def between(
        self, room: str, low: int, high: int, n: int, newest: bool = False
    ) -> Deferred[list[Said]]:
        raise NotImplementedError

    def latest(self, room: str, n: int) -> Deferred[list[Said]]:
        return self.between(room, 0, LAST, n, newest=True)

    def before(self, room: str, id: int, n: int) -> Deferred[list[Said]]:
        return self.between(room, 0, id, n, newest=True)

    def after(self, room: str, id: int, n: int) -> Deferred[list[Said]]:
        return self.between(room, id, LAST, n)

    def around(self, room: str, id: int, n: int) -> Deferred[list[Said]]:
        older = self.before(room, id, n // 2)
        newer = self.after(room, id - 1, n - n // 2)
        return Deferred.fromCoroutine(_joined(older, newer))


async def _joined(*pages: Deferred[list[Said]]) -> list[Said]:
    found = await gatherResults(pages, consumeErrors=True)
    return [message for page in found for message in page]


def cut(
    messages: Iterable[Said], low: int, high: int, n: int, newest: bool
) -> list[Said]:
    """The part of ascending `messages` that `History.between` means."""
    inside = [message for message in messages if low < message.id < high]
    if n <= 0:
        return []
    return inside[-n:] if newest else inside[:n]
