"""What the chat asks of a history, and what every history shares."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import (
    Callable,
    Collection,
    Container,
    Iterable,
    Mapping,
    MutableSequence,
    Sequence,
)
from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred, gatherResults

from ..events import ChatError, Said
from ..fair_queue import ANYBODY, Requester
from ..names import fold
from ..storage.changes import Change, DeleteMessage, changed, concerns
from ..storage.purges import Purge, Withdrawn, withdraw

SHOWN_AGAIN = 20
"""Messages that newcomers to a room are shown."""

LAST = 1 << 62
"""Past every id and every serial."""

LEAST_PREFIX = 2
MAX_WORDS = 10

MAX_NAMING = 1000
"""Messages that `History.naming` finds."""

_WORD = re.compile(r"[^\W_]+")


class Erased(NamedTuple):
    """What was at hand of what a purge deletes."""

    messages: list[Said]
    reactions: list[Withdrawn]

    @classmethod
    def of(cls, tails: Iterable[Tail], purge: Purge) -> Erased:
        """Drop it from all of `tails`."""
        all_erased = [tail.erase(purge) for tail in tails]
        return cls(
            [said for erased in all_erased for said in erased.messages],
            [each for erased in all_erased for each in erased.reactions],
        )


class Tail:
    """The latest messages of a room, at hand without asking anybody.

    :param most: how many there are at most.
    :ivar complete: false while there may be more than these that have to be
        asked for.
    """

    __slots__ = ("append", "complete", "messages")

    def __init__(self, most: int = SHOWN_AGAIN, complete: bool = True) -> None:
        self.messages: deque[Said] = deque(maxlen=most)
        self.append = self.messages.append
        self.complete = complete

    def fill(self, messages: Iterable[Said]) -> None:
        """Put those in front that were asked for."""
        if not self.complete:
            self.complete = True
            since = list(self.messages)
            self.messages.clear()
            first = since[0].id if since else LAST
            self.messages.extend(m for m in messages if m.id < first)
            self.messages.extend(since)

    def rename(self, name: str) -> None:
        """Its room is called `name` now."""
        for place, said in enumerate(self.messages):
            self.messages[place] = said._replace(room=name)

    def change(self, change: Change) -> None:
        """Let a message be as `change` says, and the quotes of it."""
        change_all(self.messages, change)

    def erase(self, purge: Purge) -> Erased:
        """Drop what `purge` covers, and what others quote of it; return that."""
        gone = [m for m in self.messages if purge.covers(m)]
        self.drop({m.id for m in gone})
        for m in gone:
            self.change(DeleteMessage(fold(m.room), m.id, "", 0.0))
        reactions: list[Withdrawn] = []
        for place, m in enumerate(self.messages):
            if found := withdraw(purge, m):
                self.messages[place] = found[-1].said
                reactions += found
        return Erased(gone, reactions)

    def cut(self, most: int) -> None:
        """Drop all but the newest `most`."""
        while len(self.messages) > most:
            self.messages.popleft()

    def drop(self, unkept: Container[int]) -> bool:
        """Drop the messages with these ids; return whether there were any."""
        kept = [m for m in self.messages if m.id not in unkept]
        dropped = len(kept) < len(self.messages)
        if dropped:
            self.messages.clear()
            self.messages.extend(kept)
        return dropped

    def forget(self, before: float) -> None:
        """Drop what was said before that time, in seconds of the wall clock."""
        while self.messages and self.messages[0].at < before:
            self.messages.popleft()


def change_all(messages: MutableSequence[Said], change: Change) -> None:
    """Do what `change` says to those of `messages` that it concerns."""
    for place, said in enumerate(messages):
        if concerns(change, said):
            messages[place] = changed(change, said)


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
        """Whether `message` is of one of them, or deleted."""
        return (
            message.author in self.authors
            or fold(message.nick) in self.nicks
            or not message.text
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


class Word(NamedTuple):
    """:ivar text: at least one letter or digit; :ivar prefix: it ended in ``*``."""

    text: str
    prefix: bool


def words_of(query: str) -> list[Word]:
    """The words that `query` asks for, each as it was written.

    :raises ChatError: 412 when there is none, or more than `MAX_WORDS`.
    """
    words = [
        Word(
            word.replace('"', " ").rstrip("*"),
            word.endswith("*") and len(word) > LEAST_PREFIX,
        )
        for word in query.split()
        if _WORD.search(word)
    ]
    if not words:
        raise ChatError(412, "Search for what? Use SEARCH words")
    if len(words) > MAX_WORDS:
        raise ChatError(412, f"Too many words; search for at most {MAX_WORDS}")
    return words


def tokens(text: str) -> list[str]:
    """`text` as the words that a search compares: no case, no accents."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFD", text)
        text = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return _WORD.findall(text.lower())


def matches(words: Sequence[Word], text: str) -> bool:
    """Whether `text` has all of `words`; one like ``well-known`` as a phrase."""
    if text.isascii():
        # Cheap, and true of most: what isn't even a part of it isn't a word.
        lower = text.lower()
        if any(w.text.isascii() and tokens(w.text)[-1] not in lower for w in words):
            return False
    there = tokens(text)
    return all(_has(there, tokens(word.text), word.prefix) for word in words)


def _has(there: list[str], phrase: list[str], prefix: bool) -> bool:
    *whole, last = phrase
    for start in range(len(there) - len(phrase) + 1):
        end = start + len(whole)
        if there[start:end] == whole and (
            there[end].startswith(last) if prefix else there[end] == last
        ):
            return True
    return False
